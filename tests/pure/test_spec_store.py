"""A spec as JSON, to and fro."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings

from apps_mgmt.spec import AppSpec, Port, SpecError, digest, digest_json, dump, load
from apps_mgmt.spec.upgraders import VERSION, upgrader
from tests.pure.golden.specs import RICH, rich, specs


@settings(max_examples=30, deadline=None)
@given(spec=specs())
def test_what_is_dumped_loads_as_the_same_spec(spec: AppSpec) -> None:
    stored = json.loads(json.dumps(dump(spec)))
    assert load(stored) == spec
    assert digest(load(stored)) == digest(spec)


def test_a_spec_with_everything_survives_storage() -> None:
    assert load(json.loads(json.dumps(dump(rich())))) == rich()


def test_defaults_are_not_stored_and_the_version_is() -> None:
    assert dump(AppSpec()) == {"version": VERSION}
    web = AppSpec().with_new_process("web", image="nginx:1.27")
    assert dump(web)["processes"] == [{"name": "web", "image": "nginx:1.27"}]


def test_the_digest_knows_substance_not_spelling() -> None:
    one = load(
        {"processes": [{"name": "web", "image": "a", "resources": {"cpu_request": "0.5", "cpu_limit": "1000m"}}]}
    )
    two = load({"processes": [{"image": "a", "resources": {"cpu_limit": "1", "cpu_request": "500m"}, "name": "web"}]})
    assert digest(one) == digest(two)
    assert digest(one) != digest(one.with_process("web", replicas=2))


def test_the_digest_of_a_known_spec_never_changes() -> None:
    assert digest(AppSpec()) == "2430f1a2ad2982d0067885488a4c89e21ad1d7c83b115ba8f1b20acc88dfaea8"


def test_a_spec_of_the_first_trials_is_upgraded() -> None:
    old = {
        "version": 0,
        "image": "nginx:1.27",
        "replicas": 3,
        "ports": [{"name": "http", "port": 80}],
        "env": {"A": "1"},
        "clusters": ["north", "south"],
    }
    spec = load(old)
    assert spec.process("web").replicas == 3
    assert spec.port("web", "http").port == 80
    assert [(row.name, row.value) for row in spec.env] == [("A", "1")]
    assert [row.cluster for row in spec.placement.targets] == ["north", "south"]
    assert load(dump(spec)) == spec


OF_VERSION_1: dict[str, Any] = {
    "version": 1,
    "processes": [{"name": "web", "image": "shop:1", "ports": [{"name": "http", "port": 80}]}],
    "network_policy": {"egress": ["10.0.0.0/8", "10.0.0.0/8"]},
    "template": {"name": "shop", "version": 2},
    "placement": {"targets": [{"cluster": "north"}, {"cluster": "south"}]},
    "release": {
        "strategy": {
            "kind": "canary",
            "steps": [
                {"pause": 60},
                {"replicas": "10%", "traffic": 10, "pause": -1, "checks": ["errors", "latency"]},
                {"traffic": 0, "header": {"name": "X-Staff", "value": "yes"}},
            ],
        },
        "waves": {"across": "together", "order": ["south", "north", "south"], "failures": 1},
        "hooks": [
            {"name": "Migrate it!", "when": "before", "command": ["migrate"], "process": "web"},
            {"name": "batch 1", "when": "before", "command": ["warm"], "process": "web", "timeout": 5},
            {"name": "tell", "when": "after", "url": "https://ci.example.com/done", "process": "web"},
        ],
        "auto_rollback": {"causes": ["crash-loop"]},
    },
}


def test_a_revision_of_version_1_stays_readable_and_says_what_it_said() -> None:
    spec = load(OF_VERSION_1)
    told = [step.model_dump(exclude_defaults=True) for step in spec.release.strategy.steps]
    assert told == [
        {"kind": "batch", "name": "batch_1_2", "replicas": "1"},
        {"kind": "pause", "name": "pause_1", "seconds": 60},
        {"kind": "batch", "name": "batch_2", "replicas": "10%"},
        {"kind": "traffic", "name": "traffic_2", "traffic": 10},
        {"kind": "pause", "name": "pause_2"},
        {"kind": "note", "name": "check_2", "text": "errors, latency"},
        {"kind": "traffic", "name": "traffic_3", "traffic": 0, "header": {"name": "X-Staff", "value": "yes"}},
    ]
    assert [wave.clusters for wave in spec.release.waves.order] == [("south",), ("north",)]
    before, after = spec.release.hooks.before, spec.release.hooks.after
    assert [(step.name, step.kind, step.timeout) for step in (*before, *after)] == [
        ("migrate_it", "job", 600),
        ("batch_1", "job", 5),
        ("tell", "http-call", 600),
    ]
    assert spec.network_policy and [row.network for row in spec.network_policy.egress] == ["10.0.0.0/8"]
    assert (spec.release.auto_rollback.causes, spec.release.waves.failures) == (("crash-loop",), 1)
    assert load(dump(spec)) == spec


def test_steps_that_meant_nothing_in_version_1_go() -> None:
    release = {"strategy": {"kind": "rolling", "steps": [{"replicas": "1"}]}}
    assert load({**OF_VERSION_1, "release": release}).release == AppSpec().release


@pytest.mark.parametrize(
    "release",
    [
        {"strategy": {"kind": "canary", "steps": [{"replicas": "1", "retry": {"limit": 1}}]}},
        {"hooks": [{"name": "a", "when": "before", "url": "https://x", "if": "always"}]},
        {"hooks": [{"name": "a", "when": "later", "url": "https://x"}]},
        {"waves": {"order": [["a"], ["b"]]}},
    ],
)
def test_what_version_1_never_had_is_not_dropped_on_the_way(release: dict[str, Any]) -> None:
    with pytest.raises(SpecError, match="not of the version"):
        load({**OF_VERSION_1, "release": release})


def test_the_digest_of_what_a_new_version_does_not_touch_stays() -> None:
    web = AppSpec().with_new_process("web", image="nginx:1.27", replicas=2)
    of_version_1 = {"version": 1, "processes": [{"name": "web", "image": "nginx:1.27", "replicas": 2}]}
    assert digest(web) == digest_json(of_version_1) == digest(load(of_version_1))


def test_a_step_between_versions_is_registered_once() -> None:
    with pytest.raises(ValueError, match="already"):
        upgrader(0)(lambda data: data)


@pytest.mark.parametrize(
    ("data", "field", "words"),
    [
        ({"colour": "red"}, "colour", "no field colour"),
        ({"processes": [{"name": "web", "image": "a", "shell": True}]}, "processes.0.shell", "no field"),
        ({"processes": [{"name": "web"}]}, "processes.0.image", "missing"),
        ({"processes": [{"name": "web", "image": "a", "replicas": "many"}]}, "processes.0.replicas", "whole number"),
        ({"processes": [{"name": "web", "image": "a", "replicas": 501}]}, "processes.0.replicas", "500"),
        ({"processes": "web"}, "processes", "a list"),
        ({"version": 99}, "version", "Update Slipway"),
        ({"version": -1}, "version", "ever had"),
        ({"version": True}, "version", "reads up to"),
        ({"version": 0, "image": "a", "env": ["A"]}, "", "not of the version"),
        ({"env": [{"name": "A", "value": "a\x00b"}]}, "env.0.value", "cannot be stored"),
        ({"env": [{"name": "A", "value": "x" * 40_000}]}, "env.0.value", "32768"),
    ],
)
def test_what_is_no_spec_is_refused_with_a_sentence_and_a_place(data: dict[str, Any], field: str, words: str) -> None:
    with pytest.raises(SpecError) as refused:
        load(data)
    assert refused.value.field == field
    assert words in str(refused.value)
    assert refused.value.status == 422


@pytest.mark.parametrize("data", [None, [], "spec", 3])
def test_what_is_no_object_is_refused(data: Any) -> None:
    with pytest.raises(SpecError, match="object"):
        load(data)


def test_a_part_built_by_hand_is_refused_with_a_sentence_too() -> None:
    with pytest.raises(SpecError) as refused:
        Port(name="http", port=70_000)
    assert refused.value.field == "port"


def test_a_refusal_never_repeats_a_long_input() -> None:
    with pytest.raises(SpecError) as refused:
        load({**RICH, "env": [{"name": "9" * 5_000, "value": ""}]})
    assert len(str(refused.value)) < 1_000 or refused.value.field == "env.0.name"


def test_a_spec_cannot_be_changed_in_place() -> None:
    with pytest.raises(Exception, match="frozen"):
        rich().stopped = True
