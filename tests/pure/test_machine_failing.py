"""What is planned for a failure: it runs for each failure on a cluster, whatever ran for one before."""

from __future__ import annotations

from releases.events import EffectFailed, Promoted, RetryAsked, Skipped, Started
from releases.reasons import Reason
from releases.states import RunState
from tests.pure.test_machine_having import begun, fails, note, runs_of, soak, with_steps
from tests.releases.worlds import World

REFUSED = Reason("conflict", {"words": "another manager has it"})


def states_of(world: World, name: str) -> list[RunState]:
    return [run.state for run in runs_of(world, name) if run.ref.cluster == "a"]


def refuses(world: World) -> None:
    """What is to be written on `a` is refused; all else is done."""
    while world.outbox:
        run, key, _effect = world.outbox[0]
        if run.cluster == "a" and world.snapshot.step(run.step).kind == "apply":
            world.outbox.pop(0)
            world.happens(EffectFailed(run=run, key=key, reason=REFUSED))
        else:
            world.deliver(0)


def test_what_fails_again_when_it_is_tried_again_runs_what_is_planned_for_that_again() -> None:
    world = with_steps(note(), note("sad", when="on-failure"), clusters=("a", "b"), budget=1)
    world.happens(Started())
    refuses(world)
    world.happens(Promoted(by="bob"))
    assert states_of(world, "sad") == [RunState.DONE]
    world.happens(RetryAsked(cluster="a", by="bob"))
    refuses(world)
    assert states_of(world, "sad") == [RunState.DONE, RunState.WATCHING]
    world.happens(Promoted(by="bob"))
    assert states_of(world, "sad") == [RunState.DONE] * 2
    assert world.states()["a"] == "failed"


def test_what_fails_after_a_failure_was_skipped_runs_what_is_planned_for_that_again() -> None:
    steps = (soak(), note("good", timeout=5), note("sad", when="on-failure"), note("both", when="always"))
    world = begun(with_steps(*steps, clusters=("a", "b"), budget=1))
    fails(world)
    for _step in ("sad", "both"):
        world.happens(Promoted(by="bob"))
    world.happens(Skipped(cluster="a", by="bob"))
    assert states_of(world, "good") == [RunState.WATCHING]
    world.later(seconds=5)
    assert states_of(world, "good") == [RunState.FAILED]
    for _step in ("sad", "both"):
        world.happens(Promoted(by="bob"))
    assert states_of(world, "sad") == states_of(world, "both") == [RunState.DONE] * 2
    reason = next(one.reason for one in world.snapshot.targets if one.cluster == "a")
    assert reason and reason.code == "not_confirmed"


def test_a_failure_runs_nothing_that_is_planned_before_it() -> None:
    steps = (note("early", when="on-failure"), soak("first"), note("sad", when="on-failure"), soak("second"))
    world = begun(with_steps(*steps, clusters=("a", "b"), budget=1))
    fails(world)
    world.happens(Promoted(by="bob"))
    world.happens(Skipped(cluster="a", by="bob"))
    fails(world)
    assert states_of(world, "early") == [] and states_of(world, "sad") == [RunState.DONE]
    assert world.states()["a"] == "failed"


def test_a_branch_that_fails_again_runs_what_is_planned_for_that_again() -> None:
    branches = [{"name": "x", "steps": [soak("look")]}, {"name": "y", "steps": [note("by_hand", timeout=900)]}]
    group = {"kind": "parallel", "name": "beside", "branches": branches}
    world = begun(with_steps(group, note("sad", when="on-failure"), clusters=("a", "b"), budget=1))
    fails(world)
    world.happens(Promoted(by="bob"))
    assert states_of(world, "sad") == [RunState.DONE]
    world.happens(RetryAsked(cluster="a", by="bob"))
    fails(world)
    assert states_of(world, "sad") == [RunState.DONE, RunState.WATCHING]
