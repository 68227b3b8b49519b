"""How objects end, and who ends with them; and what a late writer may still do."""

from __future__ import annotations

from typing import Any

import pytest
from kubernetes.dynamic import DynamicClient
from kubernetes.dynamic.exceptions import ConflictError, NotFoundError, UnprocessibleEntityError
from kubernetes.dynamic.resource import Resource

from tests.cluster.manifests import config_map, deployment, manifest
from tests.cluster.waiting import LIMIT_SECONDS, complete, until

MERGE = "application/merge-patch+json"
MAIN, REPLICAS = "slipway", "slipway-replicas"
FINALIZER = "slipway.dev/kept"


@pytest.fixture
def maps(client: DynamicClient) -> Resource:
    return client.resources.get(api_version="v1", kind="ConfigMap")


@pytest.fixture
def deployments(client: DynamicClient) -> Resource:
    return client.resources.get(api_version="apps/v1", kind="Deployment")


def _gone(resource: Resource, namespace: str, name: str, version: str) -> None:
    for event in resource.watch(namespace=namespace, name=name, resource_version=version, timeout=LIMIT_SECONDS):
        if event["type"] == "DELETED":
            return
    raise AssertionError(f"{name} is still there after {LIMIT_SECONDS} s")


def test_a_finalizer_keeps_an_object_until_it_is_taken_off(maps: Resource, namespace: str) -> None:
    body = config_map()
    body["metadata"]["finalizers"] = [FINALIZER]
    maps.create(body, namespace=namespace)
    maps.delete(name="settings", namespace=namespace)
    kept = maps.get(name="settings", namespace=namespace).to_dict()
    assert kept["metadata"]["deletionTimestamp"]
    with pytest.raises(ConflictError, match="AlreadyExists"):
        maps.create(config_map(), namespace=namespace)
    maps.patch({"metadata": {"finalizers": None}}, name="settings", namespace=namespace, content_type=MERGE)
    with pytest.raises(NotFoundError):
        maps.get(name="settings", namespace=namespace)


def test_what_belongs_to_a_deleted_object_is_collected(maps: Resource, namespace: str) -> None:
    owner = maps.create(config_map("owner"), namespace=namespace).to_dict()
    _own(maps, namespace, owner, "owned")
    version = maps.get(namespace=namespace).metadata.resourceVersion
    maps.delete(name="owner", namespace=namespace)
    _gone(maps, namespace, "owned", version)


def test_in_the_foreground_the_owner_goes_last(maps: Resource, namespace: str) -> None:
    owner = maps.create(config_map("owner"), namespace=namespace).to_dict()
    _own(maps, namespace, owner, "owned", blocks=True)
    version = maps.get(namespace=namespace).metadata.resourceVersion
    maps.delete(name="owner", namespace=namespace, body={"propagationPolicy": "Foreground"})
    gone = []
    for event in maps.watch(namespace=namespace, resource_version=version, timeout=LIMIT_SECONDS):
        if event["type"] == "DELETED":
            gone.append(event["object"].metadata.name)
        if len(gone) == 2:
            break
    assert gone == ["owned", "owner"]


def test_what_has_an_owner_that_never_was_is_collected(maps: Resource, namespace: str) -> None:
    owner = {"metadata": {"name": "nobody", "uid": "00000000-0000-0000-0000-000000000009"}}
    version = maps.get(namespace=namespace).metadata.resourceVersion
    _own(maps, namespace, owner, "orphan")
    _gone(maps, namespace, "orphan", version)


@pytest.mark.parametrize(
    "other", [{"kind": "Secret"}, {"name": "elsewhere"}, {"uid": "00000000-0000-0000-0000-000000000009"}]
)
def test_an_owner_has_to_be_what_and_where_it_is_said_to_be(
    maps: Resource, namespace: str, other: dict[str, str]
) -> None:
    owner = maps.create(config_map("owner"), namespace=namespace).to_dict()["metadata"]
    version = maps.get(namespace=namespace).metadata.resourceVersion
    body = config_map("orphan")
    reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": owner["uid"], **other}
    body["metadata"]["ownerReferences"] = [reference]
    maps.create(body, namespace=namespace)
    _gone(maps, namespace, "orphan", version)


def test_of_two_owners_the_one_that_is_there_is_enough(maps: Resource, namespace: str) -> None:
    owner = maps.create(config_map("owner"), namespace=namespace).to_dict()["metadata"]
    body = config_map("web")
    reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": owner["uid"]}
    nobody = {**reference, "name": "nobody", "uid": "00000000-0000-0000-0000-000000000009"}
    body["metadata"]["ownerReferences"] = [reference, nobody]
    maps.create(body, namespace=namespace)
    kept = until(maps, namespace, lambda obj: len(obj["metadata"]["ownerReferences"]) == 1)
    assert kept["metadata"]["ownerReferences"] == [reference]


def test_an_apply_makes_a_deleted_object_anew_but_not_with_its_uid(maps: Resource, namespace: str) -> None:
    """Why Slipway creates with POST and states the uid ever after."""
    made = _apply(maps, config_map(), namespace)
    maps.delete(name="settings", namespace=namespace)
    again = _apply(maps, config_map(), namespace)
    assert again["metadata"]["uid"] != made["metadata"]["uid"]
    late = config_map(data={"COLOUR": "late"})
    late["metadata"]["uid"] = made["metadata"]["uid"]
    with pytest.raises(UnprocessibleEntityError, match=r"metadata\.uid.*field is immutable"):
        _apply(maps, late, namespace)


def test_of_two_writers_with_one_version_the_second_is_refused(maps: Resource, namespace: str) -> None:
    made = maps.create(config_map(), namespace=namespace).to_dict()
    version = made["metadata"]["resourceVersion"]
    patches = [{"metadata": {"resourceVersion": version}, "data": {"COLOUR": f"writer {number}"}} for number in (1, 2)]
    maps.patch(patches[0], name="settings", namespace=namespace, content_type=MERGE)
    with pytest.raises(ConflictError, match="the object has been modified"):
        maps.patch(patches[1], name="settings", namespace=namespace, content_type=MERGE)
    assert maps.get(name="settings", namespace=namespace).data.COLOUR == "writer 1"


def test_an_autoscaler_attached_and_detached_at_seven_never_goes_below_seven(
    client: DynamicClient, deployments: Resource, namespace: str
) -> None:
    """Main manifests never hold replicas; a second manager sets them once. So nothing falls to one at the change."""
    _apply(deployments, deployment(replicas=None), namespace)
    _apply(deployments, _scaled(7), namespace, manager=REPLICAS)
    until(deployments, namespace, complete)
    version = deployments.get(namespace=namespace).metadata.resourceVersion
    scalers = client.resources.get(api_version="autoscaling/v2", kind="HorizontalPodAutoscaler")
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    spec = {"scaleTargetRef": target, "minReplicas": 7, "maxReplicas": 9}
    _apply(scalers, manifest("autoscaling/v2", "HorizontalPodAutoscaler", "web", spec=spec), namespace)
    _apply(deployments, deployment(replicas=None, minReadySeconds=1), namespace)
    scalers.delete(name="web", namespace=namespace)
    _apply(deployments, deployment(replicas=None, minReadySeconds=2), namespace)
    wanted = []
    for event in deployments.watch(namespace=namespace, resource_version=version, timeout=LIMIT_SECONDS):
        wanted.append(event["object"].spec.replicas)
        if event["object"].spec.minReadySeconds == 2 and complete(event["object"].to_dict()):
            break
    assert set(wanted) == {7}


def _apply(resource: Resource, body: dict[str, Any], namespace: str, *, manager: str = MAIN) -> dict[str, Any]:
    name = body["metadata"]["name"]
    found: dict[str, Any] = resource.server_side_apply(
        body, name=name, namespace=namespace, field_manager=manager
    ).to_dict()
    return found


def _scaled(number: int) -> dict[str, Any]:
    return manifest("apps/v1", "Deployment", "web", spec={"replicas": number})


def _own(maps: Resource, namespace: str, owner: dict[str, Any], name: str, *, blocks: bool = False) -> None:
    body = config_map(name)
    reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": owner["metadata"]["name"]}
    body["metadata"]["ownerReferences"] = [
        {**reference, "uid": owner["metadata"]["uid"], **({"blockOwnerDeletion": True} if blocks else {})}
    ]
    maps.create(body, namespace=namespace)
