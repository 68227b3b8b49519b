"""Releases that ended long ago are still what they were: their stored timelines replay on the present code."""

from __future__ import annotations

from typing import Any

import pytest

from releases import changes
from releases import events as e
from releases.changes import ReleaseChange
from releases.machine import MOVES, decide
from releases.reasons import Reason
from releases.states import TERMINAL
from releases.steps import STEPS
from releases.wording import words
from tests.histories import stored
from tests.releases.worlds import START

# Each strategy; and what people and failures make of a release.
KEPT = {
    *("rolling", "recreate", "batches", "canary-approved", "blue-green"),
    *(
        "aborted",
        "rolled-back-by-itself",
        "skipped",
        "retried",
        "check-failed",
        "held",
        "rollback",
        "stopped",
        "started",
    ),
}


def test_a_history_of_every_sort_is_kept() -> None:
    assert set(stored.names()) == KEPT


@pytest.mark.parametrize("name", stored.names())
def test_a_stored_timeline_replays_to_the_stored_end(name: str) -> None:
    planned, timeline, end = stored.read(name)
    now = changes.replay(planned, [changes.load(row["change"]) for row in timeline])
    assert stored.end_of(now) == end, f"{name} ends differently on the present code"


@pytest.mark.parametrize("name", stored.names())
def test_what_happened_long_ago_may_still_happen(name: str) -> None:
    planned, timeline, _end = stored.read(name)
    assert {step.kind for step in planned.plan} <= set(STEPS)
    state = planned.state
    for change in (changes.load(row["change"]) for row in timeline):
        if isinstance(change, ReleaseChange):
            assert change.state in MOVES[state], f"{name} went from {state} to {change.state}"
            state = change.state
    assert state in TERMINAL


@pytest.mark.parametrize("name", stored.names())
def test_an_end_of_long_ago_is_final(name: str) -> None:
    planned, timeline, _end = stored.read(name)
    ended = changes.replay(planned, [changes.load(row["change"]) for row in timeline])
    heard: list[Any] = [e.Started(), e.ResumeAsked(by="bob"), e.AbortAsked(by="bob")]
    heard += [e.TimerDue(run=run.ref) for run in ended.runs]
    assert not [event for event in heard if decide(ended, event, START).changes]


@pytest.mark.parametrize("name", stored.names())
def test_the_reasons_of_long_ago_can_still_be_read(name: str) -> None:
    _planned, timeline, _end = stored.read(name)
    reasons = [Reason.load(row["change"]["reason"]) for row in timeline]
    assert all(words(reason) for reason in reasons if reason)
