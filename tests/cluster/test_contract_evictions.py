"""Budgets of disruptions: how they count, and what they let an eviction do."""

from __future__ import annotations

from typing import Any

import pytest
from kubernetes.client.exceptions import ApiException
from kubernetes.dynamic import DynamicClient
from kubernetes.dynamic.exceptions import BadRequestError, UnprocessibleEntityError
from kubernetes.dynamic.resource import Resource

from tests.cluster.accounts import As, allow, token_for
from tests.cluster.manifests import container, deployment, manifest
from tests.cluster.refusals import status_of
from tests.cluster.waiting import complete, condition, until

POLICY = "policy/v1"
MERGE = "application/merge-patch+json"
SELECTOR = {"matchLabels": {"app": "web"}}


@pytest.fixture
def budgets(client: DynamicClient) -> Resource:
    return client.resources.get(api_version=POLICY, kind="PodDisruptionBudget")


@pytest.fixture
def pods(client: DynamicClient, namespace: str) -> Resource:
    """The instances of a Deployment of three, all of them ready."""
    deployments = client.resources.get(api_version="apps/v1", kind="Deployment")
    deployments.create(deployment(replicas=3), namespace=namespace)
    until(deployments, namespace, complete)
    return client.resources.get(api_version="v1", kind="Pod")


def _budget(budgets: Resource, namespace: str, *, name: str = "web", **spec: Any) -> dict[str, Any]:
    """A budget of the Deployment, when it has counted."""
    spec = {"selector": SELECTOR, **spec}
    budgets.create(manifest(POLICY, "PodDisruptionBudget", name, spec=spec), namespace=namespace)

    def counted(obj: dict[str, Any]) -> bool:
        return bool(obj["status"].get("observedGeneration"))

    return until(budgets, namespace, counted, name=name)


def _evict(pods: Resource, namespace: str, name: str, *, called: str = "") -> Any:
    body = {"apiVersion": POLICY, "kind": "Eviction", "metadata": {"name": called or name, "namespace": namespace}}
    return pods.subresources["eviction"].create(body, name=name, namespace=namespace)


def _names(pods: Resource, namespace: str) -> list[str]:
    return [str(row.metadata.name) for row in pods.get(namespace=namespace).items]


def _start(pods: Resource, namespace: str, *names: str) -> None:
    """Instances that nobody replaces, when they are ready."""
    for name in names:
        body = manifest("v1", "Pod", name, spec={"containers": [container()]})
        body["metadata"]["labels"] = SELECTOR["matchLabels"]
        pods.create(body, namespace=namespace)
    for name in names:
        until(pods, namespace, lambda pod: condition(pod, "Ready").get("status") == "True", name=name)


def test_an_eviction_that_the_budget_allows_uses_it_up(
    client: DynamicClient, budgets: Resource, namespace: str
) -> None:
    pods = client.resources.get(api_version="v1", kind="Pod")
    _start(pods, namespace, "one", "two", "three")
    _budget(budgets, namespace, minAvailable=2)
    made = until(budgets, namespace, lambda obj: obj["status"]["currentHealthy"] == 3)
    assert condition(made, "DisruptionAllowed")["reason"] == "SufficientPods"
    assert _evict(pods, namespace, "one").status == "Success"
    with pytest.raises(ApiException) as refusal:
        _evict(pods, namespace, "two")
    assert refusal.value.status == 429
    _start(pods, namespace, "four")
    until(budgets, namespace, lambda obj: obj["status"]["disruptionsAllowed"] == 1)
    staying = [row for row in pods.get(namespace=namespace).items if not row.metadata.deletionTimestamp]
    assert {row.metadata.name for row in staying} == {"two", "three", "four"}


@pytest.mark.parametrize(("most", "healthy", "allowed"), [(1, 2, 1), ("40%", 1, 2), ("100%", 0, 3)])
def test_what_may_be_missing_is_measured_by_what_the_workload_wants(
    budgets: Resource, pods: Resource, namespace: str, most: int | str, healthy: int, allowed: int
) -> None:
    status = _budget(budgets, namespace, maxUnavailable=most)["status"]
    assert (status["expectedPods"], status["desiredHealthy"], status["disruptionsAllowed"]) == (3, healthy, allowed)


def test_a_refused_eviction_says_how_many_are_needed(budgets: Resource, pods: Resource, namespace: str) -> None:
    _budget(budgets, namespace, maxUnavailable=0)
    with pytest.raises(ApiException) as refusal:
        _evict(pods, namespace, _names(pods, namespace)[0])
    words = "The disruption budget web needs 3 healthy pods and has 3 currently"
    assert status_of(refusal.value)["details"]["causes"] == [{"reason": "DisruptionBudget", "message": words}]


def test_an_evicted_pod_says_why_it_goes(client: DynamicClient, pods: Resource, namespace: str) -> None:
    name = _names(pods, namespace)[0]
    held = {"metadata": {"finalizers": ["slipway.dev/kept"]}}
    pods.patch(held, name=name, namespace=namespace, content_type=MERGE)
    _evict(pods, namespace, name)
    pod = pods.get(name=name, namespace=namespace).to_dict()
    assert pod["metadata"]["deletionTimestamp"]
    assert condition(pod, "DisruptionTarget")["reason"] == "EvictionByEvictionAPI"
    pods.patch({"metadata": {"finalizers": None}}, name=name, namespace=namespace, content_type=MERGE)


def test_two_budgets_for_one_pod_are_one_too_many(budgets: Resource, pods: Resource, namespace: str) -> None:
    for name in ("one", "two"):
        _budget(budgets, namespace, name=name, minAvailable=1)
    with pytest.raises(ApiException) as refusal:
        _evict(pods, namespace, _names(pods, namespace)[0])
    assert refusal.value.status == 500
    assert "This pod has more than one PodDisruptionBudget" in str(refusal.value.body)


def test_a_budget_without_a_selector_counts_nothing(budgets: Resource, pods: Resource, namespace: str) -> None:
    status = _budget(budgets, namespace, selector=None, minAvailable=3)["status"]
    assert (status["expectedPods"], status["currentHealthy"]) == (0, 0)
    assert _evict(pods, namespace, _names(pods, namespace)[0]).status == "Success"


def test_an_eviction_names_its_pod(pods: Resource, namespace: str) -> None:
    first, second, _third = _names(pods, namespace)
    with pytest.raises(BadRequestError, match="name in URL does not match name in Eviction object"):
        _evict(pods, namespace, first, called=second)


def test_who_may_evict_need_not_be_allowed_to_delete(
    client: DynamicClient, pods: Resource, namespace: str, signed_in: As
) -> None:
    token = token_for(client, namespace, "drain")["status"]["token"]
    allow(client, namespace, "drain", [{"apiGroups": [""], "resources": ["pods/eviction"], "verbs": ["create"]}])
    others = signed_in(token).resources.get(api_version="v1", kind="Pod")
    name = _names(pods, namespace)[0]
    assert _evict(others, namespace, name).status == "Success"
    with pytest.raises(ApiException) as refusal:
        others.delete(name=name, namespace=namespace)
    assert refusal.value.status == 403


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"minAvailable": 1, "maxUnavailable": 1}, "minAvailable and maxUnavailable cannot be both set"),
        ({"minAvailable": -1}, "spec.minAvailable: Invalid value: -1: must be greater than or equal to 0"),
        ({"maxUnavailable": "120%"}, 'spec.maxUnavailable: Invalid value: "120%": must not be greater than 100%'),
        ({"unhealthyPodEvictionPolicy": "No"}, 'supported values: "AlwaysAllow", "IfHealthyBudget"'),
    ],
)
def test_wrong_budgets_are_refused(budgets: Resource, namespace: str, spec: dict[str, Any], words: str) -> None:
    with pytest.raises(UnprocessibleEntityError) as refusal:
        _budget(budgets, namespace, **spec)
    assert words in status_of(refusal.value)["message"]
