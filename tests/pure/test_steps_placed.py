"""Where what was frozen is written in a plan of people's own steps: at a row, and where no row says so."""

from __future__ import annotations

from typing import Any

import pytest

from apps_mgmt.spec import SpecError, Strategy, load
from apps_mgmt.spec.releasing import ReleaseHooks
from apps_mgmt.spec.steps_placed import check_places
from releases.snapshot import Step
from releases.states import ReleaseKind
from releases.strategies import plan
from releases.strategies.plan import Ask

ALL = {"kind": "apply", "name": "everything"}
NEEDS = {"kind": "apply", "name": "configuration", "part": "needs"}
WORKLOADS = {"kind": "apply", "name": "workloads", "part": "workloads"}
LEADS = {"kind": "apply", "name": "routes", "part": "leads"}
LOOK = {"kind": "note", "name": "look", "text": "Look."}
JOB = {"kind": "job", "name": "migrate", "process": "web", "command": ["bin/migrate"]}
HALF = {"kind": "batch", "name": "half", "replicas": "50%"}
REQUEST = {"url": "https://ci.example.com/build"}
BUILD = {"kind": "build", "name": "make", "processes": ["web"], "request": REQUEST}
INSIDE = {"kind": "build", "name": "make", "processes": ["web"], "image": "kaniko:1", "command": ["build"]}


def strategy(kind: str, *steps: dict[str, Any]) -> Strategy:
    return Strategy.model_validate({"kind": kind, "steps": list(steps)})


def way(kind: str, *steps: dict[str, Any], **ask: Any) -> list[str]:
    found = plan(ReleaseKind.DEPLOY, Ask(strategy=strategy(kind, *steps), most=4, **ask))
    return [_said(step) for step in found if not step.back]


def _said(step: Step) -> str:
    return str(step.options.get("part", step.kind))


def test_what_rolls_by_itself_is_written_where_its_rows_stand() -> None:
    assert way("rolling", NEEDS, JOB, LOOK, WORKLOADS, {"kind": "wait", "name": "ready"}, LEADS) == [
        "needs", "job", "note", "workloads", "set_replicas", "wait_ready", "wait_ready", "leads", "prune",
    ]  # fmt: skip


def test_all_of_it_is_written_at_one_row() -> None:
    assert way("rolling", LOOK, ALL, LOOK | {"name": "again"}) == [
        "note", "needs", "workloads", "set_replicas", "wait_ready", "leads", "note", "prune",
    ]  # fmt: skip


def test_all_of_it_after_a_part_is_the_rest() -> None:
    check_places(strategy("rolling", NEEDS, INSIDE, ALL))
    assert way("rolling", NEEDS, INSIDE, ALL)[:4] == ["needs", "build", "workloads", "set_replicas"]


def test_what_no_row_writes_is_written_all_the_same() -> None:
    assert way("rolling", JOB, WORKLOADS) == [
        "needs", "job", "workloads", "set_replicas", "wait_ready", "leads", "prune",
    ]  # fmt: skip


def test_recreate_takes_down_where_the_workloads_are_written() -> None:
    found = plan(ReleaseKind.DEPLOY, Ask(strategy=strategy("recreate", LOOK, ALL)))
    kinds = [_said(step) for step in found if not step.back]
    assert kinds[:5] == ["note", "needs", "scale_down", "workloads", "set_replicas"]
    assert found[4].options["from_zero"] is True
    assert [_said(step) for step in found if step.back][:3] == ["scale_down", "needs", "workloads"]


def test_a_canary_writes_its_second_track_where_its_rows_say() -> None:
    assert way("canary", LOOK, NEEDS, JOB, WORKLOADS, HALF)[:6] == [
        "note", "needs", "job", "open_tracks", "set_replicas", "trade",
    ]  # fmt: skip
    assert way("canary", LOOK, ALL, HALF)[:5] == ["note", "needs", "open_tracks", "set_replicas", "trade"]
    assert way("canary", LOOK, HALF)[:5] == ["needs", "open_tracks", "set_replicas", "note", "trade"]


def test_only_a_deploy_goes_by_the_steps_of_people() -> None:
    for kind in ("rolling", "recreate"):
        back = [step for step in plan(ReleaseKind.DEPLOY, Ask(strategy=strategy(kind, LOOK, ALL))) if step.back]
        assert "note" not in [step.kind for step in back]


def test_a_pause_of_what_rolls_by_itself_holds_although_nothing_trades() -> None:
    steps = (ALL, {"kind": "pause", "name": "look", "seconds": 5})
    found = plan(ReleaseKind.DEPLOY, Ask(strategy=strategy("rolling", *steps)))
    assert next(step for step in found if step.kind == "hold").options == {"name": "look", "seconds": 5}


def test_a_row_has_the_time_and_the_attempts_that_it_was_given() -> None:
    row = {**ALL, "timeout": 45, "retry": {"limit": 2, "backoff": 5}}
    found = [step for step in plan(ReleaseKind.DEPLOY, Ask(strategy=strategy("rolling", row))) if step.options]
    assert {step.timeout for step in found if step.options.get("name") == "everything"} == {45}
    assert all(step.options["retry"]["limit"] == 2 for step in found if step.options.get("name") == "everything")


MISPLACED: dict[str, tuple[str, list[dict[str, Any]], str]] = {
    "a part twice": ("rolling", [ALL, {**NEEDS, "name": "more"}], "more writes what everything has written already"),
    "what builds on it first": ("rolling", [WORKLOADS, NEEDS], "configuration writes what workloads builds on"),
    "routes of a canary": ("canary", [LEADS, HALF], "at the end of a canary. Take routes out"),
    "only if": ("rolling", [{**ALL, "condition": "1 < 2"}], "Take its condition and inputs out"),
    "once it failed": ("canary", [{**NEEDS, "when": "on-failure"}, HALF], "runs while all goes well"),
    "a build once it failed": ("canary", [{**BUILD, "when": "always"}, HALF], "runs while all goes well"),
    "a build that comes late": ("rolling", [ALL, BUILD], "instances have been written already"),
    "a build after an instance": ("canary", [ALL, HALF, BUILD], "instances have been written already"),
    "a command without its configuration": ("canary", [JOB, NEEDS, HALF], "migrate reads the configuration"),
    "a builder without its configuration": ("rolling", [INSIDE, ALL], "make reads the configuration"),
    "instances that are not written": ("canary", [HALF, ALL], "half moves what is not written by then"),
    "instances before their image": ("canary", [HALF, BUILD], "half moves what is not written by then"),
    "beside others": (
        "canary",
        [
            {
                "kind": "parallel",
                "name": "both",
                "branches": [{"name": "a", "steps": [NEEDS]}, {"name": "b", "steps": [LOOK]}],
            },
            HALF,
        ],
        "cannot run beside others",
    ),
}


@pytest.mark.parametrize("case", MISPLACED)
def test_a_step_that_stands_where_it_can_do_nothing_is_refused(case: str) -> None:
    kind, steps, words = MISPLACED[case]
    with pytest.raises(SpecError) as refused:
        check_places(strategy(kind, *steps))
    assert words in str(refused.value) and str(refused.value).endswith(".")


def test_a_step_before_the_hooks_knows_nothing_of_them() -> None:
    hooks = ReleaseHooks.model_validate({"before": [JOB]}).before
    early = {**LOOK, "condition": "steps.migrate.output.ok"}
    with pytest.raises(SpecError, match="hook migrate, which runs after it"):
        check_places(strategy("rolling", early, ALL), hooks=hooks)
    check_places(strategy("canary", early, HALF), hooks=hooks)
    check_places(strategy("rolling", ALL, early), hooks=hooks)


def test_a_stored_plan_that_is_misplaced_can_still_be_read() -> None:
    steps = [{**ALL}, {**NEEDS, "name": "more"}]
    spec = load({"processes": [{"name": "web", "image": "a"}], "release": {"strategy": {"steps": steps}}})
    assert len(spec.release.strategy.steps) == 2
