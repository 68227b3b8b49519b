"""Server-side apply: who owns what. Holds for the simulator and for a real control plane."""

from __future__ import annotations

from typing import Any

import pytest
from kubernetes.client.exceptions import ApiException
from kubernetes.dynamic import DynamicClient
from kubernetes.dynamic.exceptions import ConflictError
from kubernetes.dynamic.resource import Resource

from tests.cluster.manifests import Manifest, config_map, container, deployment, manifest
from tests.cluster.refusals import said, status_of

MAIN, REPLICAS = "slipway", "slipway-replicas"


@pytest.fixture
def deployments(client: DynamicClient) -> Resource:
    return client.resources.get(api_version="apps/v1", kind="Deployment")


def _apply(resource: Resource, body: Manifest, namespace: str, *, manager: str = MAIN, force: bool = False) -> Any:
    found = resource.server_side_apply(
        body, name=body["metadata"]["name"], namespace=namespace, field_manager=manager, force_conflicts=force
    )
    return found.to_dict()


def _replicas(number: int | None) -> Manifest:
    spec = {} if number is None else {"replicas": number}
    return manifest("apps/v1", "Deployment", "web", spec=spec)


def _env(**values: str) -> list[Manifest]:
    return [{"name": name, "value": value} for name, value in values.items()]


def _with_env(**values: str) -> Manifest:
    body = deployment(replicas=None, paused=True)
    body["spec"]["template"]["spec"]["containers"][0]["env"] = _env(**values)
    return body


def test_applying_creates_what_is_not_there(deployments: Resource, namespace: str) -> None:
    made = _apply(deployments, deployment(paused=True), namespace)
    assert made["metadata"]["generation"] == 1
    entry = made["metadata"]["managedFields"][0]
    assert (entry["manager"], entry["operation"]) == (MAIN, "Apply")
    assert "f:replicas" in entry["fieldsV1"]["f:spec"]
    assert "f:strategy" not in entry["fieldsV1"]["f:spec"]


def test_applying_the_same_again_changes_nothing(deployments: Resource, namespace: str) -> None:
    made = _apply(deployments, deployment(paused=True, replicas=0), namespace)
    again = _apply(deployments, deployment(paused=True, replicas=0), namespace)
    assert again["metadata"]["generation"] == made["metadata"]["generation"]


def test_another_owner_is_found_and_named(deployments: Resource, namespace: str) -> None:
    _apply(deployments, deployment(replicas=None, paused=True), namespace)
    _apply(deployments, _replicas(3), namespace, manager=REPLICAS)
    with pytest.raises(ConflictError) as refusal:
        _apply(deployments, _replicas(5), namespace, manager="somebody")
    status = status_of(refusal.value)
    assert status["message"] == 'Apply failed with 1 conflict: conflict with "slipway-replicas": .spec.replicas'
    assert status["details"]["causes"] == [
        {"reason": "FieldManagerConflict", "message": 'conflict with "slipway-replicas"', "field": ".spec.replicas"}
    ]


def test_force_takes_the_field_over(deployments: Resource, namespace: str) -> None:
    _apply(deployments, deployment(replicas=None, paused=True), namespace)
    _apply(deployments, _replicas(3), namespace, manager=REPLICAS)
    taken = _apply(deployments, _replicas(5), namespace, manager="somebody", force=True)
    owners = {
        row["manager"]
        for row in taken["metadata"]["managedFields"]
        if "f:replicas" in row["fieldsV1"].get("f:spec", {})
    }
    assert taken["spec"]["replicas"] == 5
    assert owners == {"somebody"}


def test_the_same_value_is_owned_together(deployments: Resource, namespace: str) -> None:
    _apply(deployments, deployment(replicas=None, paused=True), namespace)
    _apply(deployments, _replicas(3), namespace, manager=REPLICAS)
    _apply(deployments, _replicas(3), namespace, manager="somebody")
    left = _apply(deployments, _replicas(None), namespace, manager="somebody")
    assert left["spec"]["replicas"] == 3


def test_replicas_nobody_owns_any_more_fall_to_one(deployments: Resource, namespace: str) -> None:
    _apply(deployments, deployment(replicas=3, paused=True), namespace)
    left = _apply(deployments, deployment(replicas=None, paused=True), namespace)
    assert left["spec"]["replicas"] == 1


def test_replicas_stay_when_their_owner_is_another(deployments: Resource, namespace: str) -> None:
    _apply(deployments, deployment(replicas=None, paused=True), namespace)
    _apply(deployments, _replicas(4), namespace, manager=REPLICAS)
    again = _apply(deployments, _with_env(COLOUR="blue"), namespace)
    assert again["spec"]["replicas"] == 4


def test_a_variable_no_longer_applied_goes_and_others_stay(deployments: Resource, namespace: str) -> None:
    _apply(deployments, _with_env(COLOUR="blue", SIZE="big"), namespace)
    extra = manifest("apps/v1", "Deployment", "web")
    extra["spec"] = {"template": {"spec": {"containers": [{"name": "web", "env": _env(TRACE="on")}]}}}
    _apply(deployments, extra, namespace, manager="tracer")
    left = _apply(deployments, _with_env(SIZE="big"), namespace)
    env = left["spec"]["template"]["spec"]["containers"][0]["env"]
    assert {row["name"] for row in env} == {"SIZE", "TRACE"}


def test_a_container_of_another_owner_survives(deployments: Resource, namespace: str) -> None:
    _apply(deployments, deployment(paused=True), namespace)
    side = manifest("apps/v1", "Deployment", "web")
    side["spec"] = {"template": {"spec": {"containers": [container(name="mesh")]}}}
    _apply(deployments, side, namespace, manager="mesh")
    both = _apply(deployments, deployment(paused=True, minReadySeconds=1), namespace)
    assert [row["name"] for row in both["spec"]["template"]["spec"]["containers"]] == ["web", "mesh"]
    side["spec"] = {}
    alone = _apply(deployments, side, namespace, manager="mesh")
    assert [row["name"] for row in alone["spec"]["template"]["spec"]["containers"]] == ["web"]


def test_ports_are_told_apart_by_number_and_protocol(deployments: Resource, namespace: str) -> None:
    body = deployment(paused=True)
    body["spec"]["template"]["spec"]["containers"][0]["ports"] = [
        {"containerPort": 53},
        {"containerPort": 53, "protocol": "UDP"},
    ]
    _apply(deployments, body, namespace)
    body["spec"]["template"]["spec"]["containers"][0]["ports"] = [{"containerPort": 53, "protocol": "UDP"}]
    left = _apply(deployments, body, namespace)
    assert left["spec"]["template"]["spec"]["containers"][0]["ports"] == [{"containerPort": 53, "protocol": "UDP"}]


def test_what_a_post_made_belongs_to_its_manager_as_an_update(deployments: Resource, namespace: str) -> None:
    body = _with_env(COLOUR="blue")
    deployments.create(body, namespace=namespace, query_params=[("fieldManager", MAIN)])
    with pytest.raises(ConflictError, match="conflict"):
        _apply(deployments, _with_env(COLOUR="red"), namespace)
    taken = _apply(deployments, _with_env(COLOUR="red"), namespace, force=True)
    assert taken["spec"]["template"]["spec"]["containers"][0]["env"] == _env(COLOUR="red")


def test_an_ordinary_patch_takes_the_field_away(deployments: Resource, namespace: str) -> None:
    _apply(deployments, deployment(replicas=2, paused=True), namespace)
    deployments.patch(
        {"spec": {"replicas": 4}},
        name="web",
        namespace=namespace,
        content_type="application/merge-patch+json",
        query_params=[("fieldManager", "hand")],
    )
    with pytest.raises(ConflictError, match=r"conflict with .{1,2}hand.{1,2} using apps/v1"):
        _apply(deployments, deployment(replicas=2, paused=True), namespace)


def test_a_vanished_object_is_not_made_again_when_its_uid_is_stated(deployments: Resource, namespace: str) -> None:
    body = deployment(paused=True)
    body["metadata"]["uid"] = "00000000-0000-0000-0000-000000000001"
    with pytest.raises(ConflictError, match="uid mismatch"):
        _apply(deployments, body, namespace)


def test_an_object_that_was_made_again_is_not_taken_for_the_old_one(client: DynamicClient, namespace: str) -> None:
    maps = client.resources.get(api_version="v1", kind="ConfigMap")
    old = _apply(maps, config_map(), namespace)
    maps.delete(name="settings", namespace=namespace)
    _apply(maps, config_map(), namespace)
    body = config_map(data={"COLOUR": "red"})
    body["metadata"]["uid"] = old["metadata"]["uid"]
    with pytest.raises(ApiException) as refusal:
        _apply(maps, body, namespace)
    status = status_of(refusal.value)
    words = f'Invalid value: "{old["metadata"]["uid"]}": field is immutable'
    assert (status["code"], status["reason"]) == (422, "Invalid")
    assert status["message"] == f'ConfigMap "settings" is invalid: metadata.uid: {words}'
    assert {row["field"] for row in status["details"]["causes"]} == {"metadata.uid"}


def test_a_stated_version_must_be_the_present_one(client: DynamicClient, namespace: str) -> None:
    maps = client.resources.get(api_version="v1", kind="ConfigMap")
    made = _apply(maps, config_map(), namespace)
    _apply(maps, config_map(data={"COLOUR": "green"}), namespace)
    old = config_map(data={"COLOUR": "red"})
    old["metadata"]["resourceVersion"] = made["metadata"]["resourceVersion"]
    with pytest.raises(ConflictError, match="the object has been modified"):
        _apply(maps, old, namespace)


def test_a_field_nobody_knows_cannot_be_applied(deployments: Resource, namespace: str) -> None:
    with pytest.raises(ApiException) as refusal:
        _apply(deployments, deployment(colour="red"), namespace)
    assert "field not declared in schema" in said(refusal.value)


def test_a_dry_run_shows_conflicts_and_keeps_nothing(deployments: Resource, namespace: str) -> None:
    _apply(deployments, deployment(replicas=2, paused=True), namespace)
    shown = deployments.server_side_apply(
        deployment(replicas=5, paused=True), name="web", namespace=namespace, field_manager=MAIN, dry_run="All"
    )
    assert shown.spec.replicas == 5
    assert deployments.get(name="web", namespace=namespace).spec.replicas == 2


def test_ownership_can_be_moved_from_update_to_apply(deployments: Resource, namespace: str) -> None:
    made = deployments.create(
        _with_env(COLOUR="blue", SIZE="big"), namespace=namespace, query_params=[("fieldManager", MAIN)]
    ).to_dict()
    entries = [row | {"operation": "Apply"} for row in made["metadata"]["managedFields"] if row["manager"] == MAIN]
    patch = [
        {"op": "test", "path": "/metadata/uid", "value": made["metadata"]["uid"]},
        {"op": "replace", "path": "/metadata/managedFields", "value": entries},
    ]
    moved = deployments.patch(
        patch,
        name="web",
        namespace=namespace,
        content_type="application/json-patch+json",
        query_params=[("fieldManager", MAIN)],
    ).to_dict()
    assert {
        (row["manager"], row["operation"]) for row in moved["metadata"]["managedFields"] if row["manager"] == MAIN
    } == {(MAIN, "Apply")}
    assert moved["metadata"]["generation"] == made["metadata"]["generation"]
    changed = _apply(deployments, _with_env(SIZE="small"), namespace)
    assert changed["spec"]["template"]["spec"]["containers"][0]["env"] == _env(SIZE="small")


def test_an_update_that_leaves_ownership_out_keeps_it(deployments: Resource, namespace: str) -> None:
    made = _apply(deployments, deployment(paused=True), namespace)
    del made["metadata"]["managedFields"], made["metadata"]["resourceVersion"]
    again = deployments.replace(made, namespace=namespace).to_dict()
    assert MAIN in {row["manager"] for row in again["metadata"]["managedFields"]}


def test_an_update_that_states_empty_ownership_forgets_all_owners(deployments: Resource, namespace: str) -> None:
    made = _apply(deployments, deployment(paused=True), namespace)
    made["metadata"]["managedFields"] = []
    made["metadata"].pop("resourceVersion")
    again = deployments.replace(made, namespace=namespace).to_dict()
    assert "managedFields" not in again["metadata"]


def test_what_nobody_owns_any_more_was_there_before_the_first_apply(deployments: Resource, namespace: str) -> None:
    _apply(deployments, deployment(replicas=2, paused=True), namespace)
    merge = {"name": "web", "namespace": namespace, "content_type": "application/merge-patch+json"}
    deployments.patch({"metadata": {"managedFields": [{}]}}, **merge)
    written = deployments.patch({"spec": {"replicas": 3}}, **merge).to_dict()
    assert "managedFields" not in written["metadata"]
    with pytest.raises(ConflictError, match=r"conflict with .{1,2}before-first-apply.{1,2} using apps/v1: .spec.repl"):
        _apply(deployments, deployment(replicas=5, paused=True), namespace)


def test_an_empty_entry_forgets_all_owners(deployments: Resource, namespace: str) -> None:
    _apply(deployments, deployment(paused=True), namespace)
    patch: Manifest = {"metadata": {"managedFields": [{}]}}
    bare = deployments.patch(patch, name="web", namespace=namespace, content_type="application/merge-patch+json")
    assert MAIN not in {row["manager"] for row in bare.to_dict()["metadata"].get("managedFields", [])}
