"""What is so when a release, or a cluster of one, has come to its end: invariant 5."""

from __future__ import annotations

from releases import events as e
from releases.snapshot import Frozen, Run, Target
from releases.states import TERMINAL, ReleaseKind, ReleaseState, RunState, TargetState
from tests.releases.fleet import Fleet
from tests.releases.things import AFTER, BEFORE

AS_IT_WAS = (ReleaseKind.STOP, ReleaseKind.ACT)


def is_person_skipped(run: Run) -> bool:
    """Whether somebody skipped it; one whose condition does not hold is passed over as planned."""
    return run.state is RunState.SKIPPED and run.reason is not None and run.reason.code == "skipped"


def leave_alone(fleet: Fleet, *, heals: bool) -> None:
    """Everybody goes home. Clusters that were lost come back, or stay away for ever."""
    fleet.happens(e.ResumeAsked(by="bob"))
    for cluster in fleet.clusters:
        fleet.heal(cluster)
    for cluster in sorted(fleet.lost) if heals else ():
        fleet.lost.discard(cluster)
        fleet.happens(e.ClusterBack(cluster=cluster))
    fleet.settle()


def ended_well(fleet: Fleet) -> None:
    """It is over, and every cluster runs what its state says."""
    snapshot = fleet.snapshot
    assert snapshot.state in TERMINAL, f"left alone it stays {snapshot.state}: {snapshot.open_runs}"
    for target in snapshot.targets:
        untouched = not snapshot.touched(target.cluster)
        if untouched and any(cluster == target.cluster for cluster, _key in fleet.deleted):
            continue
        if untouched or snapshot.state is ReleaseState.ROLLED_BACK or target.state is TargetState.ROLLED_BACK:
            runs_exactly(fleet, target, target.before, BEFORE)
        elif target.state is TargetState.DONE:
            arrived(fleet, target)
    if snapshot.state is ReleaseState.SUCCEEDED:
        failed = sum(one.state is TargetState.FAILED for one in snapshot.targets)
        assert failed <= snapshot.failure_budget and all(
            one.state in (TargetState.DONE, TargetState.FAILED) for one in snapshot.targets
        ), f"it succeeded with {[one.state for one in snapshot.targets]}"


def arrived(fleet: Fleet, target: Target) -> None:
    """A cluster that is done runs what the release brings, unless somebody skipped a step there."""
    if any(is_person_skipped(run) for run in fleet.snapshot.runs_on(target.cluster, back=False)):
        return
    runs_exactly(fleet, target, target.after, BEFORE if fleet.snapshot.kind in AS_IT_WAS else AFTER)


def runs_exactly(fleet: Fleet, target: Target, frozen: Frozen, version: str) -> None:
    """The objects of a revision and nothing else, all of that revision, with its instance counts.

    Of a workload that somebody deleted, and that shall have no instance, nothing has to be there.
    """
    things = fleet.clusters[target.cluster]
    found = {key: thing.version for key, thing in things.items()}
    spared = {one.key for one in frozen.workloads if not one.replicas and (target.cluster, one.key) in fleet.deleted}
    expected = [key for key in frozen.objects if key in found or key not in spared]
    assert found == dict.fromkeys(expected, version), f"{target.cluster} has {found}, not {expected} of {version}"
    counts = {one.key: one.replicas for one in frozen.workloads if one.key in expected}
    there = {key: things[key].replicas for key in counts}
    assert there == counts, f"{target.cluster} has {there} instances, not {counts}"
    forms = {key: thing.form for key, thing in things.items() if thing.form}
    assert not forms, f"on {target.cluster} the traffic still goes as it did meanwhile: {forms}"
