"""A spec as JSON, to and fro."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings

from apps_mgmt.spec import AppSpec, Port, SpecError, digest, dump, load
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


def test_a_step_between_versions_is_registered_once() -> None:
    with pytest.raises(ValueError, match="already"):
        upgrader(0)(lambda data: data)


@pytest.mark.parametrize(
    ("data", "field", "words"),
    [
        ({"colour": "red"}, "colour", "no field colour"),
        ({"processes": [{"name": "web", "image": "a", "shell": True}]}, "processes.0.shell", "no field"),
        ({"processes": [{"name": "web"}]}, "processes.0.image", "missing"),
        ({"processes": [{"name": "web", "image": "a", "replicas": "many"}]}, "processes.0.replicas", "integer"),
        ({"processes": [{"name": "web", "image": "a", "replicas": 501}]}, "processes.0.replicas", "500"),
        ({"processes": "web"}, "processes", "tuple"),
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
