"""Field sets, ownership and patches, without a cluster around them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releases.simulator.core import errors, kinds
from releases.simulator.core.apply import apply, owner_for
from releases.simulator.core.fields import changes, field_set, from_fields, show, to_fields
from releases.simulator.core.patch import json_patch, merge_patch
from releases.simulator.core.schema import schema_of
from releases.simulator.core.strategic import strategic_merge

DEPLOYMENT = schema_of(kinds.DEPLOYMENT)
SHELL = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {}}


def _apply(live: dict[str, Any], config: dict[str, Any], manager: str, *, force: bool = False) -> dict[str, Any]:
    owner, time = owner_for(manager), "2026-01-01T00:00:00Z"
    merged, managed = apply(live, config, kinds.DEPLOYMENT, owner=owner, force=force, time=time)
    return {**merged, "metadata": {**merged.get("metadata", {}), "managedFields": managed}}


def _containers(*containers: dict[str, Any]) -> dict[str, Any]:
    return {"spec": {"template": {"spec": {"containers": list(containers)}}}}


def test_a_field_set_names_rows_by_their_keys() -> None:
    config = _containers({"name": "web", "ports": [{"containerPort": 80}], "command": ["run", "it"]})
    assert {show(path) for path in field_set(config, DEPLOYMENT)} == {
        '.spec.template.spec.containers[name="web"]',
        '.spec.template.spec.containers[name="web"].name',
        '.spec.template.spec.containers[name="web"].command',
        '.spec.template.spec.containers[name="web"].ports[containerPort=80,protocol="TCP"]',
        '.spec.template.spec.containers[name="web"].ports[containerPort=80,protocol="TCP"].containerPort',
    }


def test_an_atomic_map_is_owned_as_one() -> None:
    config = {"spec": {"selector": {"matchLabels": {"a": "b"}}}}
    assert {show(path) for path in field_set(config, DEPLOYMENT)} == {".spec.selector"}


def test_fields_survive_being_written_down() -> None:
    config = _containers({"name": "web", "image": "a", "env": [{"name": "A", "value": "1"}]})
    paths = field_set(config, DEPLOYMENT)
    assert from_fields(to_fields(paths)) == paths


def test_changes_are_what_was_written_and_what_was_removed() -> None:
    old = _containers({"name": "web", "image": "a", "env": [{"name": "A", "value": "1"}]})
    new = _containers({"name": "web", "image": "b"})
    written, removed = changes(old, new, DEPLOYMENT)
    assert {show(path) for path in written} == {'.spec.template.spec.containers[name="web"].image'}
    assert '.spec.template.spec.containers[name="web"].env' in {show(path) for path in removed}


def test_several_conflicts_are_listed_by_manager() -> None:
    live = _apply(SHELL, {"spec": {"replicas": 1, "minReadySeconds": 2}}, "one")
    live = _apply(live, {"spec": {"revisionHistoryLimit": 3}}, "two")
    with pytest.raises(errors.ApiError) as refusal:
        _apply(live, {"spec": {"replicas": 9, "minReadySeconds": 9, "revisionHistoryLimit": 9}}, "three")
    assert str(refusal.value) == (
        'Apply failed with 3 conflicts: conflicts with "one":\n- .spec.minReadySeconds\n- .spec.replicas\n'
        'conflicts with "two":\n- .spec.revisionHistoryLimit'
    )


def test_an_atomic_map_of_another_owner_is_a_conflict() -> None:
    live = _apply(SHELL, {"spec": {"selector": {"matchLabels": {"a": "b"}}}}, "one")
    with pytest.raises(errors.ApiError, match=r"conflict with \"one\": \.spec\.selector"):
        _apply(live, {"spec": {"selector": {"matchLabels": {"a": "c"}}}}, "two")


def test_rows_keep_the_order_of_the_configuration() -> None:
    live = _apply(SHELL, _containers({"name": "a"}, {"name": "b"}), "one")
    live = _apply(live, _containers({"name": "mesh"}), "two")
    again = _apply(live, _containers({"name": "b"}, {"name": "a"}), "one")
    assert [row["name"] for row in again["spec"]["template"]["spec"]["containers"]] == ["b", "a", "mesh"]


VALUES = st.fixed_dictionaries(
    {},
    optional={
        "replicas": st.integers(0, 3),
        "minReadySeconds": st.integers(0, 3),
        "selector": st.fixed_dictionaries(
            {"matchLabels": st.dictionaries(st.sampled_from("ab"), st.sampled_from("xy"))}
        ),
        "template": st.fixed_dictionaries(
            {
                "spec": st.fixed_dictionaries(
                    {
                        "containers": st.lists(
                            st.fixed_dictionaries(
                                {"name": st.sampled_from(["a", "b", "c"]), "image": st.sampled_from("xyz")}
                            ),
                            min_size=1,
                            unique_by=lambda row: row["name"],
                        )
                    }
                )
            }
        ),
    },
)


@given(first=VALUES, second=VALUES)
def test_applying_twice_is_applying_once(first: dict[str, Any], second: dict[str, Any]) -> None:
    live = _apply(SHELL, {"spec": first}, "other")
    once = _apply(live, {"spec": second}, "one", force=True)
    assert _apply(once, {"spec": second}, "one", force=True) == once


@given(first=VALUES, second=VALUES)
def test_what_only_one_owner_ever_applied_is_just_what_it_applied_last(
    first: dict[str, Any], second: dict[str, Any]
) -> None:
    live = _apply(_apply(SHELL, {"spec": first}, "one"), {"spec": second}, "one")
    wanted = _apply(SHELL, {"spec": second}, "one")
    assert live.get("spec", {}) == wanted.get("spec", {})


@given(mine=VALUES, theirs=VALUES)
def test_nothing_of_another_owner_is_lost(mine: dict[str, Any], theirs: dict[str, Any]) -> None:
    live = _apply(SHELL, {"spec": theirs}, "other")
    shared = _apply(live, {"spec": mine}, "one", force=True)
    left = _apply(shared, {"spec": {}}, "one")
    for field in set(theirs) - set(mine):
        assert left["spec"][field] == theirs[field]


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_merge_patch_does_as_its_standard_says(target: Any, patch: Any, result: Any) -> None:
    assert merge_patch(target, patch) == result


@pytest.mark.parametrize(
    "operations",
    [
        [{"op": "replace", "path": "/nobody/there", "value": 1}],
        [{"op": "replace", "path": "/list/2", "value": 1}],
        [{"op": "add", "path": "/list/9", "value": 1}],
        [{"op": "remove", "path": "/list/-"}],
        [{"op": "test", "path": "/a", "value": 2}],
        [{"op": "jump", "path": "/a"}],
        [{"op": "add", "path": "a", "value": 1}],
    ],
)
def test_a_json_patch_that_does_not_fit_is_refused(operations: Any) -> None:
    target = {"a": 1, "list": [1, 2]}
    with pytest.raises(errors.ApiError):
        json_patch(target, operations)
    assert target == {"a": 1, "list": [1, 2]}


def test_a_json_patch_copies_moves_and_escapes() -> None:
    operations = [
        {"op": "copy", "from": "/a~1b", "path": "/copy"},
        {"op": "move", "from": "/list/0", "path": "/list/-"},
        {"op": "add", "path": "/list/0", "value": 9},
    ]
    assert json_patch({"a/b": {"c": 1}, "list": [1, 2]}, operations) == {
        "a/b": {"c": 1},
        "copy": {"c": 1},
        "list": [9, 2, 1],
    }


def test_a_strategic_patch_orders_replaces_and_retains() -> None:
    live = _containers({"name": "a", "image": "1"}, {"name": "b", "image": "1"})
    patch = {"$setElementOrder/containers": [{"name": "b"}, {"name": "a"}], "containers": [{"name": "a", "image": "2"}]}
    pod = strategic_merge(live, {"spec": {"template": {"spec": patch}}}, DEPLOYMENT)["spec"]["template"]["spec"]
    assert pod["containers"] == [{"name": "b", "image": "1"}, {"name": "a", "image": "2"}]
    strategy = {"spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}}
    change = {"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}}
    assert strategic_merge(strategy, change, DEPLOYMENT)["spec"]["strategy"] == {"type": "Recreate"}
