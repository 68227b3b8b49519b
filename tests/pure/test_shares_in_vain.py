"""Where instances move, a cluster that failed within the budget must not leave the app with too few of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from releases.snapshot import Frozen, Snapshot
from releases.states import TargetState
from releases.strategies.across import is_over_budget
from tests.releases.worlds import AFTER, WEB, planned

Shares = tuple[int, ...]


def has(number: int, *, unavailable: str) -> Frozen:
    return replace(AFTER, workloads=(replace(WEB, replicas=number, unavailable=unavailable),)) if number else Frozen()


def failed(before: Shares, after: Shares, *names: str, budget: int = 1, unavailable: str = "25%") -> Snapshot:
    """A release that moves instances between clusters `a`, `b`, …, some of which failed."""
    found = planned(*"abc"[: len(after)], budget=budget)
    rows = zip(found.targets, before, after, strict=True)
    targets = tuple(
        replace(
            target,
            before=has(had, unavailable=unavailable),
            after=has(gets, unavailable=unavailable),
            state=TargetState.FAILED if target.name in names else TargetState.WAITING,
        )
        for target, had, gets in rows
    )
    return replace(found, targets=targets)


@pytest.mark.parametrize(("before", "after"), [((9, 1), (1, 9)), ((10, 0), (1, 9)), ((10, 0), (0, 10))])
def test_none_gives_up_what_nobody_got(before: Shares, after: Shares) -> None:
    assert is_over_budget(failed(before, after, "b"))


def test_a_cluster_may_fail_where_nothing_moves() -> None:
    assert not is_over_budget(failed((5, 5), (5, 5), "b"))
    assert not is_over_budget(failed((5, 5), (8, 8), "b"))
    assert not is_over_budget(failed((5, 5), (2, 2), "b"))


def test_so_may_one_that_only_gives_some_up() -> None:
    assert not is_over_budget(failed((9, 1), (1, 9), "a"))


def test_where_others_got_theirs_it_counts_how_many_there_would_be() -> None:
    before, after = (10, 0, 0), (2, 4, 4)
    assert is_over_budget(failed(before, after, "b"))
    assert is_over_budget(failed(before, (2, 6, 2), "c", unavailable="0"))
    assert not is_over_budget(failed(before, (2, 6, 2), "c"))
    assert is_over_budget(failed(before, after, "b", "c", budget=2))
