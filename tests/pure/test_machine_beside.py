"""Steps beside each other: branches that go on by themselves, and end together where one of them fails."""

from __future__ import annotations

from typing import Any

from releases.effects import RunJob
from releases.events import AbortAsked, Promoted, RetryAsked, Skipped
from releases.snapshot import Run
from releases.states import After, ReleaseState, RunState
from tests.pure.reaching import CALL, JOB, WELL, begun, ended, runs_of, sent, with_steps
from tests.releases.worlds import World


def soak(name: str, **has: Any) -> dict[str, Any]:
    return {"kind": "soak", "name": name, "lasts": 60, **has}


def note(name: str, **has: Any) -> dict[str, Any]:
    return {"kind": "note", "name": name, "text": "Look.", **has}


def beside(*branches: list[dict[str, Any]], **has: Any) -> dict[str, Any]:
    rows = [{"name": f"b{number}", "steps": steps} for number, steps in enumerate(branches, 1)]
    return {"kind": "parallel", "name": "together", "branches": rows, **has}


def at(world: World) -> set[str]:
    """What is under way."""
    return {world.snapshot.step(run.ref.step).options.get("name", "") for run in world.snapshot.open_runs}


def on_a(world: World, name: str) -> list[Run]:
    return [run for run in runs_of(world, name) if run.ref.cluster == "a"]


def fails(world: World) -> None:
    """Every soak that goes on."""
    world.look("a")
    world.clusters["a"].restarts += 1
    world.look("a")


def test_branches_begin_together_and_go_on_by_themselves() -> None:
    world = begun(with_steps(beside([note("one"), soak("two")], [soak("three", lasts=30), soak("four")])))
    assert at(world) == {"one", "three"}
    world.later(seconds=30)
    assert at(world) == {"one", "four"}
    world.happens(Promoted(by="bob"))
    assert at(world) == {"two", "four"}


def test_what_comes_after_waits_for_all_branches() -> None:
    world = begun(with_steps(beside([note("one")], [soak("two")]), note("after")))
    world.happens(Promoted(by="bob"))
    assert at(world) == {"two"}
    world.later(seconds=60)
    assert at(world) == {"after"}


def test_where_one_branch_fails_the_others_go_no_further() -> None:
    world = begun(with_steps(beside([note("one")], [soak("two")])))
    fails(world)
    assert world.snapshot.state is ReleaseState.FAILED
    assert world.snapshot.reason and world.snapshot.reason.code == "soak_failed"
    assert [run.state for run in runs_of(world, "one")] == [RunState.STOPPED]


def test_a_branch_that_is_tried_again_holds_up_nobody_else() -> None:
    world = begun(with_steps(beside([note("one")], [soak("two", retry={"limit": 1, "backoff": 100})])))
    fails(world)
    assert at(world) == {"one", "two"}
    assert world.snapshot.state is ReleaseState.RUNNING


def test_a_retry_takes_up_every_branch_that_had_not_ended() -> None:
    steps = beside([soak("done", lasts=10)], [note("one")], [soak("two")])
    world = begun(with_steps(steps, clusters=("a", "b"), budget=1))
    world.later(seconds=10)
    fails(world)
    assert world.states()["a"] == "failed"
    world.happens(RetryAsked(cluster="a", by="bob"))
    again = {
        name: [run.ref.attempt for run in runs_of(world, name) if run.ref.cluster == "a"]
        for name in ("done", "one", "two")
    }
    assert again == {"done": [1], "one": [1, 2], "two": [1, 2]}


def test_a_skip_passes_what_failed_and_takes_up_what_was_stopped_beside_it() -> None:
    world = begun(with_steps(beside([note("one")], [soak("two")]), clusters=("a", "b"), budget=1))
    fails(world)
    world.happens(Skipped(cluster="a", by="bob"))
    assert [run.state for run in on_a(world, "two")] == [RunState.SKIPPED]
    assert [run.state for run in on_a(world, "one")] == [
        RunState.STOPPED,
        RunState.WATCHING,
    ]


def test_of_branches_beside_each_other_only_the_one_that_is_named_is_skipped() -> None:
    world = begun(with_steps(beside([note("one"), note("then")], [soak("two")])))
    world.happens(Skipped(cluster="a", by="bob"))
    assert at(world) == {"one", "two"}
    (meant,) = on_a(world, "one")
    for _person in range(2):
        world.happens(Skipped(cluster="a", by="bob", step=meant.ref.step))
        assert at(world) == {"then", "two"}


def test_an_abort_stops_all_branches() -> None:
    world = begun(with_steps(beside([note("one")], [soak("two")])))
    world.happens(AbortAsked(by="bob", after=After.HOLD))
    assert world.snapshot.open_runs == ()


def test_a_job_beside_a_check_tells_what_it_gave_afterwards() -> None:
    then = {**CALL, "condition": "steps.migrate.output.n == 3"}
    world = begun(with_steps(beside([JOB], [soak("two")]), then), CollectJob=WELL)
    ended(world)
    assert len(sent(world, RunJob)) == 1
    world.later(seconds=60)
    assert [run.state for run in runs_of(world, "tell")] == [RunState.DONE]


def test_a_condition_of_the_whole_is_one_of_each_step() -> None:
    world = begun(
        with_steps(
            note("gives"), beside([note("one", condition="1 < 2")], [note("two")], condition="1 > 2"), note("after")
        )
    )
    world.happens(Promoted(by="bob"))
    assert at(world) == {"after"}
    assert [run.state for name in ("one", "two") for run in runs_of(world, name)] == [RunState.SKIPPED] * 2
