"""Two tracks of a process: what trades with what, how much of it at once, and that capacity never falls below it."""

from __future__ import annotations

from math import ceil
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from releases import events as e
from releases.states import ReleaseState, RunState
from releases.steps.trade import Counts, is_traded, next_counts
from tests.releases.fleet import Fleet
from tests.releases.stories import many, play, stories, tracked_fleets


@given(tracked_fleets, stories)
@many(100)
def test_no_act_of_ours_leaves_fewer_instances_than_the_strategy_allows(fleet: Fleet, story: list[Any]) -> None:
    fleet.happens(e.Started())
    for happening in story:
        play(fleet, happening)
        if any(run.state is RunState.SKIPPED for run in fleet.snapshot.runs):
            return
        for target in fleet.snapshot.targets:
            for before in target.before.workloads:
                after = next((w for w in target.after.workloads if w.key == before.key), None)
                if after is not None:
                    least = min(before.replicas, after.replicas)
                    assert fleet.capacity(target.cluster, before.key) >= least - ceil(least / 4)


counts = st.integers(0, 20)


@given(counts, counts, st.integers(0, 5), st.integers(0, 5))
def test_trading_ends_with_all_on_one_side(number: int, old: int, surge: int, unavailable: int) -> None:
    if not surge and not unavailable:
        surge = 1
    now = Counts(number=number, goal=number, new=0, new_ready=0, old=old, old_total=old)
    for _round in range(100):
        new, old = next_counts(now, surge=surge, unavailable=unavailable)
        assert new + old <= max(number + surge, now.new + now.old)
        assert now.new_ready + old >= min(number, now.new_ready + now.old) - unavailable
        now = Counts(number=number, goal=number, new=new, new_ready=new, old=old, old_total=old)
    assert (now.new, now.old) == (number, 0) and is_traded(now)


@pytest.mark.parametrize(
    ("now", "options", "then"),
    [
        (Counts(number=4, goal=1, new=0, new_ready=0, old=4, old_total=4), {"surge": 1, "unavailable": 0}, (1, 4)),
        (Counts(number=4, goal=1, new=1, new_ready=0, old=4, old_total=4), {"surge": 1, "unavailable": 0}, (1, 4)),
        (Counts(number=4, goal=1, new=1, new_ready=1, old=4, old_total=4), {"surge": 1, "unavailable": 0}, (1, 3)),
        (Counts(number=4, goal=4, new=1, new_ready=1, old=3, old_total=3), {"surge": 0, "unavailable": 1}, (1, 2)),
        (Counts(number=4, goal=4, new=0, new_ready=0, old=4, old_total=4), {"surge": 4, "unavailable": 0}, (4, 4)),
        (Counts(number=2, goal=2, new=0, new_ready=0, old=6, old_total=6), {"surge": 1, "unavailable": 0}, (0, 2)),
    ],
    ids=["one more", "not ready yet", "one less", "without room on top", "a full second set", "fewer than before"],
)
def test_what_comes_next(now: Counts, options: dict[str, int], then: tuple[int, int]) -> None:
    assert next_counts(now, **options) == then


def test_an_old_set_that_is_kept_loses_nothing() -> None:
    now = Counts(number=4, goal=4, new=4, new_ready=4, old=4, old_total=4)
    assert next_counts(now, surge=4, unavailable=0, keep=True) == (4, 4)
    assert is_traded(now, keep=True) and not is_traded(now)


@given(tracked_fleets)
@many(30)
def test_left_alone_it_succeeds_and_services_lead_home(fleet: Fleet) -> None:
    fleet.happens(e.Started())
    fleet.settle()
    assert fleet.snapshot.state is ReleaseState.SUCCEEDED
    for things in fleet.clusters.values():
        assert not [key for key in things if key.endswith("--canary")]
        assert not [key for key, thing in things.items() if thing.form]
