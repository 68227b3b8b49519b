"""What a spec may say and no release can do yet is refused, with a sentence; whatever else it says is carried out."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

from apps_mgmt.demo.boutique import boutique
from apps_mgmt.spec import AppSpec, Autoscaler, Placement, Process, ReleasePolicy, Strategy, Waves, load
from apps_mgmt.spec.releasing import AutoRollback, ReleaseHooks, Wave
from releases.not_yet import not_yet
from tests.pure.golden.specs import RICH

WEB: dict[str, Any] = {"name": "web", "image": "shop:1"}
MORNING = {"cron": "0 8 * * *", "least": 2, "most": 5}
APPLY = {"kind": "apply", "name": "apply"}


def beside(note: dict[str, Any], **has: Any) -> dict[str, Any]:
    """A canary with two branches."""
    steps = [[{"kind": "note", "name": "look", "text": "x", **note}], [{"kind": "soak", "name": "quiet", "lasts": 9}]]
    branches = [{"name": name, "steps": rows} for name, rows in zip("ab", steps, strict=True)]
    group = {"kind": "parallel", "name": "checks", "branches": branches, **has}
    return {
        "release": {
            "strategy": {"kind": "canary", "steps": [group, {"kind": "batch", "name": "all", "replicas": "100%"}]}
        }
    }


# One row for each field that is refused: the path of the field, what is said of it, the sentence.
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("strategy.steps", {"release": {"strategy": {"kind": "blue-green", "steps": [APPLY]}}}, "these steps yet: apply"),
    ("strategy.steps", beside({"when": "on-failure"}), "run while all goes well, and the group"),
    ("strategy.steps", beside({"when": "always"}), "own: look. Put steps for a failure after the group"),
    ("strategy.steps", beside({}, timeout=60), "own: checks."),
    ("placement.auto", {"placement": {"auto": {"clusters": 2}}}, "choose clusters by itself"),
    ("placement.failover", {"placement": {"failover": {}}}, "share of a lost cluster"),
    (
        "autoscaler.hours",
        {"processes": [{**WEB, "autoscaler": {"most": 3, "cpu": 60, "hours": [MORNING]}}]},
        "limits of web by the clock",
    ),
    ("process.auto_update", {"processes": [{**WEB, "auto_update": {"tag_pattern": "v*"}}]}, "image of web by webhook"),
    ("spec.env_groups", {"env_groups": [{"name": "common"}]}, "variable groups to apps yet: common"),
    ("spec.bindings", {"bindings": [{"instance": "db"}]}, "bind services to apps yet: db"),
    ("spec.drains", {"drains": [{"name": "all", "kind": "http", "target": "https://x"}]}, "elsewhere yet: all"),
    ("spec.hibernate", {"hibernate": {"sleep": "0 20 * * *", "wake": "0 6 * * *"}}, "sleep by the clock"),
]  # fmt: skip

# What releases honour: it is in the manifests, in the numbers, or in how the clusters take their turn.
HONOURED: dict[type[BaseModel], str] = {
    AppSpec: "processes registry_credential env files volumes routes domains platform_domain maintenance "
    "network_policy host_aliases dependencies placement release jobs stopped labels annotations template",
    Process: "name image kind pull_policy command args replicas suspended resources ports env probes "
    "termination_seconds hooks sidecars inits security service_account update autoscaler mounts temp restarted_at "
    "adopted",
    Autoscaler: "least most cpu memory metrics behavior",
    Placement: "targets priority overrides nodes tolerations spread affinity budget",
    ReleasePolicy: "strategy waves hooks auto_rollback",
    Strategy: "kind batch batch_pause keep preview_host saved saved_version",
    Waves: "across order pause failures",
    Wave: "clusters pause failures",
    ReleaseHooks: "before after",
    AutoRollback: "on causes pace",
}
NAMES = {
    AppSpec: "spec", Process: "process", Autoscaler: "autoscaler", Placement: "placement", Strategy: "strategy",
    Waves: "waves", Wave: "wave", ReleaseHooks: "hooks", AutoRollback: "auto_rollback", ReleasePolicy: "release",
}  # fmt: skip


@pytest.mark.parametrize(("field", "said", "words"), REFUSED, ids=[f"{row[0]}: {row[2]}" for row in REFUSED])
def test_what_cannot_be_done_yet_is_said(field: str, said: dict[str, Any], words: str) -> None:
    told = not_yet(load({"processes": [WEB], **said}))
    assert len(told) == 1
    assert words in str(told[0]) and str(told[0]).endswith(".") and told[0].field


def test_everything_at_once_is_said_at_once() -> None:
    assert len(not_yet(load(RICH))) == 3


def test_what_can_be_done_is_not_refused() -> None:
    release = {"strategy": {"kind": "recreate"}, "waves": {"order": [{"clusters": ["a"]}], "failures": 1}}
    release |= {"auto_rollback": {"causes": ["crash-loop"]}}
    assert not_yet(load({"processes": [WEB], "release": release})) == ()
    assert (
        not_yet(load({"processes": [WEB], **beside({"timeout": 60, "retry": {"limit": 1}}, condition="1 < 2")})) == ()
    )
    assert [not_yet(app.spec) for app in boutique()] == [()] * 11


@pytest.mark.parametrize("model", HONOURED, ids=lambda model: model.__name__)
def test_no_field_is_neither_honoured_nor_refused(model: type[BaseModel]) -> None:
    refused = {row[0].split(".")[1] for row in REFUSED if row[0].startswith(f"{NAMES[model]}.")}
    assert {*HONOURED[model].split(), *refused} == set(model.model_fields)
