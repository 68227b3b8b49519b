"""Whether what a release brings is new where it goes: for a calendar, which holds up nothing but what is new.

What ran on a cluster has an order: that of the releases which brought it. A deploy or a move puts what it brings last,
though it ran earlier: it is what people want from now on. Going back and restarting bring again what has its place, and
leave it there; so coming forward again, after going back, is new. What never ran, like the images of one release with
the settings of another, is new by its first release.

Counted is what instances are made from: not the time of a restart, not the versions of secrets, which going back
renews, and not how releases go.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from apps_mgmt.models import App, Deployed, Revision
from apps_mgmt.spec import AppSpec, digest_json, dump, load
from apps_mgmt.spec.secrets import with_versions
from releases.models import Target
from releases.restarting import unstamped
from releases.states import AS_PLANNED, BRINGS_NONE, TERMINAL, TargetState


def is_new(app: App, spec: AppSpec, only: Collection[str] = ()) -> bool:
    """Whether a spec is newer than what runs, or never ran, on any cluster that it is placed on. `only`: of these.

    Three queries, and every revision that ran is read: ask where something depends on it.
    """
    names = {row.cluster for row in spec.placement.targets}
    names &= {*only} or names
    running = dict(Deployed.objects.filter(app=app).values_list("cluster_name", "revision_id"))
    rows = Target.objects.filter(
        release__app=app, release__state__in=TERMINAL, state=TargetState.DONE, cluster_name__in=names
    ).exclude(release__kind__in=BRINGS_NONE)
    ran = list(
        rows.exclude(object_keys=[])
        .order_by("release__number")
        .values_list("cluster_name", "release__number", "release__kind", "release__revision_id")
    )
    known = {pk for _name, _number, _kind, pk in ran} | {*running.values()}
    revisions = Revision.objects.filter(pk__in=known).only("spec")
    made_from = {one.pk: _made_from(load(one.spec)) for one in revisions}
    places: dict[str, dict[str, int]] = defaultdict(dict)
    for name, number, kind, pk in ran:
        key = made_from[pk]
        if kind in AS_PLANNED or key not in places[name]:
            places[name][key] = number
    wanted = _made_from(spec)
    for name in names:
        place = places[name].get(wanted)
        present = made_from[running[name]] if name in running else ""
        if present != wanted and (place is None or place > places[name].get(present, place)):
            return True
    return False


def _made_from(spec: AppSpec) -> str:
    same: AppSpec = with_versions(spec, {name: 1 for name, _version in spec.secrets()})
    return digest_json({name: part for name, part in unstamped(dump(same)).items() if name != "release"})
