"""Where a release that did not get through goes back to: on each of its clusters, to what was brought there before it.

Releases may go to some clusters only, so what ran on one of its clusters may never have run on another one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from apps_mgmt.models import App, Deployed
from apps_mgmt.rules import refuse_unknown
from portal.errors import Refused
from releases.asking import RollBack
from releases.loading import HEAVY
from releases.models import Release, StepRun, Target
from releases.restarting import alike, forbidden
from releases.standing import left_behind
from releases.states import ACTIVE, AS_IT_RUNS, BRINGS_NONE, ReleaseKind, ReleaseState, TargetState

_NOT_THROUGH = (ReleaseState.FAILED, *ACTIVE)
_NOT_BEGUN = (ReleaseState.PLANNED, ReleaseState.WAITING)
_WHOLE = Q(release__kind=ReleaseKind.START, state__in=(TargetState.DONE, TargetState.ROLLED_BACK)) | Q(
    release__kind=ReleaseKind.STOP, state=TargetState.ROLLED_BACK
)  # what had been deployed there was written again as a whole


class Way(NamedTuple):
    """The release to go back to on these clusters, by name; on none in particular: wherever the app is."""

    number: int
    clusters: tuple[str, ...] = ()


def ways_back(last: Iterable[Release]) -> dict[UUID, list[Way]]:
    """By the id of an app, the ways back from its last release, newest first; none where nothing ran before.

    There is one where one release brought what ran before to all of its clusters. A cluster on which nothing ran goes
    the newest way, which takes away what does not belong there; where the release has not reached it, it goes none.
    From a restart, which brought nothing of its own, the way leads to what was something else. `last`: with their apps.
    Four queries for all of them, two more with restarts, and two where the last one brought nothing.
    """
    if not (chosen := starts(last)):
        return {}
    releases = [one for some in chosen.values() for one in some]
    mine, before, reached, there = _targets(releases), _brought(releases), _reached(releases), defaultdict(set)
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
    Behind what brings nothing: from what stands half way there.
    """
    return ways_back(_last(app)).get(app.pk, [])


def leads_to(app: App, source: Release | None) -> bool:
    """Whether releasing that again is a way back from the last release, which did not get through, and so is not held
    up by the quota. What runs whole comes back from nothing: it needs the room that a restart of it needs.
    """
    return source is not None and any(way.number == source.number and not way.clusters for way in from_last(app))


def leads_back(release: Release) -> bool:
    """Whether the way back of its app starts from this release."""
    return release in starts(_last(release.app)).get(release.app_id, ())


def _last(app: App) -> list[Release]:
    rows = Release.objects.filter(app=app).exclude(kind=ReleaseKind.DELETE).select_related("app")
    return list(rows.order_by("-number")[:1])


def starts(last: Iterable[Release]) -> dict[UUID, list[Release]]:
    """App → the releases from which it goes back; none that got through everywhere.

    That is the last one, and where that stops, starts or deletes an instance, also the one before that brought
    something: what stands half way of it, whatever came after it, is where people go back from. Not once all of what
    had been deployed was written again: then nothing of it is left.
    """
    chosen = {one.app_id: one for one in last}
    found: dict[UUID, list[Release]] = {}
    for one in (*_behind(chosen.values()), *chosen.values()):
        if one.state in _NOT_THROUGH or half_way_on(one):
            found.setdefault(one.app_id, []).append(one)
    return found


def _behind(last: Iterable[Release]) -> list[Release]:
    """Of those that bring nothing, the newest release before them that did, as long as it counts."""
    apps = [one.app_id for one in last if one.kind in BRINGS_NONE]
    if not apps:
        return []
    rows = Release.objects.filter(app__in=apps).exclude(kind__in=BRINGS_NONE).exclude(state__in=_NOT_BEGUN)
    found = list(rows.select_related("app").order_by("app_id", "-number").distinct("app_id"))
    whole = Target.objects.filter(_WHOLE, release__app__in=apps).order_by("release__number")
    since = dict(whole.values_list("release__app_id", "release__number"))
    return [one for one in found if since.get(one.app_id, 0) < one.number]


def with_tried(apps: QuerySet[App]) -> QuerySet[Any]:
    """Apps with the number of the last release that was more than the deletion of an instance, `tried`, and its state,
    `came_to`: deleting one mends nothing of what failed before.
    """
    rows = Release.objects.filter(app=OuterRef("pk")).exclude(kind=ReleaseKind.ACT).order_by("-number")
    return apps.annotate(tried=Subquery(rows.values("number")[:1]), came_to=Subquery(rows.values("state")[:1]))


def half_way_on(release: Release) -> list[str]:
    """The clusters on which a release stands half way that succeeded on the others, by name."""
    if release.state != ReleaseState.SUCCEEDED or release.kind in AS_IT_RUNS:
        return []
    return sorted(name for name, target in left_behind(release.app).items() if target.release_id == release.pk)


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

    Raises Refused where nothing but what runs there ever came to one of them, or one is none of the tenant's.
    """
    rows = Target.objects.filter(release__app=app, cluster_name__in=clusters).exclude(release__state__in=_NOT_BEGUN)
    rows = rows.exclude(release__kind=ReleaseKind.DELETE).select_related("release__revision").defer(*HEAVY)
    # What brings nothing and got through is looked through.
    rows = rows.exclude(release__kind__in=AS_IT_RUNS, release__state=ReleaseState.SUCCEEDED)
    last = {one.cluster_name: one for one in rows.order_by("cluster_id", "-release__number").distinct("cluster_id")}
    if never := [name for name in clusters if name not in last]:
        refuse_unknown(app, never, field="targets")
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
    held = forbidden(apps)
    return rows.exclude(release__revision__in=held) if held else rows


def _targets(releases: Collection[Release]) -> dict[UUID, dict[UUID, str]]:
    """App → the clusters of its releases, in their order; of one that succeeded, those where it stands half way."""
    found: dict[UUID, dict[UUID, str]] = defaultdict(dict)
    here = Q(release__in=[one.pk for one in releases if one.state != ReleaseState.SUCCEEDED])
    for one in releases:
        here |= Q(release=one, cluster_name__in=half_way_on(one))
    rows = Target.objects.filter(here).order_by("release__number", "position")
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
