"""What a paused release holds until it is resumed: further attempts, whoever asked for them."""

from __future__ import annotations

from releases.events import AbortAsked, PauseAsked, ResumeAsked, RetryAsked
from releases.states import After, ReleaseState, RunState
from releases.wording import words
from tests.pure.test_machine_having import begun, fails, runs_of, soak, with_steps
from tests.releases.worlds import World


def tried_again_while_paused() -> World:
    """The time of a further attempt comes while nothing may begin."""
    world = begun(with_steps(soak(retry={"limit": 1, "backoff": 10})))
    fails(world)
    world.happens(PauseAsked(by="bob"))
    world.later(seconds=10)
    return world


def test_a_further_attempt_whose_time_comes_in_a_paused_release_begins_once_it_is_resumed() -> None:
    world = tried_again_while_paused()
    (held,) = world.snapshot.open_runs
    assert held.is_to_begin
    assert held.reason and words(held.reason).startswith("It is tried again once the release is resumed. New instances")
    world.later(hours=30)
    assert world.snapshot.open_runs == (held,)
    world.happens(ResumeAsked(by="bob"))
    (run,) = world.snapshot.open_runs
    assert (run.ref, run.started, run.is_to_begin) == (held.ref, world.now, False)
    world.later(seconds=61)
    assert runs_of(world, "look")[-1].state is RunState.DONE


def test_a_further_attempt_whose_time_has_not_come_when_a_release_is_resumed_waits_for_it() -> None:
    world = begun(with_steps(soak(retry={"limit": 1, "backoff": 10})))
    fails(world)
    world.happens(PauseAsked(by="bob"))
    world.later(seconds=9)
    world.happens(ResumeAsked(by="bob"))
    assert runs_of(world, "look")[-1].is_to_begin
    world.later(seconds=1)
    assert not runs_of(world, "look")[-1].is_to_begin


def test_what_is_held_by_a_pause_is_held_for_as_long_as_that_takes() -> None:
    world = tried_again_while_paused()
    world.later(days=800)
    assert [run.is_to_begin for run in world.snapshot.open_runs] == [True]
    world.happens(ResumeAsked(by="bob"))
    assert [run.started for run in world.snapshot.open_runs] == [world.now]


def test_an_abort_ends_what_a_pause_holds() -> None:
    world = tried_again_while_paused()
    world.happens(AbortAsked(by="bob", after=After.HOLD))
    assert (world.snapshot.state, world.snapshot.open_runs) == (ReleaseState.FAILED, ())


def test_what_somebody_tries_again_in_a_paused_release_begins_once_it_is_resumed() -> None:
    world = begun(with_steps(soak(), clusters=("a", "b"), budget=1))
    fails(world)
    world.happens(PauseAsked(by="bob"))
    world.happens(RetryAsked(cluster="a", by="bob"))
    assert [run.state for run in runs_of(world, "look") if run.ref.cluster == "a"] == [RunState.FAILED]
    assert world.states()["a"] == "running"
    world.happens(ResumeAsked(by="bob"))
    failed, again = (run for run in runs_of(world, "look") if run.ref.cluster == "a")
    assert (failed.state, again.state, again.started) == (RunState.FAILED, RunState.WATCHING, world.now)
