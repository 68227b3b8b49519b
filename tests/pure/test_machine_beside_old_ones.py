"""While a release waits, for people or for time, trouble of its new instances is noticed, that of old ones is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from releases import events as e
from releases.states import Problem, ReleaseState, RunState, TargetState
from tests.pure.hurting import CANARY, SET, WEB, release

BATCH = {"kind": "batch", "name": "one", "replicas": "1"}
CALL = {"url": "https://ci.example.com/"}
WRITES = {"kind": "apply", "name": "write"}
UNTIL_TOLD = {"kind": "pause", "name": "look", "seconds": -1}
WAITING: dict[str, dict[str, Any]] = {
    "until told": UNTIL_TOLD,
    "for a time": {"kind": "pause", "name": "look", "seconds": 3600},
    "approval": {"kind": "approval", "name": "ok", "count": 2},
    "note": {"kind": "note", "name": "do", "text": "Look."},
    "window": {"kind": "window", "name": "later", "hours": [{"begin": "23:00", "end": "24:00"}]},
    "soak": {"kind": "soak", "name": "watch", "lasts": 3600},
    "check": {"kind": "http-check", "name": "ask", "request": CALL, "lasts": 3600, "period": 300, "failures": 100},
}
BESIDE = {
    "kind": "parallel",
    "name": "both",
    "branches": [{"name": "a", "steps": [UNTIL_TOLD]}, {"name": "b", "steps": [WAITING["note"]]}],
}


@pytest.mark.parametrize("step", WAITING.values(), ids=WAITING)
def test_a_step_that_waits_fails_with_the_words_of_new_instances_that_crash(step: dict[str, Any]) -> None:
    fleet = release(BATCH, step)
    fleet.hurts()
    assert fleet.snapshot.state is ReleaseState.RUNNING
    fleet.goes_on(9)
    why = fleet.target().reason
    assert why is not None and why.code == "crash_loop"
    assert why.values["words"] == "panic: no such table" and why.values["cluster"] == "north"
    assert fleet.snapshot.state is ReleaseState.ROLLING_BACK


@pytest.mark.parametrize(
    ("problem", "patience"),
    [(Problem.CRASH_LOOP, 8), (Problem.IMAGE_PULL, 20), (Problem.BAD_CONFIG, 5), (Problem.REFUSED, 15)],
)
def test_it_is_woken_when_the_trouble_counts_and_not_before(problem: Problem, patience: int) -> None:
    fleet = release(BATCH, UNTIL_TOLD)
    fleet.hurts(problem)
    assert fleet.run().wake_at == fleet.now + timedelta(seconds=patience)
    fleet.goes_on(patience - 1)
    assert fleet.run().state is RunState.WATCHING
    fleet.goes_on(1)
    assert fleet.target().reason is not None


def test_trouble_that_has_lasted_fails_what_begins_to_wait_at_once() -> None:
    fleet = release(BATCH, UNTIL_TOLD, {"kind": "note", "name": "do", "text": "Look."})
    fleet.happens(e.PauseAsked(by="bob"))
    fleet.hurts()
    fleet.goes_on(60)
    fleet.happens(e.Promoted(by="bob"))
    fleet.happens(e.ResumeAsked(by="bob"))
    assert fleet.snapshot.state is ReleaseState.ROLLING_BACK


def test_trouble_that_goes_in_time_is_waited_through() -> None:
    fleet = release(BATCH, UNTIL_TOLD)
    fleet.hurts()
    fleet.trouble.clear()
    fleet.now += timedelta(seconds=5)
    fleet.look("north")
    fleet.goes_on(60)
    assert (fleet.run().state, fleet.run().wake_at) == (RunState.WATCHING, fleet.run().deadline)


def test_what_only_shows_fails_nothing() -> None:
    fleet = release(BATCH, UNTIL_TOLD)
    fleet.hurts(Problem.UNSCHEDULABLE)
    fleet.goes_on(86_400)
    assert fleet.run().state is RunState.WATCHING


def test_instances_that_have_restarted_now_and_then_over_the_days_are_no_crash_loop() -> None:
    fleet = release(BATCH, UNTIL_TOLD)
    fleet.restarts = 5
    fleet.hurts()
    assert fleet.run().state is RunState.WATCHING
    fleet.trouble["north", CANARY] = replace(fleet.trouble["north", CANARY], past=True)
    fleet.look("north")
    fleet.goes_on(60)
    assert fleet.run().state is RunState.WATCHING


def test_the_trouble_of_old_instances_fails_nothing() -> None:
    fleet = release(BATCH, UNTIL_TOLD)
    fleet.hurts(key=WEB)
    fleet.old = True
    fleet.hurts(key=CANARY)
    fleet.goes_on(600)
    assert fleet.run().state is RunState.WATCHING and fleet.target().reason is None


def test_before_anything_new_was_brought_nothing_fails() -> None:
    fleet = release(UNTIL_TOLD, WRITES, BATCH)
    assert CANARY not in fleet.clusters["north"]
    fleet.hurts(key=WEB)
    fleet.goes_on(600)
    assert fleet.run().state is RunState.WATCHING


def test_what_an_earlier_release_left_beside_it_is_not_what_this_one_brought() -> None:
    fleet = release(UNTIL_TOLD, WRITES, BATCH)
    fleet.clusters["north"][CANARY] = replace(fleet.clusters["north"][WEB], version="older")
    fleet.hurts()
    fleet.goes_on(600)
    assert fleet.run().state is RunState.WATCHING


@pytest.mark.parametrize("kind", ["batches", "blue-green"])
def test_other_strategies_with_two_tracks_notice_it_too(kind: str) -> None:
    options = {"batch": "50%", "batch_pause": 3600} if kind == "batches" else {"keep": 3600}
    fleet = release(kind=kind, **options)
    fleet.hurts()
    fleet.goes_on(9)
    assert fleet.snapshot.state is ReleaseState.ROLLING_BACK


def test_so_does_a_set_that_holds_back_a_part_of_its_own_instances() -> None:
    fleet = release(BATCH, UNTIL_TOLD, db=True)
    fleet.hurts(key=SET)
    fleet.goes_on(9)
    assert fleet.snapshot.state is ReleaseState.ROLLING_BACK


def test_of_a_set_of_which_nothing_is_new_none_counts() -> None:
    fleet = release(BATCH, UNTIL_TOLD, db=True)
    thing = fleet.clusters["north"][SET]
    thing.updated, thing.old = 4, 0
    fleet.hurts(key=SET)
    fleet.goes_on(600)
    assert fleet.run().state is RunState.WATCHING


def test_another_cluster_waits_on_as_far_as_the_budget_allows() -> None:
    fleet = release(BATCH, UNTIL_TOLD, clusters=("north", "south"), budget=1)
    fleet.hurts()
    fleet.goes_on(9)
    assert fleet.target().state is TargetState.FAILED
    assert fleet.run("south").state is RunState.WATCHING and fleet.snapshot.state is ReleaseState.RUNNING


def test_what_is_planned_for_a_failure_runs_and_does_not_fail_for_the_same_again() -> None:
    mourn = {"kind": "pause", "name": "mourn", "seconds": 60, "when": "on-failure"}
    fleet = release(BATCH, UNTIL_TOLD, mourn)
    fleet.hurts()
    fleet.goes_on(9)
    assert fleet.target().is_failing and fleet.run().state is RunState.WATCHING
    fleet.goes_on(30)
    fleet.look("north")
    assert fleet.run().state is RunState.WATCHING
    fleet.goes_on(31)
    assert fleet.snapshot.state is ReleaseState.ROLLING_BACK


def test_branches_beside_it_go_no_further() -> None:
    fleet = release(BATCH, BESIDE)
    assert len(fleet.snapshot.open_runs) == 2
    fleet.hurts()
    fleet.goes_on(9)
    assert [run.state for run in fleet.snapshot.runs[-3:]].count(RunState.STOPPED) == 1
    assert fleet.snapshot.state is ReleaseState.ROLLING_BACK


def test_a_paused_release_holds_until_it_is_resumed() -> None:
    fleet = release(BATCH, UNTIL_TOLD)
    fleet.happens(e.PauseAsked(by="bob"))
    fleet.hurts()
    fleet.goes_on(600)
    fleet.look("north")
    assert fleet.snapshot.state is ReleaseState.PAUSED and fleet.run().state is RunState.WATCHING
    fleet.happens(e.ResumeAsked(by="bob"))
    assert fleet.snapshot.state is ReleaseState.ROLLING_BACK


def test_a_new_attempt_waits_until_what_was_known_was_tried_once_more() -> None:
    fleet = release(BATCH, {**UNTIL_TOLD, "retry": {"limit": 1, "backoff": 60}})
    fleet.hurts(Problem.IMAGE_PULL)
    fleet.goes_on(21)
    assert fleet.run().is_to_begin
    fleet.goes_on(61)
    assert fleet.run().ref.attempt == 2 and fleet.run().state is RunState.WATCHING
    assert fleet.run().wake_at == fleet.run().started + timedelta(minutes=5, seconds=30)
    fleet.goes_on(331)
    assert fleet.target().state is TargetState.FAILED


def test_and_fails_soon_for_what_is_new() -> None:
    fleet = release(BATCH, {**UNTIL_TOLD, "retry": {"limit": 1, "backoff": 60}})
    fleet.hurts()
    fleet.goes_on(9)
    fleet.goes_on(61)
    fleet.now += timedelta(seconds=10)
    fleet.hurts()
    fleet.goes_on(9)
    assert fleet.snapshot.state is ReleaseState.ROLLING_BACK


def test_an_approval_of_one_of_two_forgets_nothing() -> None:
    fleet = release(BATCH, WAITING["approval"])
    fleet.hurts()
    due = fleet.run().wake_at
    fleet.happens(e.Approved(by="alice"))
    assert fleet.run().wake_at == due and fleet.run().output["approved"] == ["alice"]
    fleet.goes_on(9)
    assert fleet.snapshot.state is ReleaseState.ROLLING_BACK


def test_a_soak_that_allows_some_restarts_counts_them_itself() -> None:
    fleet = release(BATCH, {**WAITING["soak"], "restarts": 3})
    fleet.hurts()
    fleet.goes_on(60)
    assert fleet.run().state is RunState.WATCHING
    fleet.hurts(Problem.IMAGE_PULL)
    fleet.goes_on(21)
    assert fleet.target().reason is not None
