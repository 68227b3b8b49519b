"""From rows to the frozen snapshot that the machine decides on."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from apps_mgmt.values import Left, load_left
from releases import observation
from releases.drift import changed
from releases.models import Observation, Release, Step, StepRun, Target
from releases.reasons import Reason
from releases.scaled import REPLICAS
from releases.snapshot import Frozen, Run, RunRef, Snapshot, Wave, Workload
from releases.snapshot import Step as PlanStep
from releases.snapshot import Target as Lane
from releases.states import ReleaseKind, ReleaseState, RollbackCause, RunState, TargetState

HEAVY = ("manifests", "second_manifests", "failed_with", "ended_with")
_HEAVY_TOO = (*HEAVY, *(f"before__{name}" for name in HEAVY))


def snapshot_of(release: Release, *, targets: Sequence[Target] | None = None) -> Snapshot:
    """The release with its targets, plan, runs and what its clusters last said; four queries, no manifests but those
    of workloads that somebody else changed.

    `targets` are all its targets, where they were read already.
    """
    if targets is None:
        targets = list(Target.objects.filter(release=release).select_related("before").defer(*_HEAVY_TOO))
    clusters = [target.cluster_id for target in targets]
    seen = {row.cluster_id: row for row in Observation.objects.filter(app_id=release.app_id, cluster_id__in=clusters)}
    snapshot = Snapshot(
        id=str(release.pk),
        kind=ReleaseKind(release.kind),
        state=ReleaseState(release.state),
        targets=tuple(lane_of(one, seen.get(one.cluster_id)) for one in targets),
        plan=tuple(_step(row) for row in Step.objects.filter(release=release)),
        runs=tuple(_run(row) for row in StepRun.objects.filter(release=release)),
        waves=tuple(Wave(**row) for row in release.waves),
        failure_budget=release.failure_budget,
        rollback_on=frozenset(RollbackCause(cause) for cause in release.rollback_on),
        fence=release.fence,
        after_stop=release.stopping,
        reason=Reason.load(release.reason),
    )
    lanes = zip(targets, snapshot.targets, strict=True)
    return replace(snapshot, targets=tuple(_with_changes(release, snapshot, target, lane) for target, lane in lanes))


def seen_on(app_id: UUID, clusters: Collection[UUID]) -> dict[UUID, observation.Observation]:
    """Cluster → what it says of an app now; of those that have said something."""
    rows = Observation.objects.filter(app_id=app_id, cluster_id__in=clusters)
    return {row.cluster_id: facts for row in rows if (facts := observation.load(row.facts)) is not None}


def frozen(target: Target | None, *, left: Mapping[str, Mapping[str, str]]) -> Frozen:
    """What a target shall look like; nothing at all for none.

    A number of instances that is `left` to another manager is no more ours than that of an autoscaler.
    """
    if target is None:
        return Frozen()
    second = target.second or {}
    made = Frozen(
        objects=tuple(target.object_keys),
        workloads=tuple(Workload(**row) for row in target.workloads),
        second=tuple(Workload(**row) for row in second.get("workloads", ())),
        second_objects=tuple(second.get("objects", ())),
        second_routes=tuple(second.get("routes", ())),
    )
    return _unsized(made, {key for key, fields in left.items() if REPLICAS in fields})


def lane_of(target: Target, seen: Observation | None) -> Lane:
    """A target as the machine sees it, with what its cluster last said."""
    return Lane(
        cluster=str(target.cluster_id),
        name=target.cluster_name,
        wave=target.wave,
        after=frozen(target, left=target.left),
        before=frozen(target.before, left=target.left),
        state=TargetState(target.state),
        lost_since=target.lost_since,
        reason=Reason.load(target.reason),
        observation=observation.load(seen.facts) if seen else None,
    )


def _with_changes(release: Release, snapshot: Snapshot, target: Target, lane: Lane) -> Lane:
    """A target with what others changed there of what the release wrote."""

    def left() -> tuple[Left, ...]:
        return load_left(release.app.left)

    away = changed.since_written(target, lane, snapshot, left, back=False)
    back = changed.since_written(target, lane, snapshot, left, back=True)
    taken = {**changed.beside(target, lane.observation, left), **away}
    scaled, given = changed.scaled(target, lane.observation, left)
    if lane.state is TargetState.ROLLING_BACK:
        # Who goes back brings what ran, with as many instances as somebody wanted meanwhile: nobody is asked then.
        given = {*given, *scaled}
    if given:
        lane = replace(lane, after=_unsized(lane.after, given), before=_unsized(lane.before, given))
    return replace(lane, taken=taken, taken_back=back, scaled=scaled) if taken or back or scaled else lane


def _unsized(frozen: Frozen, keys: Collection[str]) -> Frozen:
    """With these workloads having as many instances as somebody else says."""
    workloads = tuple(replace(one, autoscaled=True) if one.key in keys else one for one in frozen.workloads)
    return replace(frozen, workloads=workloads)


def _step(row: Step) -> PlanStep:
    return PlanStep(number=row.number, kind=row.kind, timeout=row.timeout, back=row.back, options=row.options)


def _run(row: StepRun) -> Run:
    return Run(
        ref=RunRef(str(row.cluster_id), row.step, row.attempt),
        state=RunState(row.state),
        started=row.started,
        deadline=row.deadline,
        wake_at=row.wake_at,
        pending=tuple(row.pending),
        sent=row.sent,
        output=row.output,
        reason=Reason.load(row.reason),
    )
