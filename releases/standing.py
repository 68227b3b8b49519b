"""What stands on each cluster of an app: what was deployed there, or what a release brought that ended half way."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, UUIDField, Value, When

from apps_mgmt.models import App, Deployed, Revision
from apps_mgmt.spec import AppSpec, load
from releases.loading import HEAVY
from releases.models import Release, Step, StepRun, Target
from releases.states import BRINGS_NONE, TARGET_SETTLED, TERMINAL, ReleaseKind, ReleaseState, RunState, TargetState
from tenants.isolation import Isolation
from tenants.models import Cluster

_HEAVY = (*HEAVY, *(f"before__{name}" for name in HEAVY))
_BROKEN_OFF = (TargetState.FAILED.value, TargetState.STOPPED.value)


def half_way(app: App) -> dict[str, Target]:
    """Cluster → where the last release that wrote instances there failed or was stopped, and nothing has come since."""
    rows = _that_wrote().filter(release__app=app, cluster_id__in=Cluster.objects.values("pk"))
    rows = rows.select_related("release__revision").defer(*HEAVY)
    found = rows.order_by("cluster_name", "-release__number").distinct("cluster_name")
    return {target.cluster_name: target for target in found if target.state in _BROKEN_OFF}


class Place(NamedTuple):
    """What stands on a cluster, and the number of the release that brought it.

    `half_way`: it ended before its end, and what ran `before` may be there as well; it `failed` there, or was stopped.
    """

    cluster: str
    revision: Revision
    release: int | None
    half_way: bool
    before: Revision | None = None
    failed: bool = False


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
    found = {row.cluster_name: Place(row.cluster_name, row.revision, row.number, False) for row in rows}
    brings = ~Q(release__kind__in=BRINGS_NONE) & ~Q(object_keys=[])
    coming = brings & ~Q(release__state__in=TERMINAL)
    # The last one that is over on each cluster, and each of those that are not.
    own = Case(When(coming, then=F("release_id")), default=Value(None), output_field=UUIDField())
    ended = Q(_wrote(), release__ended_at__isnull=False, cluster_id__in=Cluster.objects.values("pk"))
    targets = Target.objects.filter(coming | ended, release__app=app)
    targets = targets.annotate(own=own).select_related("release__revision").defer(*HEAVY)
    targets = targets.order_by("cluster_name", "own", "-release__number").distinct("cluster_name", "own")
    for target in targets:
        if target.own is None and target.state in _BROKEN_OFF:
            name, before = target.cluster_name, found.get(target.cluster_name)
            revision = before.revision if before else None
            failed = target.state == TargetState.FAILED
            found[name] = Place(name, target.release.revision, target.release.number, True, revision, failed)
    goes_on = [(one.cluster_name, one.release.revision) for one in targets if one.own is not None]
    return Present([found[name] for name in sorted(found)], goes_on)


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


def _that_wrote() -> QuerySet[Target]:
    """Targets of releases that are over and have written instances."""
    return Target.objects.filter(_wrote(), release__ended_at__isnull=False)


def begun(release: Release) -> list[str]:
    """The clusters on which a release that is not over has written instances, in their order."""
    rows = Target.objects.filter(_wrote(), release=release).exclude(state=TargetState.ROLLED_BACK)
    return list(rows.order_by("position").values_list("cluster_name", flat=True))


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
