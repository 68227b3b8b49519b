"""A workload that ran before Slipway is never taken down because a release has nothing to go back to."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from releases.effects import Prune, SetReplicas, dump, load
from releases.snapshot import Frozen, Run, RunRef, Step, Target, Workload
from releases.states import RunState
from releases.steps.base import StepContext
from releases.steps.prune import PruneLeftovers
from releases.steps.scale_down import ScaleDown

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TAKEN = Workload(kind="Deployment", name="frontend", process="web", replicas=3, adopted=True)
MADE = Workload(kind="Deployment", name="shop--worker", process="worker", replicas=2)
NOTHING = Frozen()
AFTER = Frozen(objects=("Service/shop--web", TAKEN.key, MADE.key), workloads=(TAKEN, MADE))


def context(*, back: bool, before: Frozen = NOTHING, after: Frozen = AFTER) -> StepContext:
    step = Step(number=1, kind="prune", timeout=60.0, back=back)
    run = Run(ref=RunRef("c", 1), state=RunState.ACTING, started=NOW, deadline=NOW)
    target = Target(cluster="c", name="north", after=after, before=before)
    return StepContext(target=target, step=step, run=run, now=NOW)


def test_back_to_nothing_it_is_let_go_and_the_rest_goes() -> None:
    assert PruneLeftovers().effects(context(back=True)) == (Prune(keep=(), let_go=(TAKEN.key,)),)


def test_back_to_where_it_was_a_process_already_it_stays_one() -> None:
    effects = PruneLeftovers().effects(context(back=True, before=AFTER))
    assert effects == (Prune(keep=AFTER.objects),)


def test_a_release_without_the_process_removes_it_like_any_other() -> None:
    effects = PruneLeftovers().effects(context(back=False, before=AFTER, after=Frozen()))
    assert effects == (Prune(keep=()),)


def test_back_to_nothing_only_what_slipway_made_is_scaled_down() -> None:
    effects = ScaleDown().effects(context(back=True))
    assert [row.name for effect in effects if isinstance(effect, SetReplicas) for row in effect.workloads] == [
        MADE.name
    ]


@pytest.mark.parametrize("effect", [Prune(keep=("A/b",)), Prune(keep=(), let_go=("Deployment/frontend",))])
def test_it_travels_through_the_outbox(effect: Prune) -> None:
    assert load(dump(effect)) == effect


def test_an_effect_of_an_earlier_time_lets_nothing_go() -> None:
    assert load({"effect": "Prune", "keep": ["A/b"]}) == Prune(keep=("A/b",))
