"""What stands in the way of a release, or happens beside what it is asked for, in sentences for its preview."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from apps_mgmt import approvers, asked_roles, drafts, forbidding
from apps_mgmt.models import App, Revision
from apps_mgmt.rendering.names import object_name
from apps_mgmt.ruling import broken
from apps_mgmt.spec import AppSpec, SpecError, digest, load, on_cluster
from apps_mgmt.spec.names import CANARY
from apps_mgmt.spec.second_sets import check_second_sets
from apps_mgmt.values import Forbidden
from portal.errors import Refused
from releases import left_out, missing, notices, observation, plannable, remains, standing
from releases.models import Observation, Release, Target
from releases.second_track import KINDS
from releases.states import BRINGS_NONE, ReleaseKind
from releases.steps.freeze import longest
from releases.strategies.stopped import Kept
from tenants.clusters import unseen
from tenants.models import Cluster
from tenants.rules import rules_now


def of_strategy(spec: AppSpec, kind: ReleaseKind) -> list[str]:
    """That something of the app cannot go by its strategy. Other ways than a deploy take none."""
    if kind is not ReleaseKind.DEPLOY:
        return []
    try:
        check_second_sets(spec, spec.release.strategy.kind)
    except SpecError as error:
        return [str(error)]
    return []


def of_plan(app: App, spec: AppSpec) -> list[str]:
    """For what of its steps a release that goes as planned is refused when it starts."""
    asks: tuple[Callable[[], None], ...] = (
        lambda: plannable.refuse_impossible(spec),
        lambda: notices.refuse_unknown(spec, app.tenant),
        lambda: asked_roles.refuse_unknown(spec.release.steps, app.tenant, field="strategy"),
    )
    found = []
    for ask in asks:
        try:
            ask()
        except Refused as error:
            found.append(str(error))
    return found


def of_taken_over(app: App, spec: AppSpec, places: Sequence[standing.Place], *, only: Sequence[str] = ()) -> list[str]:
    """What was taken over and is no process of the spec any more. It ran before, so it is not removed."""
    stays = set(_taken_over(spec))
    sentence = _(
        "{workload} on {cluster} ran before Slipway did. It is let go, not removed: it runs on as it is, and is no "
        "longer a part of {app}."
    )
    anew = _(
        "{workload} on {cluster} was made by Slipway, in place of one that ran before and was deleted. It is let go as "
        "that one would be, not removed: it runs on as it is, and is no longer a part of {app}."
    )
    rows = [
        (cluster, workload)
        for cluster, workload in _that_stand(places)
        if (cluster, workload) not in stays and (not only or cluster in only)
    ]
    made = _made_anew(app, places) if rows else set()
    return [
        (anew if (cluster, workload) in made else sentence).format(workload=workload, cluster=cluster, app=app.name)
        for cluster, workload in rows
    ]


def _made_anew(app: App, places: Iterable[standing.Place]) -> set[tuple[str, str]]:
    """(cluster, workload) of what was taken over, and is another object by now, which is the app's. Two queries."""
    taken = {
        (row.cluster, row.workload): row.uid
        for place in places
        for process in load(place.revision.spec).processes
        for row in process.adopted
    }
    names = dict(Cluster.objects.filter(name__in={cluster for cluster, _name in taken}).values_list("pk", "name"))
    return {
        (names[row.cluster_id], one.name)
        for row in Observation.objects.filter(app=app, cluster_id__in=names)
        for one in (observation.load(row.facts) or observation.Observation()).workloads
        if taken.get((names[row.cluster_id], one.name), one.uid) != one.uid
    }


def of_copies(
    app: App, seen: Mapping[UUID, Observation], places: Iterable[standing.Place], *, only: Sequence[str] = ()
) -> list[str]:
    """What carries the labels of the app, and no release made: it goes with the next one. Nothing is asked where all
    workloads are called as those of the app are.
    """
    known = {name for place in places for name in _workloads(app, load(place.revision.spec))}
    facts = {pk: observation.load(row.facts) or observation.Observation() for pk, row in seen.items()}
    strange = {pk: one for pk, one in facts.items() if {each.name for each in one.workloads} - known}
    if not strange:
        return []
    names = dict(Cluster.objects.filter(pk__in=strange).values_list("pk", "name"))
    sentence = _(
        "{workload} on {cluster} carries the labels of {app}, and no release made it: it is removed. Take its label "
        "slipway.dev/app-id off to keep it."
    )
    return [
        sentence.format(workload=one.name, cluster=names[pk], app=app.name)
        for pk, rows in missing.copied(app, strange).items()
        for one in rows
        if pk in names and (not only or names[pk] in only)
    ]


def _workloads(app: App, spec: AppSpec) -> set[str]:
    own = {object_name(app.name, one.name) for one in spec.processes}
    return own | {f"{name}{CANARY}" for name in own} | {row.workload for one in spec.processes for row in one.adopted}


def of_half_way(
    spec: AppSpec,
    places: Iterable[standing.Place],
    active: Release | None,
    *,
    only: Sequence[str] = (),
    clears: bool = False,
) -> list[str]:
    """Which release stands half way, and on which clusters: one that ended so, or the `active` one, which this would
    stop; and what becomes of its instances, which may stand beside those of what was deployed. `clears`: what this
    brings comes in a second track, so that one which is left has to go first.
    """
    found = {one.cluster: (one.release, one.revision) for one in places if one.half_way}
    if active is not None and active.kind not in BRINGS_NONE:
        found |= {name: (active.number, active.revision) for name in standing.begun(active)}
    clusters: dict[tuple[int | None, Revision], list[str]] = defaultdict(list)
    for name, row in sorted(found.items()):
        if not only or name in only:
            clusters[row].append(name)
    return [
        _half_way(spec, load(revision.spec), number=number, names=names, clears=clears)
        for (number, revision), names in clusters.items()
    ]


def _half_way(spec: AppSpec, left: AppSpec, *, number: int | None, names: Sequence[str], clears: bool) -> str:
    images = {one.image for one in left.processes} - {one.image for one in spec.processes}
    first = clears and left.release.strategy.kind in KINDS
    if first and digest(left) == digest(spec):
        sentence = _(
            "Release {number} stands half way on {clusters}: what it brought there is brought to its end. Its "
            "instances beside the old ones are taken away first, and come anew."
        )
    elif first and images:
        sentence = _(
            "Release {number} stands half way on {clusters}: its instances there ({images}) are taken away first, "
            "before new ones come."
        )
    elif first:
        sentence = _(
            "Release {number} stands half way on {clusters}: its instances beside the old ones are taken away first, "
            "before new ones come."
        )
    elif digest(left) == digest(spec):
        sentence = _("Release {number} stands half way on {clusters}: what it brought there is brought to its end.")
    elif left.release.strategy.kind not in KINDS and all(_made_alike(spec, left, name) for name in names):
        sentence = _(
            "Release {number} stands half way on {clusters}: its instances there are the same as those of this one, "
            "but for how many there are."
        )
    elif images:
        sentence = _("Release {number} stands half way on {clusters}: its instances there ({images}) are taken away.")
    else:
        sentence = _("Release {number} stands half way on {clusters}: its instances there are taken away.")
    told = ", ".join(sorted(image.rpartition("/")[2] for image in images))
    return sentence.format(number=number, clusters=", ".join(names), images=told)


def _made_alike(spec: AppSpec, left: AppSpec, cluster: str) -> bool:
    """Whether both make their instances of the same, whatever their numbers, and however they are released or reached.

    The time of a restart is part of what they are made of: who deploys takes over the last one (`as_restarted`).
    """
    one, other = (_template(on_cluster(each, cluster)) for each in (spec, left))
    return one == other


def _template(spec: AppSpec) -> AppSpec:
    plain = AppSpec()
    processes = tuple(one.change(replicas=1, autoscaler=None) for one in spec.processes)
    return spec.change(
        processes=processes, placement=plain.placement, release=plain.release, routes=(), domains=(), stopped=False
    )


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
    sentence = _(
        "Frozen until {until}: {reason}. The release waits until then, or until somebody who may approve releases "
        "overrides it (release.override)."
    )
    return [sentence.format(until=row["until"], reason=row["reason"].rstrip("."))]


def of_stopped(app: App, kept: Kept | None, *, is_stopped: bool) -> list[str]:
    """That what it brings runs only when the app is started; and of what is planned, what is `kept` and what is not."""
    if not is_stopped:
        return []
    if drafts.is_stopped(app):
        sentence = _("{app} is stopped, and stays so: it takes this on, and runs it when it is started.")
    else:
        sentence = _(
            "{app} was told to stop, and that holds, though not all of it has stopped yet: it takes this on, and runs "
            "it when it is started."
        )
    said = [sentence.format(app=app.name)]
    return said + (left_out.coming(kept) if kept else [])


def of_started(places: Iterable[standing.Place], *, only: Sequence[str] = ()) -> list[str]:
    """That a release which stops nothing starts what was stopped, on `only` some of the clusters if any are named."""
    names = [one.cluster for one in places if one.stopped and (not only or one.cluster in only)]
    sentence = _("What was stopped on {clusters} is started again.")
    return [sentence.format(clusters=", ".join(names))] if names else []


def of_rules(spec: AppSpec, *, enforced: bool) -> list[str]:
    """A sentence for each rule of the platform that a release of the spec breaks; what is not `enforced` passes."""
    found = [one.sentence for one in broken(spec, rules_now())]
    return [*found, _let_through()] if found and not enforced else found


def _let_through() -> str:
    return _("Going back to what ran last is let through all the same.")


def of_way_back(release: Release) -> list[str]:
    """That what a release under way goes back to may not be released any more, forbidden or by a rule, and why."""
    rows = Target.objects.filter(release=release).exclude(before=None).order_by("position")
    there: dict[Release, list[str]] = defaultdict(list)
    for target in rows.select_related("before__release__revision"):
        if target.before:
            there[target.before.release].append(target.cluster_name)
    sentence = _("On {clusters} it goes back to release {number}. {why}")
    found = []
    for earlier, names in there.items():
        held = forbidding.forbidden_as(release.app, earlier.revision)
        rules = [one.sentence for one in broken(load(earlier.revision.spec), rules_now())]
        why = " ".join([*([_forbidden(held)] if held else ()), *rules])
        if why:
            found.append(sentence.format(clusters=", ".join(names), number=earlier.number, why=why))
    return [*found, _let_through()] if found else []


def _forbidden(held: Forbidden) -> str:
    sentence = _("What release {number} brought is forbidden: {reason} ({by}).")
    return sentence.format(number=held.release, reason=held.reason.rstrip("."), by=held.by)


def of_approvals(app: App, spec: AppSpec) -> list[str]:
    """That those whom approvals ask cannot give them as things are."""
    return [*asked_roles.warnings(spec, app.tenant), *approvers.lacking(app, spec)]
