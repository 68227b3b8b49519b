"""Where a release that did not get through goes back to: on each of its clusters, to what was brought there before it.

Releases may go to some clusters only, so what ran on one of its clusters may never have run on another one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps_mgmt.models import App, Deployed
from apps_mgmt.values import load_forbidden
from portal.errors import Refused
from releases.asking import RollBack
from releases.loading import HEAVY
from releases.models import Release, StepRun, Target
from releases.restarting import alike
from releases.standing import half_way
from releases.states import ACTIVE, BRINGS_NONE, ReleaseKind, ReleaseState, TargetState

_NOT_THROUGH = (ReleaseState.FAILED, *ACTIVE)
_NOT_BEGUN = (ReleaseState.PLANNED, ReleaseState.WAITING)


class Way(NamedTuple):
    """The release to go back to on these clusters, by name; on none in particular: wherever the app is."""

    number: int
    clusters: tuple[str, ...] = ()


def ways_back(last: Iterable[Release]) -> dict[UUID, list[Way]]:
    """By the id of an app, the ways back from its last release, newest first; none where nothing ran before.

    There is one where one release brought what ran before to all of its clusters. A cluster on which nothing ran goes
    the newest way, which takes away what does not belong there; where the release has not reached it, it goes none.
    From a restart, which brought nothing of its own, the way leads to what was something else. `last`: with their apps.
    Four queries for all of them, six with restarts.
    """
    chosen = {one.app_id: one for one in last}
    mine, before, there = _targets(chosen.values()), _brought(chosen.values()), defaultdict(set)
    reached = _reached(chosen.values())
    running = Deployed.objects.filter(app_id__in=chosen).exclude(release_id=None)
    for app_id, name in running.values_list("app_id", "cluster_name"):
        there[app_id].add(name)
    found: dict[UUID, list[Way]] = {}
    for app_id, clusters in mine.items():
        numbers = before.get(app_id, {})
        elsewhere = max(numbers.values(), default=None)
        newest = max((number for pk, number in numbers.items() if pk in clusters), default=elsewhere)
        if newest is None:
            continue
        groups: dict[int, list[str]] = defaultdict(list)
        for pk, name in clusters.items():
            if pk in numbers or pk in reached[app_id]:
                groups[numbers.get(pk, newest)].append(name)
        whole = len(groups) == 1 and there[app_id] <= set(clusters.values())
        found[app_id] = [Way(number, () if whole else tuple(groups[number])) for number in sorted(groups, reverse=True)]
    return found


def from_last(app: App) -> list[Way]:
    """The ways back from the last release of an app; none where that got through, or nothing ran before. Of one that
    succeeded but for some clusters, as its failure budget allows: from where it stands half way, and only from there.
    """
    last = Release.objects.filter(app=app).exclude(kind=ReleaseKind.DELETE).select_related("app")
    release = last.order_by("-number").first()
    if release is None or release.state not in (*_NOT_THROUGH, ReleaseState.SUCCEEDED):
        return []
    if release.state == ReleaseState.SUCCEEDED and not half_way_on(release):
        return []
    return ways_back([release]).get(app.pk, [])


def half_way_on(release: Release) -> list[str]:
    """The clusters on which a release stands half way that succeeded on the others, by name."""
    if release.state != ReleaseState.SUCCEEDED:
        return []
    return sorted(name for name, target in half_way(release.app).items() if target.release_id == release.pk)


def settled(app: App, action: RollBack) -> RollBack:
    """What going back to no release in particular comes to, everywhere or on the clusters that are chosen. Raises
    Refused where it would be one release here and another one there.
    """
    ways = [] if action.number else ways_on(app, action.clusters) if action.clusters else from_last(app)
    if len(ways) > 1:
        each = ", ".join(
            _("release {number} on {clusters}").format(number=way.number, clusters=", ".join(way.clusters))
            for way in ways
        )
        sentence = _("What ran before was not the same everywhere: {each}. Choose a release, and its clusters.")
        raise Refused(sentence.format(each=each), field="release")
    return replace(action, number=ways[0].number, clusters=ways[0].clusters) if ways else action


def ways_on(app: App, clusters: Sequence[str]) -> list[Way]:
    """The ways back on these clusters, each to the newest release that succeeded there and brought something else than
    the last one that got through there did. A cluster on which nothing did goes the way of the others, or of the app.

    Raises Refused where nothing but what runs there ever came to one of them.
    """
    rows = Target.objects.filter(release__app=app, cluster_name__in=clusters).exclude(release__state__in=_NOT_BEGUN)
    rows = rows.exclude(release__kind=ReleaseKind.DELETE).select_related("release__revision").defer(*HEAVY)
    last = {one.cluster_name: one for one in rows.order_by("cluster_id", "-release__number").distinct("cluster_id")}
    numbers = {name: _before(app, name, target) for name, target in last.items()}
    if same := sorted(name for name, target in last.items() if numbers[name] is None and _got_through(target)):
        sentence = _(
            "Nothing but what runs there has succeeded on {clusters}, so there is nothing to go back to. Choose a "
            "release, or other clusters."
        )
        raise Refused(sentence.format(clusters=", ".join(same)), field="release")
    newest = max((number for number in numbers.values() if number), default=None)
    groups: dict[int, list[str]] = defaultdict(list)
    for name in clusters if newest else ():
        groups[numbers.get(name) or newest or 0].append(name)
    return [Way(number, tuple(groups[number])) for number in sorted(groups, reverse=True)]


def _before(app: App, cluster: str, last: Target) -> int | None:
    """The newest release that may come back and brought something else to a cluster than the last one there did."""
    rows = _good([app]).filter(cluster_name=cluster).exclude(release=last.release_id)
    if _got_through(last) or last.release.kind == ReleaseKind.RESTART:
        rows = rows.exclude(release__revision__in=alike([last.release]))
    return rows.order_by("-release__number").values_list("release__number", flat=True).first()


def _got_through(target: Target) -> bool:
    return target.state == TargetState.DONE and target.release.state == ReleaseState.SUCCEEDED


def _good(apps: Sequence[App]) -> QuerySet[Target]:
    """The clusters to which releases brought something that may come back."""
    rows = Target.objects.filter(release__app__in=apps, release__state=ReleaseState.SUCCEEDED, state=TargetState.DONE)
    rows = rows.exclude(release__kind__in=BRINGS_NONE)
    forbidden = [one.digest for app in apps for one in load_forbidden(app.forbidden)]
    return rows.exclude(release__revision__digest__in=forbidden) if forbidden else rows


def _targets(releases: Collection[Release]) -> dict[UUID, dict[UUID, str]]:
    """App → the clusters of its release, in their order; of one that succeeded, those where it stands half way."""
    found: dict[UUID, dict[UUID, str]] = defaultdict(dict)
    here = Q(release__in=[one.pk for one in releases if one.state != ReleaseState.SUCCEEDED])
    for one in releases:
        here |= Q(release=one, cluster_name__in=half_way_on(one))
    rows = Target.objects.filter(here).order_by("position")
    for app_id, cluster_id, name in rows.values_list("release__app_id", "cluster_id", "cluster_name"):
        found[app_id][cluster_id] = name
    return found


def _reached(releases: Iterable[Release]) -> dict[UUID, set[UUID]]:
    """App → the clusters on which its release has begun with anything."""
    found: dict[UUID, set[UUID]] = defaultdict(set)
    rows = StepRun.objects.filter(release__in=[one.pk for one in releases]).distinct()
    for app_id, cluster_id in rows.values_list("release__app_id", "cluster_id"):
        found[app_id].add(cluster_id)
    return found


def _brought(releases: Iterable[Release]) -> dict[UUID, dict[UUID, int]]:
    """App → cluster → the newest release that brought something there which may come back, but for these."""
    releases = list(releases)
    rows = _good([one.app for one in releases]).exclude(release__in=[one.pk for one in releases])
    restarts = [one for one in releases if one.kind == ReleaseKind.RESTART]
    rows = rows.exclude(release__revision__in=alike(restarts)) if restarts else rows
    rows = rows.order_by("release__app_id", "cluster_id", "-release__number").distinct("release__app_id", "cluster_id")
    found: dict[UUID, dict[UUID, int]] = defaultdict(dict)
    for app_id, cluster_id, number in rows.values_list("release__app_id", "cluster_id", "release__number"):
        found[app_id][cluster_id] = number
    return found
