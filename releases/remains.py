"""Where something of an app is, or may be: what counts as running, and what a deletion has to empty."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence

from django.db.models import Exists, OuterRef

from apps_mgmt.models import App, Deployed
from releases.models import Observation, Release, StepRun, Target
from releases.states import ReleaseKind, ReleaseState, TargetState
from tenants.clusters import clusters_of
from tenants.models import Cluster


def inhabited(
    app: App, *, among: Iterable[Cluster], written: bool = False, line: Sequence[Release] = ()
) -> list[Cluster]:
    """Those of its tenant's clusters where something of the app is, or is on its way; with `written`, as for `left`.

    `line`: releases that come before the one that asks. Something is on its way where they bring it, though they have
    not begun there: it is there when the turn of that one comes.
    """
    ids = _inhabited(app) | (_written(app) if written else set()) | _coming(line)
    return [cluster for cluster in among if cluster.pk in ids]


def left(app: App) -> list[Cluster]:
    """Clusters where something of the app may be: those too that a release wrote to and nothing has emptied since.

    A release may have made objects and failed before any instance ran, or before the cluster could say so.
    """
    ids = _inhabited(app) | _written(app)
    return [cluster for cluster in clusters_of(app.tenant_id) if cluster.pk in ids]


def running(app: App, *, on: Collection[uuid.UUID] | None = None) -> list[Target]:
    """The targets whose manifests run, on these clusters or on all: those of the releases that are deployed there."""
    rows = Deployed.objects.filter(app=app) if on is None else Deployed.objects.filter(app=app, cluster_id__in=on)
    there = rows.filter(release_id=OuterRef("release_id"), cluster_id=OuterRef("cluster_id"))
    return list(Target.objects.filter(Exists(there)))


def _inhabited(app: App) -> set[uuid.UUID]:
    used = Deployed.objects.filter(app=app).values_list("cluster_id", flat=True)
    seen = Observation.objects.filter(app=app).exclude(facts__workloads=[]).values_list("cluster_id", flat=True)
    begun = StepRun.objects.filter(release__app=app, release__ended_at=None).values_list("cluster_id", flat=True)
    return set(used.union(seen, begun))


def _coming(line: Sequence[Release]) -> set[uuid.UUID]:
    """Where releases that are not on their way back are to bring something."""
    bringing = [one.pk for one in line if one.state not in (ReleaseState.ABORTING, ReleaseState.ROLLING_BACK)]
    if not bringing:
        return set()
    rows = Target.objects.filter(release__in=bringing).exclude(object_keys=[])
    return set(rows.values_list("cluster_id", flat=True))


def _written(app: App) -> set[uuid.UUID]:
    began = StepRun.objects.filter(release=OuterRef("release"), cluster_id=OuterRef("cluster_id"))
    targets = Target.objects.filter(Exists(began), release__app=app).select_related("release").defer("manifests")
    last = targets.order_by("cluster_id", "-release__number").distinct("cluster_id")
    return {target.cluster_id for target in last if not _is_empty(target)}


def _is_empty(target: Target) -> bool:
    """Whether a release has removed everything there, on its way out or on its way back."""
    if target.state == TargetState.ROLLED_BACK:
        return target.before_id is None
    leaves_nothing = target.release.kind == ReleaseKind.DELETE or not target.object_keys
    return target.state == TargetState.DONE and leaves_nothing
