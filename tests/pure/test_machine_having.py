"""What every step has: a condition, further attempts, when it runs, what it takes from earlier ones, its own time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from apps_mgmt.spec import Strategy
from releases.events import AbortAsked, EffectFailed, Observed, Promoted, RetryAsked, Skipped, Started
from releases.expressions import MOST_TEXT, BadExpression, holds, text_of, why_unreadable
from releases.reasons import Reason
from releases.snapshot import Run
from releases.states import After, ReleaseKind, ReleaseState, RunState
from releases.strategies import plan
from releases.strategies.plan import Ask
from tests.releases.worlds import World, planned

REFUSED = Reason("refused", {"cluster": "a", "words": "no"})


def with_steps(*steps: dict[str, Any], clusters: tuple[str, ...] = ("a",), budget: int = 0) -> World:
    moves = {"kind": "batch", "name": "last", "replicas": "1"}
    strategy = Strategy.model_validate({"kind": "canary", "steps": [*steps, moves]})
    release = planned(*clusters, budget=budget)
    return World(replace(release, plan=plan(ReleaseKind.DEPLOY, Ask(strategy=strategy))))


def begun(world: World) -> World:
    world.happens(Started())
    world.work()
    return world


def runs_of(world: World, name: str) -> list[Run]:
    return [run for run in world.snapshot.runs if world.snapshot.step(run.ref.step).options.get("name") == name]


def soak(name: str = "look", **has: Any) -> dict[str, Any]:
    return {"kind": "soak", "name": name, "lasts": 60, **has}


def note(name: str = "by_hand", **has: Any) -> dict[str, Any]:
    return {"kind": "note", "name": name, "text": "Look.", **has}


def fails(world: World) -> None:
    """The soak that goes on at the moment."""
    world.look("a")
    world.clusters["a"].restarts += 1
    world.look("a")


def test_a_step_whose_condition_does_not_hold_is_passed_over() -> None:
    world = begun(with_steps(note("one", condition="1 > 2"), note("two", condition="2 > 1")))
    assert [run.state for run in runs_of(world, "one")] == [RunState.SKIPPED]
    assert [run.state for run in runs_of(world, "two")] == [RunState.WATCHING]


def test_a_condition_that_comes_to_nothing_fails_the_step_in_words() -> None:
    world = begun(with_steps(note("one"), note("two", condition="steps.one.output.gone == 1")))
    world.happens(Promoted(by="bob"))
    reason = world.snapshot.reason
    assert world.snapshot.state is ReleaseState.FAILED
    assert reason and reason.code == "bad_expression" and reason.values["step"] == "two"
    assert "gone" in reason.values["words"]


def test_a_step_that_failed_is_tried_again_later_and_later() -> None:
    world = begun(with_steps(soak(retry={"limit": 2, "backoff": 100})))
    fails(world)
    assert [run.is_to_begin for run in runs_of(world, "look")] == [False, True]
    world.later(seconds=99)
    assert runs_of(world, "look")[-1].is_to_begin
    world.later(seconds=1)
    assert not runs_of(world, "look")[-1].is_to_begin
    fails(world)
    world.later(seconds=199)
    assert runs_of(world, "look")[-1].is_to_begin
    world.later(seconds=1)
    fails(world)
    assert [run.state for run in runs_of(world, "look")] == [RunState.FAILED] * 3
    assert world.snapshot.state is ReleaseState.FAILED


def test_a_further_attempt_can_succeed() -> None:
    world = begun(with_steps(soak(retry={"limit": 1, "backoff": 10})))
    fails(world)
    world.later(seconds=10)
    world.later(seconds=61)
    assert [run.state for run in runs_of(world, "look")] == [RunState.FAILED, RunState.DONE]
    assert world.snapshot.state is ReleaseState.RUNNING


def test_what_is_heard_before_its_time_does_not_begin_a_further_attempt() -> None:
    world = begun(with_steps(note(retry={"limit": 1, "backoff": 10}, timeout=5)))
    world.later(seconds=5)
    waiting = runs_of(world, "by_hand")[-1]
    assert waiting.is_to_begin
    world.happens(Observed(cluster="a", observation=world.clusters["a"].observation()))
    world.happens(Promoted(by="bob"))
    assert runs_of(world, "by_hand")[-1] == waiting


def test_what_waits_to_be_tried_again_can_be_skipped() -> None:
    world = begun(with_steps(soak(retry={"limit": 1, "backoff": 10}), note()))
    fails(world)
    world.happens(Skipped(cluster="a", by="bob"))
    assert runs_of(world, "look")[-1].state is RunState.SKIPPED
    assert runs_of(world, "by_hand")[-1].state is RunState.WATCHING


def test_an_abort_ends_what_waits_to_be_tried_again() -> None:
    world = begun(with_steps(soak(retry={"limit": 1, "backoff": 10})))
    fails(world)
    world.happens(AbortAsked(by="bob", after=After.HOLD))
    assert world.snapshot.state is ReleaseState.FAILED
    assert world.snapshot.open_runs == ()


def test_what_a_person_rejected_is_not_asked_again() -> None:
    world = begun(with_steps({"kind": "approval", "name": "ok", "retry": {"limit": 5}, "expires": 60}))
    world.later(seconds=61)
    assert len(runs_of(world, "ok")) == 1
    assert world.snapshot.state is ReleaseState.FAILED


def test_a_step_of_its_own_time_fails_when_that_is_over() -> None:
    world = begun(with_steps(note(timeout=30)))
    world.later(seconds=29)
    assert world.snapshot.state is ReleaseState.RUNNING
    world.later(seconds=1)
    assert world.snapshot.reason and world.snapshot.reason.code == "not_confirmed"


def test_what_is_for_failures_is_left_out_while_all_goes_well() -> None:
    world = begun(with_steps(note("sad", when="on-failure"), note("both", when="always"), note("good")))
    assert runs_of(world, "sad") == []
    world.happens(Promoted(by="bob"))
    assert [len(runs_of(world, name)) for name in ("both", "good")] == [1, 1]


def test_after_a_failure_only_what_is_for_that_runs_and_then_the_cluster_has_failed() -> None:
    world = begun(with_steps(soak(), note("good"), note("sad", when="on-failure"), note("both", when="always")))
    fails(world)
    assert world.states() == {"a": "running"}
    world.happens(Promoted(by="bob"))
    assert [len(runs_of(world, name)) for name in ("good", "sad", "both")] == [0, 1, 1]
    world.happens(Promoted(by="bob"))
    assert world.states() == {"a": "failed"}
    assert world.snapshot.reason and world.snapshot.reason.code == "soak_failed"


def test_a_failure_after_a_failure_changes_neither_the_reason_nor_what_follows() -> None:
    world = begun(with_steps(soak(), note("sad", when="on-failure", timeout=5), note("both", when="always")))
    fails(world)
    world.later(seconds=5)
    assert [run.state for run in runs_of(world, "both")] == [RunState.WATCHING]
    world.happens(Promoted(by="bob"))
    assert world.snapshot.reason and world.snapshot.reason.code == "soak_failed"


def test_what_ran_for_a_failure_is_neither_tried_again_nor_skipped_in_its_place() -> None:
    for event, last in ((RetryAsked(cluster="a", by="bob"), "look"), (Skipped(cluster="a", by="bob"), "good")):
        world = begun(with_steps(soak(), note("good"), note("sad", when="on-failure"), clusters=("a", "b"), budget=1))
        fails(world)
        world.happens(Promoted(by="bob"))
        assert world.states() == {"a": "failed", "b": "running"}
        world.happens(event)
        (run,) = world.snapshot.open_runs_on("a")
        assert world.snapshot.step(run.ref.step).options["name"] == last


def test_a_skip_of_what_runs_for_a_failure_does_not_undo_the_failure() -> None:
    world = begun(with_steps(soak(), note("sad", when="on-failure")))
    fails(world)
    world.happens(Skipped(cluster="a", by="bob"))
    assert world.states() == {"a": "failed"}


def test_inputs_are_what_earlier_steps_gave() -> None:
    world = begun(with_steps(note("one"), note("two", inputs=[{"name": "A", "value": "steps.one.output"}])))
    world.happens(Promoted(by="bob"))
    assert runs_of(world, "two")[-1].output["inputs"] == {"A": "{}"}


def test_a_refused_write_of_a_planned_step_is_tried_again() -> None:
    world = with_steps({"kind": "traffic", "name": "some", "traffic": 20, "retry": {"limit": 1, "backoff": 10}})
    world.happens(Started())
    while world.outbox:
        run, key, _effect = world.outbox[0]
        if world.snapshot.step(run.step).kind == "trade":
            world.outbox.pop(0)
            world.happens(EffectFailed(run=run, key=key, reason=REFUSED))
        else:
            world.deliver(0)
    assert world.snapshot.state is ReleaseState.RUNNING


OUTPUTS = {"migrate": {"version": "7", "count": 3, "odd": [1, "x"]}, "empty": {}}


@pytest.mark.parametrize(
    ("text", "holds_"),
    [
        ('steps.migrate.output.version == "7"', True),
        ("steps.migrate.output.count > 3.5", False),
        ("has(steps.empty.output.version)", False),
        ('"version" in steps.migrate.output && steps.migrate.output.version.startsWith("7")', True),
        ("size(steps.migrate.output.odd) == 2", True),
    ],
)
def test_conditions_are_about_outputs(text: str, holds_: bool) -> None:
    assert holds(text, OUTPUTS) is holds_


@pytest.mark.parametrize(
    "text",
    [
        "steps.migrate.output.version",
        "steps.gone.output.version == 1",
        "steps.migrate.output.odd.all(x, x > 0)",
        "[1, 2].map(x, x).size() > 0",
        "now() > 1",
        "__import__('os')",
        "1 +",
        "1 / 0 == 1",
    ],
)
def test_what_is_neither_true_nor_false_is_no_condition(text: str) -> None:
    with pytest.raises(BadExpression):
        holds(text, OUTPUTS)


def test_texts_are_as_they_are_and_all_else_is_json() -> None:
    assert text_of("steps.migrate.output.version", OUTPUTS) == "7"
    assert text_of("steps.migrate.output.odd", OUTPUTS) == '[1, "x"]'
    assert text_of("steps.migrate.output.count > 1", OUTPUTS) == "true"


@pytest.mark.parametrize("text", ["b'x'", "0.0 / 0.0", 'timestamp("2026-01-01T00:00:00Z")', "steps.long.output"])
def test_what_is_no_short_json_is_passed_on_to_nobody(text: str) -> None:
    with pytest.raises(BadExpression):
        text_of(text, {"long": "x" * (MOST_TEXT + 1)})


def test_the_character_number_0_goes_nowhere_and_is_refused_where_it_is_written() -> None:
    assert text_of(r'"a\u0000b"', {}) == "ab"
    assert "number 0" in why_unreadable(r'"a\u0000b"') and "number 0" in why_unreadable(r'"a\x00b"')
    assert why_unreadable(r'"a\\u0000b"') == "" and text_of(r'"a\\u0000b"', {}) == r"a\u0000b"
