"""What a cluster says about its instances: events, logs, trouble; and kinds that only hold what they are given."""

from __future__ import annotations

from typing import Any

import pytest
from kubernetes.client.exceptions import ApiException
from kubernetes.dynamic import DynamicClient
from kubernetes.dynamic.resource import Resource

from tests.cluster.manifests import deployment, manifest
from tests.cluster.waiting import complete, condition, until, until_any

MERGE = "application/merge-patch+json"


@pytest.fixture
def deployments(client: DynamicClient) -> Resource:
    return client.resources.get(api_version="apps/v1", kind="Deployment")


@pytest.fixture
def pods(client: DynamicClient) -> Resource:
    return client.resources.get(api_version="v1", kind="Pod")


def _waits(pod: dict[str, Any]) -> str:
    rows = pod.get("status", {}).get("containerStatuses") or [{}]
    return str((rows[0].get("state", {}).get("waiting") or {}).get("reason", ""))


def _first(pods: Resource, namespace: str, reason: str) -> dict[str, Any]:
    return until_any(pods, namespace, lambda pod: _waits(pod) == reason)


def test_a_crash_is_told_with_its_exit_code(deployments: Resource, pods: Resource, namespace: str) -> None:
    deployments.create(deployment(image="registry.k8s.io/web:crash", replicas=1), namespace=namespace)
    pod = _first(pods, namespace, "CrashLoopBackOff")
    row = pod["status"]["containerStatuses"][0]
    assert row["restartCount"] >= 1
    assert row["lastState"]["terminated"]["exitCode"] == 1
    assert "back-off" in row["state"]["waiting"]["message"]


def test_an_image_that_is_not_there_is_told(deployments: Resource, pods: Resource, namespace: str) -> None:
    deployments.create(deployment(image="registry.k8s.io/web:missing", replicas=1), namespace=namespace)
    pod = _first(pods, namespace, "ImagePullBackOff")
    assert "registry.k8s.io/web:missing" in pod["status"]["containerStatuses"][0]["state"]["waiting"]["message"]


def test_a_deadline_for_progress_passes(deployments: Resource, namespace: str) -> None:
    body = deployment(image="registry.k8s.io/web:stall", replicas=1, progressDeadlineSeconds=3)
    deployments.create(body, namespace=namespace)

    def late(obj: dict[str, Any]) -> bool:
        return condition(obj, "Progressing").get("reason") == "ProgressDeadlineExceeded"

    stuck = until(deployments, namespace, late)
    assert condition(stuck, "Progressing")["status"] == "False"


def test_events_name_what_they_are_about(client: DynamicClient, deployments: Resource, namespace: str) -> None:
    made = deployments.create(deployment(replicas=1), namespace=namespace)
    until(deployments, namespace, complete)
    events = client.resources.get(api_version="v1", kind="Event")
    about = f"involvedObject.uid={made.metadata.uid}"
    until_any(events, namespace, lambda _event: True, field_selector=about)  # they are written in the background
    found = [row.to_dict() for row in events.get(namespace=namespace, field_selector=about).items]
    assert {row["reason"] for row in found} == {"ScalingReplicaSet"}
    assert "Scaled up replica set web-" in found[0]["message"]
    assert found[0]["involvedObject"]["kind"] == "Deployment"


def test_an_instance_has_a_log(client: DynamicClient, deployments: Resource, pods: Resource, namespace: str) -> None:
    deployments.create(deployment(replicas=1), namespace=namespace)
    until(deployments, namespace, complete)
    name = pods.get(namespace=namespace).items[0].metadata.name
    path = f"/api/v1/namespaces/{namespace}/pods/{name}/log"
    said = client.request(
        "get", path, query_params=[("tailLines", "1")], header_params={"Accept": "*/*"}, serialize=False
    )
    lines = said.data.decode().splitlines()
    assert len(lines) == 1 and lines[0]


def test_a_disruption_budget_counts_its_instances(client: DynamicClient, deployments: Resource, namespace: str) -> None:
    budgets = client.resources.get(api_version="policy/v1", kind="PodDisruptionBudget")
    deployments.create(deployment(replicas=3), namespace=namespace)
    until(deployments, namespace, complete)
    spec = {"minAvailable": 2, "selector": {"matchLabels": {"app": "web"}}}
    budgets.create(manifest("policy/v1", "PodDisruptionBudget", "web", spec=spec), namespace=namespace)
    counted = until(budgets, namespace, lambda obj: obj.get("status", {}).get("currentHealthy") == 3)
    status = counted["status"]
    assert (status["desiredHealthy"], status["expectedPods"], status["disruptionsAllowed"]) == (2, 3, 1)


def test_an_eviction_that_the_budget_forbids_is_refused(
    client: DynamicClient, deployments: Resource, pods: Resource, namespace: str
) -> None:
    budgets = client.resources.get(api_version="policy/v1", kind="PodDisruptionBudget")
    deployments.create(deployment(replicas=1), namespace=namespace)
    until(deployments, namespace, complete)
    spec = {"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}}
    budgets.create(manifest("policy/v1", "PodDisruptionBudget", "web", spec=spec), namespace=namespace)
    until(budgets, namespace, lambda obj: obj.get("status", {}).get("currentHealthy") == 1)
    name = pods.get(namespace=namespace).items[0].metadata.name
    body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name, "namespace": namespace}}
    with pytest.raises(ApiException) as refusal:
        pods.subresources["eviction"].create(body, name=name, namespace=namespace)
    assert refusal.value.status == 429
    assert "Cannot evict pod as it would violate the pod's disruption budget." in str(refusal.value.body)


def test_a_network_policy_is_kept_as_it_is(client: DynamicClient, namespace: str) -> None:
    policies = client.resources.get(api_version="networking.k8s.io/v1", kind="NetworkPolicy")
    peers = [{"podSelector": {"matchLabels": {"app": "front"}}}]
    spec = {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{"from": peers, "ports": [{"port": 80}]}]}
    made = policies.create(manifest("networking.k8s.io/v1", "NetworkPolicy", "web", spec=spec), namespace=namespace)
    assert made.to_dict()["spec"]["ingress"] == [{"from": peers, "ports": [{"port": 80, "protocol": "TCP"}]}]
    wrong = {"spec": {"policyTypes": ["Sideways"]}}
    with pytest.raises(ApiException) as refusal:
        policies.patch(wrong, name="web", namespace=namespace, content_type=MERGE)
    assert refusal.value.status == 422


def test_a_cloneset_keeps_every_field(client: DynamicClient, namespace: str) -> None:
    sets = client.resources.get(api_version="apps.kruise.io/v1alpha1", kind="CloneSet")
    body = deployment(replicas=3)["spec"] | {"updateStrategy": {"type": "InPlaceIfPossible", "partition": "50%"}}
    made = sets.create(manifest("apps.kruise.io/v1alpha1", "CloneSet", "web", spec=body), namespace=namespace)
    assert made.to_dict()["spec"]["updateStrategy"] == {"type": "InPlaceIfPossible", "partition": "50%"}
    changed = manifest("apps.kruise.io/v1alpha1", "CloneSet", "web", spec=body | {"minReadySeconds": 5})
    applied = sets.server_side_apply(
        changed, name="web", namespace=namespace, field_manager="slipway", force_conflicts=True
    )
    assert applied.metadata.generation == 2


def test_a_cloneset_is_scaled_without_a_controller(client: DynamicClient, namespace: str) -> None:
    sets = client.resources.get(api_version="apps.kruise.io/v1alpha1", kind="CloneSet")
    body = manifest("apps.kruise.io/v1alpha1", "CloneSet", "web", spec=deployment(replicas=3)["spec"])
    sets.create(body, namespace=namespace)
    replicas = {"spec": {"replicas": 5}}
    scaled = sets.subresources["scale"].patch(replicas, name="web", namespace=namespace, content_type=MERGE).to_dict()
    assert (scaled["spec"], scaled["status"]) == ({"replicas": 5}, {"replicas": 0})
    status = {"status": {"replicas": 5, "labelSelector": "app=web"}, "spec": {"replicas": 9}}
    sets.subresources["status"].patch(status, name="web", namespace=namespace, content_type=MERGE)
    counted = sets.subresources["scale"].get(name="web", namespace=namespace).to_dict()
    assert (counted["spec"], counted["status"]) == ({"replicas": 5}, {"replicas": 5, "selector": "app=web"})
