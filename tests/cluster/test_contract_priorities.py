"""Priorities: without its PriorityClass no instance is let in, with it they are; and what a class may be."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from kubernetes.client.exceptions import ApiException
from kubernetes.dynamic import DynamicClient

from tests.cluster.manifests import container, deployment, manifest
from tests.cluster.outsider import Outsider
from tests.cluster.refusals import status_of
from tests.cluster.waiting import condition, eventually, until, until_any

SCHEDULING = "scheduling.k8s.io/v1"
STATED = "must not be provided in pod spec; priority admission controller computed"
GIVEN = "from the given PriorityClass name"


def pod(**spec: Any) -> dict[str, Any]:
    return manifest("v1", "Pod", "one", spec={"containers": [container()], **spec})


def urgent(name: str, **fields: Any) -> dict[str, Any]:
    return manifest(SCHEDULING, "PriorityClass", name, **{"value": 1000, **fields})


@pytest.fixture
def priority(client: DynamicClient) -> Iterator[str]:
    """The name of a class that is there."""
    name = f"urgent-{uuid.uuid4().hex[:8]}"
    classes = client.resources.get(api_version=SCHEDULING, kind="PriorityClass")
    classes.create(urgent(name, preemptionPolicy="Never"))
    yield name
    classes.delete(name=name)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"priorityClassName": "nowhere"}, "no PriorityClass with name nowhere was found"),
        ({"priority": 5}, f"the integer value of priority (5) {STATED} 0 {GIVEN}"),
        (
            {"preemptionPolicy": "Never"},
            f"the string value of PreemptionPolicy (Never) {STATED} PreemptLowerPriority {GIVEN}",
        ),
        ({"priorityClassName": "nowhere", "restartPolicy": "Wrong"}, "no PriorityClass with name nowhere was found"),
        ({"priorityClassName": "nowhere", "runtimeClassName": "x"}, "no PriorityClass with name nowhere was found"),
        (
            {"serviceAccountName": "nobody", "priorityClassName": "nowhere", "restartPolicy": "Wrong"},
            'error looking up service account {namespace}/nobody: serviceaccount "nobody" not found',
        ),
    ],
)
def test_an_instance_with_another_priority_than_its_class_gives_is_not_let_in(
    outsider: Outsider, spec: dict[str, Any], said: str
) -> None:
    eventually(lambda: outsider.exists("v1/serviceaccounts", "default"), what="the account of instances")
    status = json.loads(outsider.refusal("v1/pods", pod(**spec)))
    assert (status["code"], status["reason"]) == (403, "Forbidden")
    said = said.format(namespace=outsider._namespace)
    assert status["message"] == f'pods "one" is forbidden: {said}'


def test_a_rollout_whose_class_is_not_there_says_so(client: DynamicClient, namespace: str) -> None:
    body = deployment(replicas=1)
    body["spec"]["template"]["spec"]["priorityClassName"] = "nowhere"
    deployments = client.resources.get(api_version="apps/v1", kind="Deployment")
    deployments.create(body, namespace=namespace)
    stuck = until(deployments, namespace, lambda row: condition(row, "ReplicaFailure").get("status") == "True")
    row = condition(stuck, "ReplicaFailure")
    assert row["reason"] == "FailedCreate"
    assert row["message"].endswith("is forbidden: no PriorityClass with name nowhere was found")
    events = client.resources.get(api_version="v1", kind="Event")
    said = until_any(events, namespace, lambda event: event["reason"] == "FailedCreate")
    assert "no PriorityClass with name nowhere was found" in said["message"]


def test_a_template_whose_class_cannot_be_called_so_is_refused(outsider: Outsider) -> None:
    body = deployment()
    body["spec"]["template"]["spec"]["priorityClassName"] = "A_b"
    cause = json.loads(outsider.refusal("apps/v1/deployments", body))["details"]["causes"][0]
    assert cause["field"] == "spec.template.spec.priorityClassName"
    assert cause["message"].startswith('Invalid value: "A_b": a lowercase RFC 1123 subdomain must consist of')


@pytest.mark.parametrize(
    ("name", "value"), [("system-cluster-critical", 2 * 10**9), ("system-node-critical", 2000001000)]
)
def test_the_classes_of_the_system_are_there(client: DynamicClient, namespace: str, name: str, value: int) -> None:
    pods = client.resources.get(api_version="v1", kind="Pod")
    spec = pods.create(pod(priorityClassName=name), namespace=namespace).to_dict()["spec"]
    assert (spec["priority"], spec["preemptionPolicy"]) == (value, "PreemptLowerPriority")


def test_an_instance_gets_the_priority_of_its_class_and_keeps_it(
    client: DynamicClient, namespace: str, priority: str
) -> None:
    pods = client.resources.get(api_version="v1", kind="Pod")
    eventually(lambda: is_let_in(client, namespace, priority), what="the class is known")
    made = pods.get(name="one", namespace=namespace).to_dict()
    assert (made["spec"]["priority"], made["spec"]["preemptionPolicy"]) == (1000, "Never")
    labelled = {"metadata": {"labels": {"a": "b"}}}
    again = pods.patch(body=labelled, name="one", namespace=namespace, content_type="application/merge-patch+json")
    assert again.to_dict()["spec"]["priority"] == 1000


def is_let_in(client: DynamicClient, namespace: str, priority: str) -> bool:
    """A class that was made just now is not known to all of the server yet."""
    try:
        pods = client.resources.get(api_version="v1", kind="Pod")
        return bool(pods.create(pod(priorityClassName=priority), namespace=namespace))
    except ApiException:
        return False


@pytest.mark.parametrize(
    ("name", "fields", "said"),
    [
        (
            "high",
            {"value": 1_000_000_001},
            "value: Forbidden: maximum allowed value of a user defined priority is 1000000000",
        ),
        (
            "system-mine",
            {},
            "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. "
            "error: system-mine is not a known system priority class",
        ),
        (
            "odd",
            {"preemptionPolicy": "Odd"},
            'preemptionPolicy: Unsupported value: "Odd": supported values: "PreemptLowerPriority", "Never"',
        ),
    ],
)
def test_a_class_that_is_wrong_is_refused(client: DynamicClient, name: str, fields: dict[str, Any], said: str) -> None:
    with pytest.raises(ApiException) as refusal:
        client.resources.get(api_version=SCHEDULING, kind="PriorityClass").create(urgent(name, **fields))
    assert status_of(refusal.value)["message"] == f'PriorityClass.scheduling.k8s.io "{name}" is invalid: {said}'


def test_a_class_keeps_its_value(client: DynamicClient, priority: str) -> None:
    classes = client.resources.get(api_version=SCHEDULING, kind="PriorityClass")
    with pytest.raises(ApiException) as refusal:
        classes.patch(body={"value": 5}, name=priority, content_type="application/merge-patch+json")
    said = "value: Forbidden: may not be changed in an update."
    assert status_of(refusal.value)["message"] == f'PriorityClass.scheduling.k8s.io "{priority}" is invalid: {said}'
    assert classes.get(name=priority).metadata.generation == 1
