"""How a release goes, as a spec holds it: every kind of step with its options, waves, hooks, going back."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, get_args

import pytest

from apps_mgmt.spec import SpecError, load, peak_usage
from apps_mgmt.spec.steps import AnyStep, leaves
from tests.pure.golden.specs import RICH, rich
from tests.pure.golden.steps import STEPS

BEGIN: list[dict[str, Any]] = [{"kind": "batch", "name": "begin", "replicas": "10%"}]


def with_steps(*steps: dict[str, Any], kind: str = "canary", **release: Any) -> Any:
    return load({**RICH, "release": {"strategy": {"kind": kind, "steps": [*BEGIN, *steps]}, **release}}).release


def call(name: str = "call", **fields: Any) -> dict[str, Any]:
    return {"kind": "http-call", "name": name, "request": {"url": "https://ci.example.com"}, **fields}


def test_the_spec_with_everything_has_a_step_of_every_kind() -> None:
    kinds = {get_args(model.model_fields["kind"].annotation)[0] for model in get_args(AnyStep)}
    there = {step.kind for step in (*rich().release.strategy.steps, *leaves(rich().release.steps))}
    assert there == kinds and len(kinds) == 16


def test_a_step_says_when_it_runs_how_long_and_how_often_again() -> None:
    step = with_steps(
        call(when="always", condition="1 < 2", timeout=60, retry={"limit": 2, "backoff": 5})
    ).strategy.steps[1]
    assert (step.when, step.condition, step.timeout, step.retry.limit, step.retry.backoff) == (
        "always",
        "1 < 2",
        60,
        2,
        5,
    )


def test_a_step_takes_what_a_hook_a_step_and_a_branch_before_it_gave() -> None:
    hooks = {"before": [call("first")], "after": [call("last", condition="steps.migrate.output.ok")]}
    branches = [
        {"name": "a", "steps": [call("one"), call("two", condition="steps.one.output.ok")]},
        {"name": "b", "steps": [call("other", condition="steps.first.output.ok")]},
    ]
    release = with_steps(
        {"kind": "parallel", "name": "both", "branches": branches},
        {
            "kind": "job",
            "name": "migrate",
            "process": "web",
            "command": ["x"],
            "inputs": [{"name": "A", "value": "steps.two.output.a + steps.other.output.b"}],
        },
        hooks=hooks,
    )
    assert release.strategy.steps[-1].needs == ("two", "other")


Edit = Callable[[dict[str, Any]], Any]


def _release(data: dict[str, Any]) -> dict[str, Any]:
    return data["release"]


def _put(step: str, /, **changes: Any) -> Edit:
    def edit(data: dict[str, Any]) -> None:
        steps = [*STEPS, *(row for branch in STEPS[9]["branches"] for row in branch["steps"])]
        there = [*_release(data)["strategy"]["steps"]]
        there += [row for branch in there[9]["branches"] for row in branch["steps"]]
        there[[row["name"] for row in steps].index(step)].update(changes)

    return edit


BROKEN: dict[str, tuple[Edit, str]] = {
    "a kind that there is not": (
        _put("hours", kind="sleep"),
        "cannot be of the kind sleep. There is: 'apply', 'batch'",
    ),
    "a step without a kind": (lambda d: _release(d)["strategy"]["steps"].append({"name": "x"}), "of which kind"),
    "an option of another kind": (_put("ready", replicas="1"), "no field release.strategy.steps.6.wait.replicas"),
    "a name that no expression can use": (_put("ready", name="Wait for it"), "step name Wait for it"),
    "two steps of one name": (_put("soak", name="ready"), "called ready"),
    "a step and a hook of one name": (_put("ready", name="backup"), "called backup"),
    "the output of a later step": (_put("migrate", condition="steps.errors.output.value"), "no step before it"),
    "the output of another branch": (_put("errors", condition="steps.soak.output.ok"), "no step before it"),
    "an input that is no variable": (_put("migrate", inputs=[{"name": "1", "value": "1"}]), "name of a variable"),
    "an input twice": (_put("report", inputs=[{"name": "a", "value": "1"}] * 2), "input a is there twice"),
    "no instance": (_put("first", replicas="0"), "number of instances"),
    "traffic that moves nothing": (_put("tenth", traffic=None), "moves no traffic"),
    "a job of a process that is not there": (_put("migrate", process="x"), "no process x"),
    "a build for a process that is not there": (_put("build", processes=["x"]), "no process x"),
    "a build in two ways": (_put("build", image="kaniko:1", command=["x"]), "either by a command"),
    "a call to nowhere": (_put("report", request={"url": "ftp://x"}), "https://"),
    "a call that no answer pleases": (_put("report", request={"url": "https://x", "statuses": [20]}), "no HTTP status"),
    "a check of two places": (_put("answers", request={"url": "https://x"}), "either an address outside or a process"),
    "a check of a port that is not there": (_put("answers", port="x"), "no port x"),
    "a metric that may be anything": (_put("errors", most=None), "takes any value"),
    "a metric that nothing can be": (_put("errors", least=1), "No value"),
    "a metric that cannot fail": (_put("errors", failures=5), "never fail"),
    "a metric at most infinity": (_put("errors", most=float("inf")), "finite"),
    "more approvals than people": (_put("approval", roles=[], members=["alice"]), "asks for 2 people and names 1"),
    "a window that is no window": (_put("hours", hours=[], calendar=""), "always open"),
    "a window at no time": (_put("hours", hours=[{"begin": "9:00"}]), "time of day"),
    "a window that never opens": (_put("hours", hours=[{"begin": "22:00", "end": "06:00"}]), "Split it at midnight"),
    "one branch": (lambda d: _release(d)["strategy"]["steps"][9]["branches"].pop(), "at least two branches"),
    "two branches that move": (
        lambda d: [row["steps"].append({**BEGIN[0], "name": f"move_{row['name']}"}) for row in _branches(d)],
        "at once",
    ),
    "parallel in parallel": (lambda d: _branches(d)[0]["steps"].append(STEPS[9]), "cannot be of the kind parallel"),
    "a batch where instances roll by themselves": (
        lambda d: _release(d)["strategy"].update(kind="rolling"),
        "does nothing in the strategy rolling. Take it out, or choose batches, canary",
    ),
    "steps that bring nothing": (
        lambda d: _release(d)["strategy"].update(kind="recreate", steps=[{"kind": "pause", "name": "p"}]),
        "Add a step of the kind apply",
    ),
    "a cluster in two waves": (lambda d: _release(d)["waves"]["order"][0].update(clusters=["south"]), "two waves"),
    "an empty wave": (lambda d: _release(d)["waves"]["order"][0].update(clusters=[]), "at least 1 item"),
    "a hook that waits": (
        lambda d: _release(d)["hooks"]["after"].append({"kind": "pause", "name": "p"}),
        "There is: 'job', 'http-call', 'notify'",
    ),
    "going back for nothing": (lambda d: _release(d)["auto_rollback"].update(causes=[]), "at least one cause"),
    "a parameter of two sources": (
        lambda d: d["template"]["parameters"][0].update(secret={"name": "a", "version": 1}),
        "not both",
    ),
    "two parameters of one name": (lambda d: d["template"]["parameters"].append({"name": "region"}), "twice"),
    "a destination of two kinds": (lambda d: d["network_policy"]["egress"][0].update(namespace="a"), "Choose one"),
    "a destination by no port": (lambda d: d["network_policy"]["egress"][0].update(ports=[0]), "number of a port"),
    "a right beyond the profile": (
        lambda d: d["processes"][0]["security"].update(capabilities=["CHOWN"]),
        "forbids CHOWN",
    ),
    "more rights when restricted": (lambda d: d["processes"][0]["security"].update(escalation=True), "baseline"),
    "a right that nobody gets": (
        lambda d: d["processes"][1]["security"].update(capabilities=["SYS_ADMIN"]),
        "capabilities",
    ),
    "a mount for a container that is not there": (
        lambda d: d["processes"][1]["mounts"][0].update(containers=["x"]),
        "no container x",
    ),
}


def _branches(data: dict[str, Any]) -> list[dict[str, Any]]:
    return _release(data)["strategy"]["steps"][9]["branches"]


@pytest.mark.parametrize("broken", BROKEN)
def test_what_cannot_be_is_refused_with_a_sentence(broken: str) -> None:
    edit, words = BROKEN[broken]
    data = copy.deepcopy(RICH)
    edit(data)
    with pytest.raises(SpecError) as refused:
        load(data)
    assert words in str(refused.value)
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize(
    ("kind", "steps", "most"),
    [
        ("canary", ["10%"], 13),  # the surge of 25% is more
        ("canary", ["10%", "80%"], 18),
        ("batches", ["50%", "60%"], 15),  # what one batch adds to the one before
        ("batches", ["10%"], 19),  # the rest comes at the end
    ],
)
def test_the_peak_follows_the_steps(kind: str, steps: list[str], most: int) -> None:
    rows = [{"kind": "batch", "name": f"b{number}", "replicas": text} for number, text in enumerate(steps)]
    data = {
        "processes": [{"name": "web", "image": "a", "replicas": 10}],
        "release": {"strategy": {"kind": kind, "steps": rows}},
    }
    assert peak_usage(load(data))["instances"] == most


@pytest.mark.parametrize(("share", "most"), [(10, 13), (50, 15), (100, 20)])
def test_the_peak_counts_what_a_share_of_the_traffic_brings(share: int, most: int) -> None:
    data = {
        "processes": [{"name": "web", "image": "a", "replicas": 10}],
        "release": {"strategy": {"kind": "canary", "steps": [{"kind": "traffic", "name": "some", "traffic": share}]}},
    }
    assert peak_usage(load(data))["instances"] == most
