"""What stands in the way of a release, or happens beside what it is asked for, in sentences for its preview."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from apps_mgmt.leaving import field_title
from apps_mgmt.models import App, Revision
from apps_mgmt.ruling import broken
from apps_mgmt.spec import AppSpec, SpecError, digest, load
from apps_mgmt.spec.second_sets import check_second_sets
from apps_mgmt.values import load_left
from releases import observation, remains, standing
from releases.drift.leaving import stays
from releases.drift.looking import drifts, is_left, is_scaling
from releases.models import Observation, Release
from releases.states import BRINGS_NONE, ReleaseKind
from releases.steps.freeze import longest
from tenants.clusters import unseen
from tenants.rules import rules_now

MOST_DRIFTS = 5


def of_strategy(spec: AppSpec, kind: ReleaseKind) -> list[str]:
    """That something of the app cannot go by its strategy. Other ways than a deploy take none."""
    if kind is not ReleaseKind.DEPLOY:
        return []
    try:
        check_second_sets(spec, spec.release.strategy.kind)
    except SpecError as error:
        return [str(error)]
    return []


def of_taken_over(app: App, spec: AppSpec, places: Iterable[standing.Place], *, only: Sequence[str] = ()) -> list[str]:
    """What was taken over and is no process of the spec any more. It ran before, so it is not removed."""
    stays = set(_taken_over(spec))
    sentence = _(
        "{workload} on {cluster} ran before Slipway did. It is let go, not removed: it runs on as it is, and is no "
        "longer a part of {app}."
    )
    return [
        sentence.format(workload=workload, cluster=cluster, app=app.name)
        for cluster, workload in _that_stand(places)
        if (cluster, workload) not in stays and (not only or cluster in only)
    ]


def of_drift(app: App, seen: Mapping[UUID, Observation], *, only: Sequence[str] = ()) -> list[str]:
    """What somebody changed on the clusters: where nobody has decided about it, the release is refused there; what was
    left to whoever changed it stays, whatever the lines of the manifests say.
    """
    facts = {pk: observation.load(row.facts) or observation.Observation() for pk, row in seen.items()}
    sentence = _(
        "{manager} changed the {field} of {what} on {cluster}. A release that writes something else there is refused: "
        "take it over (drift.take_over) or leave it (drift.leave) first."
    )
    scaling = _(
        "An autoscaler (HorizontalPodAutoscaler) that is not Slipway's sets the number of instances of {what} on "
        "{cluster}. It is kept: a release changes nothing about it. To have the number of Slipway, delete the "
        "autoscaler there and take it over (drift.take_over); or leave it (drift.leave)."
    )
    added = _(
        "{manager} added the {field} to {what} on {cluster}. A release leaves it there: take it over (drift.take_over) "
        "to have it taken out."
    )
    all_of_it = [one for one in drifts(app, seen=facts) if not only or one.cluster in only]
    found = [one for one in all_of_it if not is_left(app, one)]
    kept = {(one.place, one.manager) for one in all_of_it if not one.added}
    left = [one for one in load_left(app.left) if (one.place, one.manager) in kept]
    more = len(left) - MOST_DRIFTS
    open_ones = [
        (added if one.added else scaling if is_scaling(one) else sentence).format(
            manager=one.manager,
            field=field_title(one.field),
            what=one.object.partition("/")[2],
            cluster=one.cluster,
        )
        for one in found[:MOST_DRIFTS]
        # What is gone and of nobody is simply written again.
        if one.manager
    ]
    rest = [_("{count} more fields stay with those to whom they were left.").format(count=more)] if more > 0 else []
    return [*open_ones, *(stays(one) for one in left[:MOST_DRIFTS]), *rest]


def of_half_way(
    spec: AppSpec, places: Iterable[standing.Place], active: Release | None, *, only: Sequence[str] = ()
) -> list[str]:
    """Which release stands half way, and on which clusters: one that ended so, or the `active` one, which this would
    stop; and what becomes of its instances, which may stand beside those of what was deployed.
    """
    found = {one.cluster: (one.release, one.revision) for one in places if one.half_way}
    if active is not None and active.kind not in BRINGS_NONE:
        found |= {name: (active.number, active.revision) for name in standing.begun(active)}
    clusters: dict[tuple[int | None, Revision], list[str]] = defaultdict(list)
    for name, row in sorted(found.items()):
        if not only or name in only:
            clusters[row].append(name)
    return [
        _half_way(spec, load(revision.spec), number=number, clusters=", ".join(names))
        for (number, revision), names in clusters.items()
    ]


def _half_way(spec: AppSpec, left: AppSpec, *, number: int | None, clusters: str) -> str:
    images = {one.image for one in left.processes} - {one.image for one in spec.processes}
    if digest(left) == digest(spec):
        sentence = _("Release {number} stands half way on {clusters}: what it brought there is brought to its end.")
    elif images:
        sentence = _("Release {number} stands half way on {clusters}: its instances there ({images}) are taken away.")
    else:
        sentence = _("Release {number} stands half way on {clusters}: its instances there are taken away.")
    names = ", ".join(sorted(image.rpartition("/")[2] for image in images))
    return sentence.format(number=number, clusters=clusters, images=names)


def of_deleting(app: App) -> list[str]:
    """What was taken over and goes with its app."""
    sentence = _("{workload} on {cluster} ran before Slipway did. It is deleted, too.")
    rows = _that_stand(standing.places(app))
    return [sentence.format(workload=workload, cluster=cluster) for cluster, workload in rows]


def of_emptying(app: App) -> list[str]:
    """The clusters that have to be emptied, and of which nothing is heard."""
    if not (silent := unseen.of_tenant(app.tenant_id)):
        return []
    return unseen.warnings(silent, names={one.name for one in remains.left(app)})


def _that_stand(places: Iterable[standing.Place]) -> list[tuple[str, str]]:
    return [row for place in places for row in _taken_over(load(place.revision.spec)) if row[0] == place.cluster]


def _taken_over(spec: AppSpec) -> list[tuple[str, str]]:
    """(cluster, workload) of what the spec has of others, on the clusters it is placed on."""
    clusters = {row.cluster for row in spec.placement.targets}
    rows = [row for process in spec.processes for row in process.adopted]
    return [(row.cluster, row.workload) for row in rows if row.cluster in clusters]


def of_freezes(calendar: Sequence[Mapping[str, str]]) -> list[str]:
    """That the release waits while the app is frozen."""
    row = longest(calendar, timezone.now())
    if row is None:
        return []
    sentence = _("Frozen until {until}: {reason}. The release waits until then, or until somebody overrides it.")
    return [sentence.format(until=row["until"], reason=row["reason"].rstrip("."))]


def of_stopped(app: App, *, is_stopped: bool) -> list[str]:
    """That what it brings runs only when the app is started."""
    if not is_stopped:
        return []
    return [_("{app} is stopped, and stays so: it takes this on, and runs it when it is started.").format(app=app.name)]


def of_rules(spec: AppSpec, *, enforced: bool) -> list[str]:
    """A sentence for each rule of the platform that a release of the spec breaks; what is not `enforced` passes."""
    found = [one.sentence for one in broken(spec, rules_now())]
    if found and not enforced:
        found.append(_("Going back to what ran last is let through all the same."))
    return found
