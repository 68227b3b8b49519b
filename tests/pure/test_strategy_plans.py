"""Plans: the way out, the way back, and whose turn it is."""

from __future__ import annotations

import pytest

from releases.states import ReleaseKind
from releases.steps import STEPS
from releases.strategies import STRATEGIES, plan


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("kind", ReleaseKind)
def test_every_plan_is_made_of_known_steps_and_has_a_way_back(kind: ReleaseKind, strategy: str) -> None:
    steps = plan(kind, strategy=strategy)
    assert [s.number for s in steps] == list(range(1, len(steps) + 1))
    assert {s.kind for s in steps} <= set(STEPS)
    assert any(s.back for s in steps) and not steps[0].back
    assert all(s.timeout > 0 for s in steps)


def test_rolling_prunes_only_after_the_new_instances_are_ready() -> None:
    kinds = [s.kind for s in plan(ReleaseKind.DEPLOY) if not s.back]
    assert kinds == ["apply", "apply", "set_replicas", "wait_ready", "apply", "prune"]


def test_recreate_takes_everything_down_first() -> None:
    assert plan(ReleaseKind.DEPLOY, strategy="recreate")[0].kind == "scale_down"


def test_patience_is_the_time_the_wait_gets() -> None:
    waits = [s.timeout for s in plan(ReleaseKind.DEPLOY, patience=45) if s.kind == "wait_ready"]
    assert waits == [45, 45]


def test_an_unknown_strategy_is_an_error() -> None:
    with pytest.raises(KeyError):
        plan(ReleaseKind.DEPLOY, strategy="hope")
