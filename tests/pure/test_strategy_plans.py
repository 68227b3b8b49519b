"""Plans: the way out, the way back, and whose turn it is."""

from __future__ import annotations

from typing import Any

import pytest

from apps_mgmt.spec import Strategy
from apps_mgmt.spec.releasing import ReleaseHooks
from releases.snapshot import Step
from releases.states import ReleaseKind
from releases.steps import STEPS
from releases.strategies import STRATEGIES, plan
from releases.strategies.plan import Ask


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("kind", ReleaseKind)
def test_every_plan_is_made_of_known_steps_and_has_a_way_back(kind: ReleaseKind, strategy: str) -> None:
    steps = plan(kind, Ask(strategy=made(strategy), most=4))
    assert [s.number for s in steps] == list(range(1, len(steps) + 1))
    assert {s.kind for s in steps} <= set(STEPS)
    assert any(s.back for s in steps) and not steps[0].back
    assert all(s.timeout > 0 for s in steps)


def test_rolling_prunes_only_after_the_new_instances_are_ready() -> None:
    kinds = [s.kind for s in plan(ReleaseKind.DEPLOY, Ask()) if not s.back]
    assert kinds == ["apply", "apply", "set_replicas", "wait_ready", "apply", "prune"]


def test_recreate_takes_everything_down_first() -> None:
    assert plan(ReleaseKind.DEPLOY, Ask(strategy=made("recreate")))[0].kind == "scale_down"


def test_patience_is_the_time_the_wait_gets() -> None:
    waits = [s.timeout for s in plan(ReleaseKind.DEPLOY, Ask(patience=45)) if s.kind == "wait_ready"]
    assert waits == [45, 45]


CANARY = [
    {"kind": "batch", "name": "one", "replicas": "1"},
    {"kind": "traffic", "name": "some", "traffic": 20},
    {"kind": "pause", "name": "look"},
]


def made(kind: str, **options: Any) -> Strategy:
    steps = {"steps": CANARY} if kind == "canary" else {}
    return Strategy.model_validate({"kind": kind, **steps, **options})


def forward(strategy: Strategy, *, most: int = 4) -> list[Step]:
    return [step for step in plan(ReleaseKind.DEPLOY, Ask(strategy=strategy, most=most)) if not step.back]


def sizes(strategy: Strategy, *, most: int = 4) -> list[str]:
    steps = forward(strategy, most=most)
    return [step.options["to"] for step in steps if step.kind == "trade" and step.options["grows"] == "canary"]


def test_batches_by_percent_come_to_all_of_them() -> None:
    assert sizes(made("batches", batch="30%")) == ["30%", "60%", "90%", "100%"]


def test_batches_by_number_come_to_all_of_them() -> None:
    assert sizes(made("batches", batch="2"), most=5) == ["2", "4", "100%"]


def test_batches_pause_between_and_not_after_the_last() -> None:
    kinds = [step.kind for step in forward(made("batches", batch="50%", batch_pause=-1))]
    assert kinds[3:7] == ["trade", "hold", "trade", "apply"]


def test_a_second_track_goes_home_before_anything_is_pruned() -> None:
    for kind in ("batches", "canary", "blue-green"):
        steps = forward(made(kind))
        assert [step.kind for step in steps[-6:]] == [
            "apply", "trade", "set_replicas", "wait_ready", "apply", "prune",
        ]  # fmt: skip
        assert steps[-5].options["grows"] == "stable"


def test_a_canary_that_does_not_end_with_all_traffic_lets_traffic_follow_the_instances_first() -> None:
    kinds = [(step.kind, step.options.get("doors")) for step in forward(made("canary"))]
    assert kinds[-8:-6] == [("traffic", "both"), ("trade", None)]


def test_a_canary_that_ends_with_all_traffic_keeps_it_there_until_all_are_new() -> None:
    steps = [{"kind": "traffic", "name": "all", "traffic": 100}]
    kinds = [(step.kind, step.options.get("doors")) for step in forward(made("canary", steps=steps))]
    assert kinds[-8:-6] == [("trade", None), ("traffic", "both")]


def test_blue_green_keeps_the_old_set_after_the_switch_for_as_long_as_asked() -> None:
    steps = forward(made("blue-green", keep=300))
    place = next(at for at, step in enumerate(steps) if step.kind == "traffic")
    assert steps[place - 1].options["keep"] is True
    assert (steps[place + 1].kind, steps[place + 1].options["seconds"]) == ("hold", 300)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_hooks_are_around_everything_but_the_configuration_they_read(strategy: str) -> None:
    hooks = ReleaseHooks.model_validate(
        {
            "before": [{"kind": "job", "name": "migrate", "process": "web", "command": ["x"]}],
            "after": [{"kind": "http-call", "name": "tell", "request": {"url": "https://ci.example.com/"}}],
        }
    )
    ask = Ask(strategy=made(strategy), most=4, before=hooks.before, after=hooks.after)
    steps = [step for step in plan(ReleaseKind.DEPLOY, ask) if not step.back]
    before = [step.kind for step in steps[: next(n for n, step in enumerate(steps) if step.kind == "job")]]
    assert before in (["apply"], ["scale_down", "apply"])
    assert steps[-1].kind == "http_call"


@pytest.mark.parametrize("kind", ["batches", "canary", "blue-green"])
def test_it_goes_back_at_once_or_in_batches(kind: str) -> None:
    at_once, paced = (plan(ReleaseKind.DEPLOY, Ask(strategy=made(kind), most=4, batch=one)) for one in ("", "50%"))
    assert [s.kind for s in at_once if s.back] == ["apply", "apply", "set_replicas", "wait_ready", "apply", "prune"]
    trades = [s for s in paced if s.back and s.kind == "trade"]
    assert [(s.options["to"], s.options["grows"]) for s in trades] == [("50%", "stable"), ("100%", "stable")]
    rest = [s.kind for s in paced if s.back and s.kind not in ("trade", "traffic")]
    assert rest == [s.kind for s in at_once if s.back]
    first = next(s for s in paced if s.back and s.kind in ("trade", "traffic"))
    assert (first.kind, first.options) == ("traffic", {"doors": "both"}), "what leads to the second track alone"


def test_from_a_start_that_failed_all_that_was_kept_while_it_was_stopped_is_written_again() -> None:
    back = [step for step in plan(ReleaseKind.START, Ask()) if step.back and step.kind == "apply"]
    assert [step.options["part"] for step in back] == ["needs", "workloads", "leads"]
