"""Watches. Holds for the simulator and for a real control plane."""

from __future__ import annotations

from typing import Any

import pytest
from kubernetes.client.exceptions import ApiException
from kubernetes.dynamic import DynamicClient
from kubernetes.dynamic.resource import Resource

from tests.cluster.manifests import config_map
from tests.cluster.refusals import said
from tests.cluster.waiting import LIMIT_SECONDS

MERGE = "application/merge-patch+json"
Event = tuple[str, str]


@pytest.fixture
def maps(client: DynamicClient) -> Resource:
    return client.resources.get(api_version="v1", kind="ConfigMap")


def _labelled(name: str, tier: str) -> dict[str, Any]:
    body = config_map(name)
    body["metadata"]["labels"] = {"tier": tier}
    return body


def _version(maps: Resource, namespace: str) -> str:
    version: str = maps.get(namespace=namespace).metadata.resourceVersion
    return version


def _events(maps: Resource, namespace: str, version: str, *, count: int, **more: Any) -> list[Event]:
    """The first ``count`` events after a version, as type and name."""
    seen: list[Event] = []
    for event in maps.watch(namespace=namespace, resource_version=version, timeout=LIMIT_SECONDS, **more):
        seen.append((event["type"], event["object"].metadata.name))
        if len(seen) == count:
            break
    return seen


def test_every_change_after_a_version_arrives_in_order(maps: Resource, namespace: str) -> None:
    version = _version(maps, namespace)
    maps.create(config_map("one"), namespace=namespace)
    maps.patch({"data": {"COLOUR": "red"}}, name="one", namespace=namespace, content_type=MERGE)
    maps.create(config_map("two"), namespace=namespace)
    maps.delete(name="one", namespace=namespace)
    assert _events(maps, namespace, version, count=4) == [
        ("ADDED", "one"),
        ("MODIFIED", "one"),
        ("ADDED", "two"),
        ("DELETED", "one"),
    ]


def test_an_object_enters_and_leaves_a_selection(maps: Resource, namespace: str) -> None:
    version = _version(maps, namespace)
    maps.create(_labelled("one", "back"), namespace=namespace)
    for tier in ("front", "back"):
        patch = {"metadata": {"labels": {"tier": tier}}}
        maps.patch(patch, name="one", namespace=namespace, content_type=MERGE)
    seen = _events(maps, namespace, version, count=2, label_selector="tier=front")
    assert seen == [("ADDED", "one"), ("DELETED", "one")]


def test_a_watch_sees_only_its_namespace(maps: Resource, namespace: str) -> None:
    version = _version(maps, namespace)
    maps.create(config_map(f"elsewhere-{namespace}"), namespace="default")
    maps.create(config_map("here"), namespace=namespace)
    assert _events(maps, namespace, version, count=1) == [("ADDED", "here")]
    maps.delete(name=f"elsewhere-{namespace}", namespace="default")


def test_versions_only_rise(maps: Resource, namespace: str) -> None:
    version = _version(maps, namespace)
    for number in range(4):
        maps.create(config_map(f"map-{number}"), namespace=namespace)
    versions = []
    for event in maps.watch(namespace=namespace, resource_version=version, timeout=LIMIT_SECONDS):
        versions.append(int(event["object"].metadata.resourceVersion))
        if len(versions) == 4:
            break
    assert versions == sorted(set(versions))
    assert versions[0] > int(version)


def test_a_version_from_the_future_is_refused(maps: Resource, namespace: str) -> None:
    with pytest.raises(ApiException) as refusal:
        maps.get(namespace=namespace, resource_version="999999999999")
    assert refusal.value.status == 504
    assert "Too large resource version" in said(refusal.value)
