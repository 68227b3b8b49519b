"""A workload that ran before Slipway is let go by a release that has no such process; only with its app it goes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from releases.effects import Prune, SetReplicas, dump, load
from releases.snapshot import Frozen, Run, RunRef, Step, Target, Workload
from releases.states import RunState
from releases.steps.base import StepContext
from releases.steps.prune import PruneLeftovers
from releases.steps.scale_down import ScaleDown
from releases.strategies.delete import forward as delete
from releases.strategies.plan import Ask

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TAKEN = Workload(kind="Deployment", name="frontend", process="web", replicas=3, adopted=True)
MADE = Workload(kind="Deployment", name="shop--worker", process="worker", replicas=2)
NOTHING = Frozen()
AFTER = Frozen(objects=("Service/shop--web", TAKEN.key, MADE.key), workloads=(TAKEN, MADE))


def context(
    *, back: bool, before: Frozen = NOTHING, after: Frozen = AFTER, options: Mapping[str, Any] | None = None
) -> StepContext:
    step = Step(number=1, kind="prune", timeout=60.0, back=back, options=dict(options or {}))
    run = Run(ref=RunRef("c", 1), state=RunState.ACTING, started=NOW, deadline=NOW)
    target = Target(cluster="c", name="north", after=after, before=before)
    return StepContext(target=target, step=step, run=run, now=NOW)


def test_back_to_nothing_it_is_let_go_and_the_rest_goes() -> None:
    assert PruneLeftovers().effects(context(back=True)) == (Prune(keep=(), let_go=(TAKEN.key,)),)


def test_back_to_where_it_was_a_process_already_it_stays_one() -> None:
    effects = PruneLeftovers().effects(context(back=True, before=AFTER))
    assert effects == (Prune(keep=AFTER.objects),)


def test_a_release_without_the_process_lets_it_go_and_removes_what_slipway_made() -> None:
    gone = context(back=False, before=AFTER, after=NOTHING)
    assert PruneLeftovers().effects(gone) == (Prune(keep=(), let_go=(TAKEN.key,)),)
    (taken_down,) = ScaleDown().effects(gone)
    assert isinstance(taken_down, SetReplicas)
    assert [row.name for row in taken_down.workloads] == [MADE.name]


def test_with_its_app_it_is_deleted() -> None:
    line = delete(Ask())[0]
    gone = context(back=False, before=AFTER, after=NOTHING, options=line.options)
    assert (line.kind, PruneLeftovers().effects(gone)) == ("prune", (Prune(keep=(), adopted=True),))


def test_back_to_nothing_only_what_slipway_made_is_scaled_down() -> None:
    effects = ScaleDown().effects(context(back=True))
    assert [row.name for effect in effects if isinstance(effect, SetReplicas) for row in effect.workloads] == [
        MADE.name
    ]


@pytest.mark.parametrize(
    "effect", [Prune(keep=("A/b",)), Prune(keep=(), let_go=("Deployment/frontend",)), Prune(keep=(), adopted=True)]
)
def test_it_travels_through_the_outbox(effect: Prune) -> None:
    assert load(dump(effect)) == effect


def test_an_effect_of_an_earlier_time_lets_nothing_go() -> None:
    assert load({"effect": "Prune", "keep": ["A/b"]}) == Prune(keep=("A/b",))
