"""What is kept back from clusters where nothing of a release is yet: it waits there, is woken, fails, or goes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from apps_mgmt.spec import Strategy
from releases.effects import Apply
from releases.events import AbortAsked, Overridden, PauseAsked, Promoted, ResumeAsked, Skipped, Started, Woken
from releases.machine import decide
from releases.reasons import Reason
from releases.snapshot import KEPT
from releases.states import Across, ReleaseKind, ReleaseState, RunState
from releases.strategies import plan
from releases.strategies.plan import Ask
from tests.pure.reaching import CALL, JOB, WELL, begun, ended, sent
from tests.releases.worlds import World, planned

SUSPENDED = Reason(KEPT, {"why": "The tenant is suspended."})
ISOLATED = Reason("isolated_anew", {"why": "Nodes of its own"})
NOTE = {"kind": "note", "name": "read", "text": "Look", "confirm": True}


def keeps(world: World, why: Reason | None = SUSPENDED) -> None:
    world.snapshot = replace(world.snapshot, kept=why)


def kept(world: World) -> list[str]:
    return [run.ref.cluster for run in world.snapshot.open_runs if run.is_kept]


@pytest.fixture
def world() -> World:
    """The first of two clusters is under way, the second comes after it."""
    world = World(planned("a", "b"))
    world.happens(Started())
    world.work()
    return world


def test_a_decision_says_where_it_comes_to_a_cluster_that_has_nothing_yet(world: World) -> None:
    assert decide(World(planned("a")).snapshot, Started(), world.now).enters
    assert not decide(world.snapshot, PauseAsked(by="bob"), world.now).enters


def test_what_is_under_way_goes_on_and_the_next_cluster_is_kept(world: World) -> None:
    keeps(world)
    world.roll("a")

    assert world.states() == {"a": "done", "b": "running"}
    assert (kept(world), world.clusters["b"].applied) == (["b"], [])
    (run,) = world.snapshot.open_runs
    assert run.reason == Reason(KEPT, {**SUSPENDED.values, "cluster": "b"})


def test_neither_people_nor_time_nor_the_cluster_let_it_pass(world: World) -> None:
    keeps(world)
    world.roll("a")
    for event in (Promoted(by="alice", full=True), Overridden(by="alice"), Woken()):
        world.happens(event)
    world.later(days=400)
    world.look("b")

    assert (kept(world), world.clusters["b"].applied) == (["b"], [])


def test_woken_it_goes_on_to_its_end_once_nothing_keeps_it(world: World) -> None:
    keeps(world)
    world.roll("a")
    keeps(world, None)
    world.now += timedelta(days=3)
    world.happens(Woken())
    assert not decide(world.snapshot, Woken(), world.now).changes
    world.work()
    world.roll("b")

    assert world.snapshot.state is ReleaseState.SUCCEEDED


def test_paused_it_begins_when_it_is_resumed(world: World) -> None:
    keeps(world)
    world.roll("a")
    world.happens(PauseAsked(by="bob"))
    keeps(world, None)
    world.happens(Woken())
    assert kept(world) == ["b"]
    world.happens(ResumeAsked(by="bob"))

    assert not kept(world) and world.outbox


def test_another_reason_is_told_in_place_of_the_first(world: World) -> None:
    keeps(world)
    world.roll("a")
    keeps(world, Reason(KEPT, {"why": "Locked: Audit"}))
    world.happens(Woken())

    (run,) = world.snapshot.open_runs
    assert run.reason and run.reason.values["why"] == "Locked: Audit"


def test_for_another_reason_than_being_held_it_fails_there(world: World) -> None:
    keeps(world, ISOLATED)
    world.roll("a")

    assert world.states() == {"a": "done", "b": "failed"}
    assert (world.snapshot.state, world.clusters["b"].applied) == (ReleaseState.FAILED, [])


def test_the_way_back_is_not_kept(world: World) -> None:
    keeps(world)
    world.happens(AbortAsked(by="bob"))
    world.work()
    world.roll("a")

    assert world.snapshot.state is ReleaseState.ROLLED_BACK
    assert [one.back for one in world.clusters["a"].applied if isinstance(one, Apply)].count(True)


def test_all_clusters_that_begin_together_are_kept() -> None:
    world = World(planned("a", "b", across=Across.ALL_TOGETHER))
    keeps(world)
    world.happens(Started())

    assert kept(world) == ["a", "b"]


def noted(first: dict[str, object]) -> World:
    """A release that waits at a note, behind another step, before it writes anything."""
    go = {"kind": "apply", "name": "go"}
    strategy = Strategy.model_validate({"kind": "rolling", "steps": [first, NOTE, go]})
    release = replace(planned("a"), plan=plan(ReleaseKind.DEPLOY, Ask(strategy=strategy)))
    return begun(World(release), CallHttp={"output": {}}, CollectJob=WELL)


def test_a_call_brings_nothing_to_a_cluster() -> None:
    world = noted(CALL)
    keeps(world)
    world.happens(Promoted(by="bob"))
    world.work()

    assert kept(world) == ["a"] and not sent(world, Apply)


def test_a_job_that_ran_there_is_half_way_and_goes_on() -> None:
    world = noted(JOB)
    ended(world)
    keeps(world)
    world.happens(Promoted(by="bob"))
    world.work()

    assert not kept(world) and sent(world, Apply)


def test_a_step_that_is_kept_can_be_skipped_and_the_next_is_kept_as_well(world: World) -> None:
    keeps(world)
    world.roll("a")
    (first,) = world.snapshot.open_runs
    world.happens(Skipped(cluster="b", by="bob"))

    skipped = world.snapshot.run(first.ref)
    assert skipped and skipped.state is RunState.SKIPPED
    assert kept(world) == ["b"] and not world.clusters["b"].applied
