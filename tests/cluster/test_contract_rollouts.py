"""Deployments roll, report and clean up. Holds for the simulator and for a real control plane with quick nodes."""

from __future__ import annotations

from typing import Any

import pytest
from kubernetes.dynamic import DynamicClient
from kubernetes.dynamic.exceptions import ForbiddenError, NotFoundError
from kubernetes.dynamic.resource import Resource

from tests.cluster.manifests import config_map, deployment, manifest
from tests.cluster.refusals import said
from tests.cluster.waiting import LIMIT_SECONDS, complete, condition, eventually, until

MERGE = "application/merge-patch+json"
NO_SECRETS = {"count/secrets": "0"}


@pytest.fixture
def deployments(client: DynamicClient) -> Resource:
    return client.resources.get(api_version="apps/v1", kind="Deployment")


def test_a_deployment_becomes_available(deployments: Resource, namespace: str) -> None:
    deployments.create(deployment(), namespace=namespace)
    done = until(deployments, namespace, complete)
    assert condition(done, "Available")["reason"] == "MinimumReplicasAvailable"
    assert condition(done, "Progressing")["reason"] == "NewReplicaSetAvailable"
    assert done["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "1"


def test_a_new_template_rolls_without_losing_capacity(
    client: DynamicClient, deployments: Resource, namespace: str
) -> None:
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
    deployments.create(deployment(replicas=3, strategy=strategy), namespace=namespace)
    until(deployments, namespace, complete)
    template = {"spec": {"template": {"metadata": {"annotations": {"restarted": "now"}}}}}
    deployments.patch(template, name="web", namespace=namespace, content_type=MERGE)
    least = 3

    def watch(obj: dict[str, Any]) -> bool:
        nonlocal least
        least = min(least, obj["status"].get("availableReplicas", 0))
        return complete(obj)

    done = until(deployments, namespace, watch)
    assert least == 3
    assert done["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "2"
    sets = client.resources.get(api_version="apps/v1", kind="ReplicaSet").get(namespace=namespace).items
    assert sorted(row.spec.replicas for row in sets) == [0, 3]


def test_going_back_uses_the_old_replica_set_again(
    client: DynamicClient, deployments: Resource, namespace: str
) -> None:
    deployments.create(deployment(replicas=1), namespace=namespace)
    until(deployments, namespace, complete)
    for value in ("one", None):
        patch = {"spec": {"template": {"metadata": {"annotations": {"mark": value}}}}}
        deployments.patch(patch, name="web", namespace=namespace, content_type=MERGE)
        done = until(deployments, namespace, complete)
    assert done["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "3"
    assert len(client.resources.get(api_version="apps/v1", kind="ReplicaSet").get(namespace=namespace).items) == 2


def test_recreate_takes_the_old_pods_down_first(deployments: Resource, namespace: str) -> None:
    deployments.create(deployment(strategy={"type": "Recreate"}), namespace=namespace)
    until(deployments, namespace, complete)
    patch = {"spec": {"template": {"metadata": {"annotations": {"mark": "one"}}}}}
    deployments.patch(patch, name="web", namespace=namespace, content_type=MERGE)
    most = 0

    def watch(obj: dict[str, Any]) -> bool:
        nonlocal most
        most = max(most, obj["status"].get("replicas", 0))
        return complete(obj)

    until(deployments, namespace, watch)
    assert most == 2


def test_a_deployment_scales_up_and_down(client: DynamicClient, deployments: Resource, namespace: str) -> None:
    deployments.create(deployment(replicas=1), namespace=namespace)
    for wanted in (3, 0):
        patch = {"spec": {"replicas": wanted}}
        deployments.patch(patch, name="web", namespace=namespace, content_type=MERGE)
        until(deployments, namespace, complete)
    assert len(client.resources.get(api_version="apps/v1", kind="ReplicaSet").get(namespace=namespace).items) == 1


def test_deleting_a_deployment_takes_its_pods_along(
    client: DynamicClient, deployments: Resource, namespace: str
) -> None:
    deployments.create(deployment(), namespace=namespace)
    until(deployments, namespace, complete)
    pods = client.resources.get(api_version="v1", kind="Pod")
    version = pods.get(namespace=namespace).metadata.resourceVersion
    deployments.delete(name="web", namespace=namespace)
    gone = 0
    for event in pods.watch(namespace=namespace, resource_version=version, timeout=LIMIT_SECONDS):
        gone += event["type"] == "DELETED"
        if gone == 2:
            break
    assert pods.get(namespace=namespace).items == []


def test_orphaned_replica_sets_stay(client: DynamicClient, deployments: Resource, namespace: str) -> None:
    deployments.create(deployment(replicas=1), namespace=namespace)
    until(deployments, namespace, complete)
    sets = client.resources.get(api_version="apps/v1", kind="ReplicaSet")
    (before,) = sets.get(namespace=namespace).items
    deployments.delete(name="web", namespace=namespace, body={"propagationPolicy": "Orphan"})
    name = before.metadata.name
    left = until(sets, namespace, lambda row: not row["metadata"].get("ownerReferences"), name=name)
    assert left["metadata"]["uid"] == before.metadata.uid


def used(quota: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = quota.get("status", {}).get("used", {})
    return found


def quota(client: DynamicClient, namespace: str, **hard: str) -> None:
    """A quota `few`, when the API server counts by it: of that, and of what is used, it hears by a watch."""
    quotas = client.resources.get(api_version="v1", kind="ResourceQuota")
    quotas.create(manifest("v1", "ResourceQuota", "few", spec={"hard": {**hard, **NO_SECRETS}}), namespace=namespace)
    until(quotas, namespace, lambda obj: set(used(obj)) == {*hard, *NO_SECRETS}, name="few")
    secrets = client.resources.get(api_version="v1", kind="Secret")

    def counts() -> bool:
        try:
            secrets.create(manifest("v1", "Secret", "canary"), namespace=namespace, dry_run="All")
        except ForbiddenError as refusal:
            return "exceeded quota: few" in said(refusal)
        return False

    eventually(counts, what="the quota counts")


def test_a_quota_refuses_by_name_and_says_the_numbers(client: DynamicClient, namespace: str) -> None:
    quota(client, namespace, **{"count/configmaps": "2"})  # every namespace has one of the cluster's own
    maps = client.resources.get(api_version="v1", kind="ConfigMap")
    maps.create(config_map("one"), namespace=namespace)
    with pytest.raises(ForbiddenError) as refusal:
        maps.create(config_map("two"), namespace=namespace)
    assert (
        'configmaps \\"two\\" is forbidden: exceeded quota: few, requested: count/configmaps=1, used: '
        "count/configmaps=2, limited: count/configmaps=2"
    ) in said(refusal.value)


def test_a_quota_that_stops_pods_shows_in_the_deployment(
    client: DynamicClient, deployments: Resource, namespace: str
) -> None:
    quota(client, namespace, pods="1")
    deployments.create(deployment(replicas=2), namespace=namespace)
    stuck = until(deployments, namespace, lambda obj: bool(condition(obj, "ReplicaFailure")))
    failure = condition(stuck, "ReplicaFailure")
    assert failure["reason"] == "FailedCreate"
    assert "exceeded quota: few, requested: pods=1, used: pods=1, limited: pods=1" in failure["message"]


def test_a_deleted_namespace_empties_and_goes(client: DynamicClient, deployments: Resource) -> None:
    namespaces = client.resources.get(api_version="v1", kind="Namespace")
    name = "test-short-lived"
    namespaces.create(manifest("v1", "Namespace", name))
    deployments.create(deployment(), namespace=name)
    version = namespaces.get(name=name).metadata.resourceVersion
    namespaces.delete(name=name)
    for event in namespaces.watch(
        field_selector=f"metadata.name={name}", resource_version=version, timeout=LIMIT_SECONDS
    ):
        if event["type"] == "DELETED":
            break
    with pytest.raises(NotFoundError):
        namespaces.get(name=name)
    assert deployments.get(namespace=name).items == []
