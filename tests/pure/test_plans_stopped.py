"""Plans where nothing runs: what holds, what is left out, and in which order the rest goes."""

from __future__ import annotations

from typing import Any

from apps_mgmt.spec.releasing import ReleasePolicy
from releases.states import ReleaseKind
from releases.strategies import plan, stopped
from releases.strategies.plan import Ask

APPLY = {"kind": "apply", "name": "write"}
BATCH = {"kind": "batch", "name": "some", "replicas": "1"}
TRAFFIC = {"kind": "traffic", "name": "share", "traffic": 20}
PAUSE = {"kind": "pause", "name": "told"}
TIMED = {"kind": "pause", "name": "minute", "seconds": 60}
APPROVAL = {"kind": "approval", "name": "ok"}
NOTE = {"kind": "note", "name": "paper", "text": "Sign it"}
WINDOW = {"kind": "window", "name": "nights", "hours": [{"begin": "22:00", "end": "23:00"}]}
JOB = {"kind": "job", "name": "migrate", "process": "web", "command": ["true"]}
CALL = {"kind": "http-call", "name": "tell", "request": {"url": "https://ci.example.com/x"}}
BUILD = {"kind": "build", "name": "make", "processes": ["web"], "request": {"url": "https://ci.example.com/build"}}
NOTIFY = {"kind": "notify", "name": "shout", "channel": "everyone"}
SOAK = {"kind": "soak", "name": "look", "lasts": 60}
METRIC = {"kind": "metric-check", "name": "errors", "query": "up", "least": 1}
PROBE = {"kind": "http-check", "name": "probe", "process": "web"}
OUTSIDE = {"kind": "http-check", "name": "bank", "request": {"url": "https://bank.example.com/"}}
OWN = {"kind": "http-check", "name": "front", "request": {"url": "https://shop.example.com/"}}
READS = {"condition": "steps.look.output.restarts == 0"}


def kept(*steps: Any, kind: str = "canary", **hooks: Any) -> stopped.Kept:
    policy = {"strategy": {"kind": kind, "steps": steps}, "hooks": hooks}
    return stopped.kept(ReleasePolicy.model_validate(policy), hosts=["shop.example.com"])


def names(found: stopped.Kept) -> list[str]:
    return [step.name for step in found.strategy.steps]


def kinds(found: stopped.Kept) -> list[str]:
    ask = Ask(strategy=found.strategy, stopped=True, before=found.hooks.before, after=found.hooks.after)
    return [step.kind for step in plan(ReleaseKind.DEPLOY, ask) if not step.back]


def test_what_waits_for_people_or_acts_elsewhere_stays_and_what_looks_at_instances_goes() -> None:
    found = kept(
        BUILD,
        BATCH,
        TRAFFIC,
        PAUSE,
        TIMED,
        APPROVAL,
        NOTE,
        WINDOW,
        JOB,
        CALL,
        NOTIFY,
        SOAK,
        METRIC,
        PROBE,
        OUTSIDE,
        OWN,
    )
    assert names(found) == ["make", "told", "ok", "paper", "nights", "migrate", "tell", "shout", "bank"]
    assert found.left == ("some", "share", "minute", "look", "errors", "probe", "front")


def test_workloads_are_written_when_everybody_was_asked() -> None:
    found = kept(BUILD, BATCH, APPROVAL, JOB, NOTIFY)
    assert kinds(found) == [
        "apply", "build", "approval", "job", "apply", "set_replicas", "notify", "wait_ready", "apply", "prune",
    ]  # fmt: skip


def test_what_a_rolling_plan_writes_it_writes_where_it_says() -> None:
    found = kept(CALL, APPLY, SOAK, TIMED, APPROVAL, kind="rolling")
    assert kinds(found) == [
        "http_call", "apply", "apply", "set_replicas", "wait_ready", "apply", "hold", "approval", "prune",
    ]  # fmt: skip
    assert found.left == ("look",)


def test_what_takes_everything_down_first_has_nothing_to_take_down() -> None:
    assert "scale_down" not in kinds(kept(APPROVAL, APPLY, kind="recreate"))


def test_strategies_without_steps_go_as_the_usual_one() -> None:
    for kind in ("rolling", "recreate", "batches", "blue-green"):
        assert kinds(kept(kind=kind)) == ["apply", "apply", "set_replicas", "wait_ready", "apply", "prune"]


def test_what_reads_an_output_that_is_left_out_is_left_out_and_so_is_what_reads_that() -> None:
    second = {**CALL, "name": "after", "condition": "steps.migrate.output.done"}
    found = kept(BATCH, SOAK, {**JOB, **READS}, second, NOTIFY)
    assert names(found) == ["shout"] and found.reading == ("migrate", "after")


def test_hooks_read_as_steps_do() -> None:
    found = kept(BATCH, SOAK, after=[{**CALL, **READS}, {**NOTIFY, "name": "done"}])
    assert [step.name for step in found.hooks.after] == ["done"] and found.reading == ("tell",)


def test_who_has_to_be_asked_is_asked_whatever_the_condition_reads() -> None:
    found = kept(BATCH, SOAK, {**APPROVAL, **READS}, {**WINDOW, **READS}, {**NOTE, **READS}, {**PAUSE, **READS})
    assert found.in_any_case == ("ok", "nights", "paper", "told")
    assert [step.condition for step in found.strategy.steps] == [""] * 4


def test_a_condition_that_can_be_read_stays() -> None:
    found = kept(BATCH, JOB, {**APPROVAL, "condition": "steps.migrate.output.risky"})
    assert found.strategy.steps[-1].condition and found.in_any_case == ()


def test_branches_keep_what_holds() -> None:
    both = {
        "kind": "parallel", "name": "both", **READS,
        "branches": [{"name": "one", "steps": [APPROVAL, JOB]}, {"name": "two", "steps": [PROBE, METRIC]}],
    }  # fmt: skip
    found = kept(BATCH, SOAK, both)
    assert found.left == ("some", "look", "probe", "errors")
    assert (found.in_any_case, found.reading) == (("ok",), ("migrate",))
    assert kinds(found) == ["apply", "approval", "apply", "set_replicas", "wait_ready", "apply", "prune"]


def test_branches_in_which_nothing_holds_go_as_a_whole() -> None:
    both = {
        "kind": "parallel", "name": "both",
        "branches": [{"name": "one", "steps": [PROBE]}, {"name": "two", "steps": [METRIC]}],
    }  # fmt: skip
    assert names(kept(BATCH, both, APPROVAL)) == ["ok"]
