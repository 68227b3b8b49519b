"""On which failures a release goes back by itself, and on which it holds for a person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from releases import events as e
from releases.causes import cause_of
from releases.reasons import Reason
from releases.states import Across, ReleaseState, RollbackCause
from tests.releases.worlds import World, planned


def going_back_on(world: World, *causes: RollbackCause) -> World:
    world.snapshot = replace(world.snapshot, rollback_on=frozenset(causes))
    return world


def fails(world: World, reason: Reason, cluster: str = "north") -> None:
    """The effect that waits for an answer of this cluster comes back with a failure."""
    run, key, effect = next(one for one in world.outbox if one[0].cluster == cluster)
    world.outbox.remove((run, key, effect))
    world.happens(e.EffectFailed(run=run, key=key, reason=reason))


HAPPENINGS: dict[RollbackCause, Callable[[World], None]] = {
    RollbackCause.CRASH_LOOP: lambda world: (world.work(), world.crash("north"))[-1],
    RollbackCause.DEADLINE: lambda world: (world.work(), world.look("north"), world.later(seconds=601))[-1],
    RollbackCause.FAILED_CHECK: lambda world: fails(world, Reason("check_failed", {"cluster": "north"})),
    RollbackCause.FAILED_STEP: lambda world: fails(world, Reason("refused", {"cluster": "north"})),
}


@pytest.mark.parametrize("cause", RollbackCause)
def test_it_goes_back_by_itself_on_the_causes_it_was_given(cause: RollbackCause) -> None:
    world = going_back_on(World(planned("north")), cause)
    world.happens(e.Started())
    HAPPENINGS[cause](world)
    assert world.snapshot.state is ReleaseState.ROLLING_BACK


@pytest.mark.parametrize("cause", RollbackCause)
def test_on_any_other_cause_it_holds_for_a_person(cause: RollbackCause) -> None:
    world = going_back_on(World(planned("north")), *(set(RollbackCause) - {cause}))
    world.happens(e.Started())
    HAPPENINGS[cause](world)
    assert world.snapshot.state is ReleaseState.FAILED


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        ("cluster_away", RollbackCause.DEADLINE),
        ("effect_overdue", RollbackCause.DEADLINE),
        ("progress_deadline", RollbackCause.DEADLINE),
        ("image_pull", RollbackCause.FAILED_STEP),
        ("rejected", RollbackCause.FAILED_STEP),
    ],
)
def test_every_failure_has_a_cause(code: str, cause: RollbackCause) -> None:
    assert cause_of(Reason(code)) is cause


def test_one_cause_among_the_failures_that_used_the_budget_up_is_enough() -> None:
    world = going_back_on(
        World(planned("north", "south", across=Across.ALL_TOGETHER, budget=1)), RollbackCause.CRASH_LOOP
    )
    world.happens(e.Started())
    world.work()
    world.crash("north")
    assert world.snapshot.state is ReleaseState.RUNNING
    world.look("south")
    world.later(seconds=601)
    assert world.snapshot.state is ReleaseState.ROLLING_BACK
    assert world.snapshot.reason is not None and world.snapshot.reason.code == "crash_loop"
