"""What stands on each cluster of an app: what was deployed there, or what a release brought that ended half way."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, UUIDField, Value, When
from django.db.models.functions import Coalesce

from apps_mgmt.models import App, Deployed, Revision
from apps_mgmt.spec import AppSpec, load
from releases.loading import HEAVY
from releases.models import Release, Step, StepRun, Target
from releases.states import (
    BRINGS_NONE,
    BROKEN_OFF,
    TARGET_SETTLED,
    TERMINAL,
    ReleaseKind,
    ReleaseState,
    RunState,
    TargetState,
)
from tenants.isolation import Isolation
from tenants.models import Cluster

_HEAVY = (*HEAVY, *(f"before__{name}" for name in HEAVY))
_SETTLED = (TargetState.DONE, TargetState.ROLLED_BACK)
_TAKEN_DOWN = Q(release__kind=ReleaseKind.STOP, state=TargetState.DONE)
_TAKEN_BACK = Q(release__kind=ReleaseKind.STOP, state=TargetState.ROLLED_BACK)  # a stop that was undone, whole


def half_way(app: App) -> dict[str, Target]:
    """Cluster → where the last release that wrote instances there failed or was stopped, and nothing has come since.

    A stop that got through has taken its instances away, a second track with them: only what was deployed is left.
    """
    return _broken_off(app, _settles())


def left_behind(app: App) -> dict[str, Target]:
    """The same, what has been stopped since included: from there people go back, though nothing of it runs."""
    return _broken_off(app, Q(_wrote()) | _TAKEN_BACK)


def _broken_off(app: App, settles: Q) -> dict[str, Target]:
    rows = Target.objects.filter(settles, release__app=app, release__ended_at__isnull=False)
    rows = rows.filter(cluster_id__in=Cluster.objects.values("pk")).select_related("release__revision").defer(*HEAVY)
    found = rows.order_by("cluster_name", "-release__number").distinct("cluster_name")
    return {target.cluster_name: target for target in found if target.state in BROKEN_OFF}


Numbers = Mapping[str, Sequence[Mapping[str, int]]]
"""Cluster → accounts of what it has, each as process → instances: until it is over nobody knows which one holds."""


class Place(NamedTuple):
    """What stands on a cluster, and the number of the release that brought it.

    `half_way`: it ended before its end, and what ran `before` may be there as well; it `failed` there, or was
    stopped. `stopped`: somebody stopped the app there.
    """

    cluster: str
    revision: Revision
    release: int | None
    half_way: bool
    before: Revision | None = None
    failed: bool = False
    stopped: bool = False


class Present(NamedTuple):
    """What stands of an app on each cluster, and what is `coming`: cluster, revision of releases that are not over."""

    places: Sequence[Place]
    coming: Sequence[tuple[str, Revision]]


def places(app: App) -> list[Place]:
    """Every cluster where something of an app stands, by name. Two queries."""
    return list(present(app).places)


def present(app: App) -> Present:
    """The same, with what is coming, which makes no more queries of it."""
    number = Release.objects.filter(pk=OuterRef("release_id")).values("number")
    rows = Deployed.objects.filter(app=app).select_related("revision").annotate(number=Subquery(number))
    found = {
        one.cluster_name: Place(one.cluster_name, one.revision, one.number, False, stopped=one.stopped) for one in rows
    }
    coming = _coming()
    # The last one that is over on each cluster, and each of those that are not.
    own = Case(When(coming, then=F("release_id")), default=Value(None), output_field=UUIDField())
    ended = _settles() & Q(release__ended_at__isnull=False, cluster_id__in=Cluster.objects.values("pk"))
    targets = Target.objects.filter(coming | ended, release__app=app)
    targets = targets.annotate(own=own).select_related("release__revision").defer(*HEAVY)
    targets = targets.order_by("cluster_name", "own", "-release__number").distinct("cluster_name", "own")
    for target in targets:
        if target.own is None and target.state in BROKEN_OFF:
            name, before = target.cluster_name, found.get(target.cluster_name)
            revision = before.revision if before else None
            failed = target.state == TargetState.FAILED
            stopped = bool(before and before.stopped)
            found[name] = Place(name, target.release.revision, target.release.number, True, revision, failed, stopped)
    goes_on = [(one.cluster_name, one.release.revision) for one in targets if one.own is not None]
    return Present([found[name] for name in sorted(found)], goes_on)


def rolled(app: App) -> list[tuple[str, Release]]:
    """Clusters with the releases that may have left there whatever they brought, what came on top of it too: those that
    ended half way since one came to its end there, and those that are not over. The oldest first. One query.
    """
    ended = Target.objects.filter(_settles() | Q(object_keys=[]), release__app=app, state__in=_SETTLED)
    last = ended.filter(cluster_id=OuterRef("cluster_id")).order_by("-release__number").values("release__number")[:1]
    rows = Target.objects.filter(release__app=app, cluster_id__in=Cluster.objects.values("pk"))
    rows = rows.annotate(last=Coalesce(Subquery(last), 0)).filter(release__number__gt=F("last"))
    rows = rows.filter(_coming() | Q(_settles(), state__in=BROKEN_OFF, release__ended_at__isnull=False))
    rows = rows.select_related("release__revision").defer(*HEAVY).order_by("release__number", "cluster_name")
    return [(target.cluster_name, target.release) for target in rows]


def numbers(app: App) -> Numbers:
    """How many instances of each process clusters have or come to have: as was deployed, as releases that are not over
    bring, as one has it that ended half way since. Where nothing is deployed, there may be nothing as well: what is
    under way or broke off is no promise that it is there. One query.
    """
    deployed = Deployed.objects.filter(app=app, cluster_id=OuterRef("cluster_id"), release_id=OuterRef("release_id"))
    # What broke off before counts no more, as nothing of it is left: the app may have left the cluster by then.
    settled = Target.objects.filter(release__app=app, cluster_id=OuterRef("cluster_id"), state__in=_SETTLED)
    last = Subquery(settled.order_by("-release__number").values("release__number")[:1])
    rows = Target.objects.filter(release__app=app).annotate(whole=Exists(deployed), last=Coalesce(last, 0))
    since = Q(_wrote(), state__in=BROKEN_OFF, release__number__gt=F("last"))
    rows = rows.filter(Q(whole=True) | ~Q(release__state__in=TERMINAL) | since)
    found: dict[str, list[Mapping[str, int]]] = defaultdict(list)
    whole = set()
    for cluster, workloads, is_whole in rows.values_list("cluster_name", "workloads", "whole"):
        found[cluster].append(numbers_of(workloads))
        whole |= {cluster} if is_whole else set()
    for cluster in found.keys() - whole:
        found[cluster].append({})
    return found


def numbers_of(workloads: Iterable[Mapping[str, Any]]) -> Mapping[str, int]:
    """Process → instances, of the workloads of a target."""
    found: Counter[str] = Counter()
    for row in workloads:
        found[row["process"]] += row["replicas"]
    return found


def other_isolations(app: App) -> dict[str, Isolation]:
    """Cluster → the isolation of its tenant under which what stands there was made, where today's is another one.

    One query where no release was ever made under another one, else three.
    """
    now = Isolation.load(app.tenant.isolation).of_pods
    if not Release.objects.filter(app=app).exclude(isolation=now).exists():
        return {}
    rows = Deployed.objects.filter(app=app).exclude(release_id=None)
    made = Release.objects.filter(pk=OuterRef("release_id")).values("isolation")
    deployed = dict(rows.annotate(isolation=Subquery(made)).values_list("cluster_name", "isolation"))
    found = deployed | {name: target.release.isolation for name, target in half_way(app).items()}
    return {name: Isolation.load(one) for name, one in found.items() if one not in (None, now)}


def begun(release: Release) -> list[str]:
    """The clusters on which a release that is not over has written instances, in their order."""
    rows = Target.objects.filter(_wrote(), release=release).exclude(state=TargetState.ROLLED_BACK)
    return list(rows.order_by("position").values_list("cluster_name", flat=True))


def _coming() -> Q:
    """A release that is not over brings something there."""
    return ~Q(release__kind__in=BRINGS_NONE) & ~Q(object_keys=[]) & ~Q(release__state__in=TERMINAL)


def _settles() -> Q:
    """What a cluster runs is of this release: it wrote instances, or took all of them away, or brought them back."""
    return Q(_wrote()) | _TAKEN_DOWN | _TAKEN_BACK


def _wrote() -> Exists:
    """Workloads were written; or instances began to trade places with those of a second track, whose end is that."""
    steps = Step.objects.filter(release=OuterRef("release"), number=OuterRef("step"), back=False)
    written = Q(Exists(steps.filter(kind="apply", options__part="workloads")), state=RunState.DONE)
    traded = Q(Exists(steps.filter(kind="trade"))) & ~Q(state=RunState.SKIPPED)
    runs = StepRun.objects.filter(release=OuterRef("release"), cluster_id=OuterRef("cluster_id"))
    return Exists(runs.filter(written | traded))


def standing(app: App) -> dict[str, Revision]:
    """Cluster → the revision whose objects stand there. Nothing for clusters where there are none."""
    return {one.cluster: one.revision for one in places(app)}


def found_by(release: Release) -> dict[str, Release]:
    """Cluster → whose revision stood there when a release came, one which had ended half way too."""
    began = StepRun.objects.filter(release=OuterRef("release"), cluster_id=OuterRef("cluster_id"))
    rows = Target.objects.filter(Exists(began), release__app=release.app_id, release__number__lt=release.number)
    rows = rows.exclude(release__kind=ReleaseKind.ACT)  # it leaves what it finds
    last = rows.select_related("release__revision", "before__release__revision").defer(*_HEAVY)
    found = last.order_by("cluster_name", "-release__number").distinct("cluster_name")
    return {target.cluster_name: one for target in found if (one := _left_by(target))}


def _left_by(target: Target) -> Release | None:
    if target.state == TargetState.ROLLED_BACK:
        return target.before.release if target.before else None
    return None if target.release.kind == ReleaseKind.DELETE else target.release


def went_back_to_nothing(releases: Iterable[Release]) -> frozenset[UUID]:
    """Those of them before which nothing ran, and whose objects were removed again. At most one query."""
    back = {one.pk for one in releases if one.state == ReleaseState.ROLLED_BACK}
    if not back:
        return frozenset()
    onto = Target.objects.filter(release__in=back, before__isnull=False).values_list("release", flat=True)
    return frozenset(back - set(onto))


def specs(app: App) -> dict[str, AppSpec]:
    """Cluster → the spec that stands there."""
    return {name: load(revision.spec) for name, revision in standing(app).items()}


def under_way_to(app: App, names: Collection[str]) -> dict[str, int]:
    """The clusters among these that a release which is not over has yet to finish, with the number of the first."""
    rows = Target.objects.filter(release__app=app, cluster_name__in=names).exclude(release__state__in=TERMINAL)
    found = rows.exclude(state__in=TARGET_SETTLED).order_by("-release__number")
    return dict(found.values_list("cluster_name", "release__number"))
