"""Whether what a release brings is new where it goes: for a calendar, which holds up nothing but what is new, and for
going back, which goes as a deploy does where what comes back never ran.

What ran on a cluster has an order: that of the releases which brought it. A deploy or a move puts what it brings last,
though it ran earlier: it is what people want from now on. Going back and restarting bring again what has its place, and
leave it there; so coming forward again, after going back, is new. What never ran, like the images of one release with
the settings of another, is new by its first release.

Counted is what instances are made from: not the time of a restart, not the versions of secrets, which going back
renews, and not how releases go.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

from django.db.models import QuerySet

from apps_mgmt.models import App, Deployed, Revision
from apps_mgmt.spec import AppSpec, digest_json, dump, load, unstamped
from apps_mgmt.spec.secrets import with_versions
from releases.models import Release, Target
from releases.states import AS_IT_RUNS, AS_PLANNED, BRINGS_NONE, TERMINAL, ReleaseKind, TargetState


def is_new(app: App, spec: AppSpec, only: Collection[str] = ()) -> bool:
    """Whether a spec is newer than what runs, or never ran, on any cluster that it is placed on. `only`: of these.

    Three queries, and every revision that ran is read: ask where something depends on it.
    """
    names, rows = _brought(app, spec, only)
    places, running = _places(app, rows.exclude(release__kind__in=BRINGS_NONE))
    wanted = made_from(spec)
    for name in names:
        place, present = places[name].get(wanted), running.get(name, "")
        if present != wanted and (place is None or place > places[name].get(present, place)):
            return True
    return False


def never_ran(app: App, spec: AppSpec, source: Release, only: Collection[str] = ()) -> bool:
    """Whether a spec, which is that of `source` or has a part of it, never ran on any of these clusters: what was taken
    on while the app was stopped counts once it was started.

    One query where it ran with `source`, else three more, which read every revision that ran.
    """
    names, rows = _brought(app, spec, only)
    rows = rows.filter(release__stopped=False).exclude(release__kind__in=[*AS_IT_RUNS, ReleaseKind.DELETE])
    wanted = made_from(spec)
    as_source = wanted == made_from(load(source.revision.spec))
    if as_source and names <= {*rows.filter(release=source).values_list("cluster_name", flat=True)}:
        return False
    places, running = _places(app, rows)
    return any(running.get(name) != wanted and wanted not in places[name] for name in names)


def made_from(spec: AppSpec) -> str:
    """What instances of a spec are made from, as a digest."""
    same: AppSpec = with_versions(spec, {name: 1 for name, _version in spec.secrets()})
    return digest_json({name: part for name, part in unstamped(dump(same)).items() if name != "release"})


def _brought(app: App, spec: AppSpec, only: Collection[str]) -> tuple[set[str], QuerySet[Target]]:
    """The clusters that a spec is placed on, `only` some of them; and what came to an end there."""
    names = {row.cluster for row in spec.placement.targets}
    names &= {*only} or names
    rows = Target.objects.filter(
        release__app=app, release__state__in=TERMINAL, state=TargetState.DONE, cluster_name__in=names
    )
    return names, rows.exclude(object_keys=[])


def _places(app: App, rows: QuerySet[Target]) -> tuple[Mapping[str, Mapping[str, int]], Mapping[str, str]]:
    """Cluster → what instances were made from → its place in the order of these rows; and what they are made from now,
    by cluster.
    """
    running = dict(Deployed.objects.filter(app=app).values_list("cluster_name", "revision_id"))
    fields = ("cluster_name", "release__number", "release__kind", "release__revision_id")
    ran = list(rows.order_by("release__number").values_list(*fields))
    known = {pk for _name, _number, _kind, pk in ran} | {*running.values()}
    revisions = Revision.objects.filter(pk__in=known).only("spec")
    made = {one.pk: made_from(load(one.spec)) for one in revisions}
    places: dict[str, dict[str, int]] = defaultdict(dict)
    for name, number, kind, pk in ran:
        key = made[pk]
        if kind in AS_PLANNED or key not in places[name]:
            places[name][key] = number
    return places, {name: made[pk] for name, pk in running.items()}
