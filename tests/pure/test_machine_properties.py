"""What holds for every release, whatever comes, however often and in whatever order.

`EXAMPLES=20 pytest tests/pure/test_machine_properties.py` tries twenty times as many stories.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given

from releases import changes
from releases import events as e
from releases.machine import MOVES, TABLE, decide
from releases.states import TERMINAL, ReleaseState, RunState
from tests.releases.fleet import Fleet
from tests.releases.stories import fleets, many, play, stories


@given(fleets, stories)
@many(60)
def test_a_release_moves_only_as_the_table_of_moves_says_and_an_end_is_final(fleet: Fleet, story: list[Any]) -> None:
    known = fleet.snapshot.state
    fleet.happens(e.Started())
    for happening in story:
        play(fleet, happening)
    for change in fleet.timeline:
        if isinstance(change, changes.ReleaseChange) and change.state is not known:
            assert change.state in MOVES[known]
            known = change.state


@given(fleets, stories)
@many(60)
def test_a_release_that_is_not_over_always_has_something_that_wakes_it(fleet: Fleet, story: list[Any]) -> None:
    fleet.happens(e.Started())
    for happening in story:
        play(fleet, happening)
        snapshot = fleet.snapshot
        if snapshot.state in TERMINAL:
            assert snapshot.open_runs == ()
        elif snapshot.state is not ReleaseState.PAUSED:
            assert snapshot.open_runs
        for run in snapshot.open_runs:
            assert run.wake_at is not None and run.wake_at <= max(run.deadline, fleet.now + timedelta(seconds=30))
            if run.state is RunState.ACTING:
                assert run.pending


@given(fleets, stories)
@many(60)
def test_each_branch_of_a_cluster_has_at_most_one_step_under_way(fleet: Fleet, story: list[Any]) -> None:
    fleet.happens(e.Started())
    for happening in story:
        play(fleet, happening)
        for target in fleet.snapshot.targets:
            places = [fleet.snapshot.step(r.ref.step).beside for r in fleet.snapshot.open_runs_on(target.cluster)]
            assert len(set(places)) == len(places)
            assert len({group for group, _branch in places}) <= 1


@given(fleets, stories)
@many(60)
def test_the_timeline_replayed_gives_the_present_state(fleet: Fleet, story: list[Any]) -> None:
    fleet.happens(e.Started())
    for happening in story:
        play(fleet, happening)
    stored = [changes.load(changes.dump(change)) for change in fleet.timeline]
    again, present = changes.replay(fleet.planned, stored), fleet.snapshot
    assert (again.state, again.reason, again.runs) == (present.state, present.reason, present.runs)
    assert [t.state for t in again.targets] == [t.state for t in present.targets]


@given(fleets, stories)
@many(60)
def test_an_answer_that_was_heard_already_changes_nothing(fleet: Fleet, story: list[Any]) -> None:
    fleet.happens(e.Started())
    for happening in story:
        play(fleet, happening)
    for event in (e.Started(), *fleet.heard):
        assert decide(fleet.snapshot, event, fleet.now).changes == ()


def test_every_event_has_a_row_in_the_table() -> None:
    assert set(TABLE) == set(e.Event.__args__)


def test_no_event_is_heard_after_the_end() -> None:
    assert all(state not in rows for rows in TABLE.values() for state in TERMINAL)
    assert all(MOVES[state] == frozenset() for state in TERMINAL)
