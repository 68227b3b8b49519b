"""Who rejects a release ends it: after what is planned for a failure, and with nothing else beside that."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from releases.events import ClusterGone, PauseAsked, Promoted, Rejected, ResumeAsked, RetryAsked, Skipped
from releases.snapshot import Snapshot
from releases.states import Across, ReleaseState, RollbackCause, RunState
from tests.pure.test_machine_having import begun, note, runs_of, soak, with_steps
from tests.releases.worlds import World, planned

NO = Rejected(by="alice", comment="Not today")
APPROVAL = {"kind": "approval", "name": "ok"}
SAD = note("sad", when="on-failure")


def together(*steps: dict[str, Any], budget: int = 1) -> World:
    """Both clusters at the same time."""
    world = with_steps(*steps, clusters=("a", "b"), budget=budget)
    lanes = zip(world.snapshot.targets, planned("a", "b", across=Across.ALL_TOGETHER).targets, strict=True)
    world.snapshot = replace(world.snapshot, targets=tuple(replace(one, wave=other.wave) for one, other in lanes))
    return begun(world)


def is_rejected(snapshot: Snapshot) -> bool:
    reason = snapshot.reason
    said = {"by": "alice", "words": "Not today"}
    return bool(reason and reason.code == "rejected" and said.items() <= dict(reason.values).items())


def test_what_is_planned_for_a_failure_runs_once_somebody_rejects_and_then_it_ends() -> None:
    world = begun(with_steps(APPROVAL, note("good"), SAD, note("both", when="always")))
    world.happens(NO)
    assert world.snapshot.state is ReleaseState.RUNNING
    for name in ("sad", "both"):
        assert [run.state for run in runs_of(world, name)] == [RunState.WATCHING]
        world.happens(Promoted(by="bob"))
    assert runs_of(world, "good") == [] and world.states() == {"a": "failed"}
    assert world.snapshot.state is ReleaseState.FAILED and is_rejected(world.snapshot)


def test_a_rejection_goes_back_where_a_failed_step_does_and_only_then() -> None:
    world = with_steps(APPROVAL, SAD)
    world.snapshot = replace(world.snapshot, rollback_on=frozenset({RollbackCause.FAILED_STEP}))
    begun(world).happens(NO)
    assert world.snapshot.state is ReleaseState.RUNNING
    world.happens(Promoted(by="bob"))
    world.work()
    assert world.snapshot.state in (ReleaseState.ROLLING_BACK, ReleaseState.ROLLED_BACK) and is_rejected(world.snapshot)


def test_without_anything_planned_for_that_it_ends_at_once() -> None:
    world = begun(with_steps(APPROVAL, note("good")))
    world.happens(NO)
    assert world.snapshot.state is ReleaseState.FAILED and is_rejected(world.snapshot)


def test_a_rejection_ends_it_on_all_clusters_whatever_may_fail() -> None:
    world = together(APPROVAL, SAD, budget=2)
    world.happens(NO)
    assert [run.state for run in runs_of(world, "sad")] == [RunState.WATCHING] * 2
    world.happens(Skipped(cluster="a", by="bob", step=runs_of(world, "sad")[0].ref.step))
    assert world.states() == {"a": "failed", "b": "running"}
    for event in (RetryAsked(cluster="a", by="bob"), Skipped(cluster="a", by="bob")):
        world.happens(event)
        assert world.states() == {"a": "failed", "b": "running"}
    world.happens(Promoted(by="bob"))
    assert world.snapshot.state is ReleaseState.FAILED and is_rejected(world.snapshot)


def test_a_cluster_that_waits_for_nobody_goes_no_further_meanwhile() -> None:
    world = together(soak(condition="1 < 2"), APPROVAL, SAD, budget=2)
    world.happens(Skipped(cluster="a", by="bob"))
    world.happens(NO)
    assert world.states() == {"a": "running", "b": "stopped"}
    world.later(seconds=600)
    assert [run.ref.cluster for run in world.snapshot.open_runs] == ["a"]
    world.happens(Promoted(by="bob"))
    assert world.snapshot.state is ReleaseState.FAILED and is_rejected(world.snapshot)


def test_a_cluster_whose_turn_has_not_come_never_begins() -> None:
    world = begun(with_steps(APPROVAL, SAD, clusters=("a", "b"), budget=2))
    world.happens(NO)
    world.happens(Promoted(by="bob"))
    assert world.states() == {"a": "failed", "b": "stopped"}
    assert {run.ref.cluster for run in world.snapshot.runs} == {"a"}
    assert world.snapshot.state is ReleaseState.FAILED


def test_what_is_rejected_while_it_is_paused_does_that_once_it_is_resumed() -> None:
    world = begun(with_steps(APPROVAL, SAD))
    world.happens(PauseAsked(by="bob"))
    world.happens(NO)
    assert world.snapshot.state is ReleaseState.PAUSED and runs_of(world, "sad") == []
    world.happens(ResumeAsked(by="bob"))
    world.happens(Promoted(by="bob"))
    assert world.snapshot.state is ReleaseState.FAILED and is_rejected(world.snapshot)


def test_what_is_planned_for_a_failure_can_be_rejected_too() -> None:
    world = begun(with_steps(APPROVAL, SAD, note("both", when="always")))
    world.happens(NO)
    world.happens(Rejected(by="bob", comment="nor this"))
    assert [run.state for run in runs_of(world, "both")] == [RunState.WATCHING]
    world.happens(Promoted(by="bob"))
    assert world.snapshot.state is ReleaseState.FAILED and is_rejected(world.snapshot)


def test_a_cluster_that_is_gone_before_that_is_done_leaves_it_rejected() -> None:
    world = together(APPROVAL, SAD, budget=2)
    world.happens(NO)
    for name in ("a", "b"):
        world.happens(ClusterGone(cluster=name, by="olga"))
    assert world.snapshot.state is ReleaseState.FAILED and is_rejected(world.snapshot)
