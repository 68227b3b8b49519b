"""Until when a pause lasts is told where it ends by itself, and what happens to the old instances meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from apps_mgmt.spec import Strategy
from releases.events import Promoted, Started
from releases.reasons import Reason
from releases.states import ReleaseKind, ReleaseState
from releases.strategies import plan
from releases.strategies.plan import Ask
from releases.wording import step_title, words
from tests.releases.worlds import World, planned

BRING = {"kind": "apply", "name": "bring"}


def paused(seconds: int) -> World:
    steps: list[dict[str, Any]] = [{"kind": "pause", "name": "look", "seconds": seconds}, BRING]
    strategy = Strategy.model_validate({"kind": "rolling", "steps": steps})
    world = World(replace(planned("a"), plan=plan(ReleaseKind.DEPLOY, Ask(strategy=strategy))))
    world.happens(Started())
    for _round in range(3):
        world.work()
    return world


def reasons(world: World) -> list[Reason]:
    return [run.reason for run in world.snapshot.open_runs if run.reason]


def test_a_pause_with_a_time_says_when_it_ends_by_itself() -> None:
    world = paused(90)
    (reason,) = reasons(world)
    (run,) = world.snapshot.open_runs
    assert run.wake_at and reason.code == "goes_on_at"
    assert reason.values["until"] == run.wake_at.isoformat(timespec="seconds")
    assert words(reason).startswith("Goes on by itself at ") and words(reason).endswith("somebody lets it go on.")


def test_a_word_still_ends_it_before() -> None:
    world = paused(90)
    world.happens(Promoted(by="bob"))
    for _round in range(5):
        world.work()
        world.roll("a")
    assert world.snapshot.state is ReleaseState.SUCCEEDED


def test_a_pause_without_one_waits_for_a_person() -> None:
    assert [words(reason) for reason in reasons(paused(-1))] == ["Waits until somebody lets it go on."]


def test_a_moment_is_written_as_everywhere() -> None:
    until = datetime(2026, 11, 28, 15, 12, 30, tzinfo=UTC).isoformat(timespec="seconds")
    told = words(Reason("old_set_kept", {"until": until}))
    assert told == (
        "The old instances are kept until 2026-11-28 15:12 UTC; then, or when somebody lets it go on, they go."
    )


@pytest.mark.parametrize(("kind", "keeps"), [("blue-green", True), ("batches", False)])
def test_only_the_pause_after_the_switch_keeps_a_whole_old_set(kind: str, keeps: bool) -> None:
    strategy = Strategy.model_validate({"kind": kind, "keep": 60, "batch_pause": 60})
    steps = plan(ReleaseKind.DEPLOY, Ask(strategy=strategy, most=4))
    holds = [step for step in steps if step.kind == "hold"]
    assert holds and {bool(step.options.get("keeps")) for step in holds} == {keeps}


@pytest.mark.parametrize(("keep", "lasts"), [(90, "90 seconds"), (1, "1 second")])
def test_the_plan_says_how_long_the_old_set_is_kept(keep: int, lasts: str) -> None:
    lines = plan(ReleaseKind.DEPLOY, Ask(strategy=Strategy(kind="blue-green", keep=keep)))
    titles = [step_title(one.kind, one.options) for one in lines if one.kind == "hold"]
    assert titles == [f"Keep the old set for {lasts}"]


def test_a_pause_that_keeps_nothing_is_called_a_wait() -> None:
    assert step_title("hold", {"seconds": 90}) == "Wait 90 seconds"
    assert step_title("hold", {}) == "Wait for a person"
