"""The other patches. Holds for the simulator and for a real control plane."""

from __future__ import annotations

from typing import Any

import pytest
from kubernetes.client.exceptions import ApiException
from kubernetes.dynamic import DynamicClient
from kubernetes.dynamic.resource import Resource

from tests.cluster.manifests import config_map, container, deployment

STRATEGIC = "application/strategic-merge-patch+json"
MERGE = "application/merge-patch+json"
JSON = "application/json-patch+json"


@pytest.fixture
def deployments(client: DynamicClient, namespace: str) -> Resource:
    found = client.resources.get(api_version="apps/v1", kind="Deployment")
    body = deployment(paused=True)
    body["spec"]["template"]["spec"]["containers"] = [
        container(env=[{"name": "COLOUR", "value": "blue"}]),
        container(name="mesh"),
    ]
    found.create(body, namespace=namespace)
    return found


def _patch(resource: Resource, namespace: str, patch: Any, type_: str) -> dict[str, Any]:
    found: dict[str, Any] = resource.patch(patch, name="web", namespace=namespace, content_type=type_).to_dict()
    return found


def _pod(**spec: Any) -> dict[str, Any]:
    return {"spec": {"template": {"spec": spec}}}


def test_strategic_merge_finds_containers_by_name(deployments: Resource, namespace: str) -> None:
    patch = _pod(containers=[{"name": "web", "env": [{"name": "SIZE", "value": "big"}]}])
    pod = _patch(deployments, namespace, patch, STRATEGIC)["spec"]["template"]["spec"]
    assert [row["name"] for row in pod["containers"]] == ["web", "mesh"]
    assert {row["name"]: row["value"] for row in pod["containers"][0]["env"]} == {"COLOUR": "blue", "SIZE": "big"}


def test_strategic_merge_deletes_a_row_when_told(deployments: Resource, namespace: str) -> None:
    patch = _pod(containers=[{"name": "mesh", "$patch": "delete"}])
    pod = _patch(deployments, namespace, patch, STRATEGIC)["spec"]["template"]["spec"]
    assert [row["name"] for row in pod["containers"]] == ["web"]


def test_merge_patch_replaces_lists_and_null_removes(deployments: Resource, namespace: str) -> None:
    patch = {"spec": {"template": {"spec": {"containers": [container(name="only")]}}, "paused": None}}
    spec = _patch(deployments, namespace, patch, MERGE)["spec"]
    assert [row["name"] for row in spec["template"]["spec"]["containers"]] == ["only"]
    assert "paused" not in spec


def test_json_patch_goes_by_path(deployments: Resource, namespace: str) -> None:
    patch = [
        {"op": "test", "path": "/spec/replicas", "value": 2},
        {"op": "replace", "path": "/spec/replicas", "value": 3},
        {"op": "add", "path": "/metadata/labels", "value": {"a/b": "c"}},
        {"op": "remove", "path": "/spec/template/spec/containers/1"},
    ]
    changed = _patch(deployments, namespace, patch, JSON)
    assert changed["spec"]["replicas"] == 3
    assert changed["metadata"]["labels"] == {"a/b": "c"}
    assert len(changed["spec"]["template"]["spec"]["containers"]) == 1


def test_a_json_patch_whose_test_fails_changes_nothing(deployments: Resource, namespace: str) -> None:
    patch = [
        {"op": "replace", "path": "/spec/replicas", "value": 9},
        {"op": "test", "path": "/spec/replicas", "value": 2},
    ]
    with pytest.raises(ApiException) as refusal:
        _patch(deployments, namespace, patch, JSON)
    assert refusal.value.status == 422
    assert deployments.get(name="web", namespace=namespace).spec.replicas == 2


def test_a_patch_of_the_status_leaves_the_spec(deployments: Resource, namespace: str) -> None:
    body = {"spec": {"replicas": 9}, "status": {"collisionCount": 1}}
    changed = deployments.status.patch(body, name="web", namespace=namespace, content_type=MERGE)
    assert changed.spec.replicas == 2
    assert changed.status.collisionCount == 1


def test_an_unknown_kind_of_patch_is_refused(deployments: Resource, namespace: str) -> None:
    with pytest.raises(ApiException) as refusal:
        _patch(deployments, namespace, {}, "application/json")
    assert refusal.value.status == 415


def test_a_json_patch_takes_what_an_object_lacks_for_null(client: DynamicClient, namespace: str) -> None:
    maps = client.resources.get(api_version="v1", kind="ConfigMap")
    maps.create(config_map(data={"COLOUR": "blue"}), namespace=namespace)
    patch = [
        {"op": "test", "path": "/data/SIZE", "value": None},
        {"op": "replace", "path": "/data/SIZE", "value": "big"},
    ]
    written = maps.patch(patch, name="settings", namespace=namespace, content_type=JSON)
    assert written.to_dict()["data"] == {"COLOUR": "blue", "SIZE": "big"}
