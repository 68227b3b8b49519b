"""LimitRanges and NetworkPolicies: what they fill in, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from kubernetes.client.exceptions import ApiException
from kubernetes.dynamic import DynamicClient
from kubernetes.dynamic.exceptions import ForbiddenError, UnprocessibleEntityError
from kubernetes.dynamic.resource import Resource

from tests.cluster.manifests import container, deployment, manifest
from tests.cluster.refusals import status_of
from tests.cluster.waiting import condition, until

NETWORKING = "networking.k8s.io/v1"


@pytest.fixture
def ranges(client: DynamicClient) -> Resource:
    return client.resources.get(api_version="v1", kind="LimitRange")


@pytest.fixture
def policies(client: DynamicClient) -> Resource:
    return client.resources.get(api_version=NETWORKING, kind="NetworkPolicy")


@pytest.fixture
def pods(client: DynamicClient, namespace: str) -> Resource:
    return client.resources.get(api_version="v1", kind="Pod")


def _limit(ranges: Resource, namespace: str, *, name: str = "sizes", **limits: Any) -> dict[str, Any]:
    body = manifest("v1", "LimitRange", name, spec={"limits": [{"type": "Container", **limits}]})
    made: dict[str, Any] = ranges.create(body, namespace=namespace).to_dict()["spec"]["limits"][0]
    return made


def _pod(pods: Resource, namespace: str, *, spec: dict[str, Any] | None = None, **resources: Any) -> dict[str, Any]:
    """What the server would make of a pod of one container, once it knows of the LimitRange."""
    body = manifest("v1", "Pod", "one", spec={"containers": [container(resources=resources)], **(spec or {})})
    made: dict[str, Any] = pods.create(body, namespace=namespace).to_dict()
    return made


def test_a_limit_range_fills_in_its_own_defaults(ranges: Resource, namespace: str) -> None:
    made = _limit(ranges, namespace, max={"cpu": "1"}, min={"memory": "64Mi"}, default={"memory": "1Gi"})
    assert made["default"] == {"cpu": "1", "memory": "1Gi"}
    assert made["defaultRequest"] == {"cpu": "1", "memory": "1Gi"}


def test_containers_get_the_sizes_they_do_not_state(ranges: Resource, pods: Resource, namespace: str) -> None:
    _limit(ranges, namespace, default={"cpu": "500m", "memory": "256Mi"}, defaultRequest={"cpu": "100m"})
    made = _pod(pods, namespace, spec={"initContainers": [container(name="first")]}, limits={"memory": "128Mi"})
    sizes = {"limits": {"cpu": "500m", "memory": "128Mi"}, "requests": {"cpu": "100m", "memory": "128Mi"}}
    assert made["spec"]["containers"][0]["resources"] == sizes
    assert made["spec"]["initContainers"][0]["resources"]["limits"] == {"cpu": "500m", "memory": "256Mi"}
    words = (
        "LimitRanger plugin set: cpu request for container web; cpu limit for container web; cpu, memory request for "
        "init container first; cpu, memory limit for init container first"
    )
    assert made["metadata"]["annotations"]["kubernetes.io/limit-ranger"] == words


def _faults(message: str) -> tuple[str, list[str]]:
    """What is refused and why; the real one goes through its limits in no order."""
    head, _colon, said = message.partition(": ")
    return head, sorted(one.removeprefix("maximum ") for one in said.strip("[]").split(", maximum "))


@pytest.mark.parametrize(
    ("limits", "resources", "words"),
    [
        ({"max": {"cpu": "1"}}, {"limits": {"cpu": "2"}}, "maximum cpu usage per Container is 1, but limit is 2"),
        (
            {"min": {"cpu": "50m"}},
            {"requests": {"cpu": "5m"}},
            "minimum cpu usage per Container is 50m, but request is 5m",
        ),
        (
            {"max": {"cpu": "1", "memory": "1Gi"}},
            {"limits": {"cpu": "3", "memory": "2Gi"}},
            "[maximum cpu usage per Container is 1, but limit is 3, "
            "maximum memory usage per Container is 1Gi, but limit is 2Gi]",
        ),
        (
            {"maxLimitRequestRatio": {"memory": "8"}},
            {"limits": {"memory": "1Gi"}, "requests": {"memory": "64Mi"}},
            "memory max limit to request ratio per Container is 8, but provided ratio is 16.000000",
        ),
        ({"type": "Pod", "max": {"cpu": "1"}}, {}, "maximum cpu usage per Pod is 1.  No limit is specified"),
    ],
)
def test_sizes_outside_the_limits_are_refused(
    ranges: Resource, pods: Resource, namespace: str, limits: Any, resources: Any, words: str
) -> None:
    _limit(ranges, namespace, **limits)
    with pytest.raises(ForbiddenError) as refusal:
        _pod(pods, namespace, **resources)
    assert _faults(status_of(refusal.value)["message"]) == _faults(f'pods "one" is forbidden: {words}')


def test_a_deployment_tells_that_its_sizes_are_refused(client: DynamicClient, ranges: Resource, namespace: str) -> None:
    _limit(ranges, namespace, max={"cpu": "1"})
    body = deployment()
    body["spec"]["template"]["spec"]["containers"][0]["resources"] = {"limits": {"cpu": "2"}}
    deployments = client.resources.get(api_version="apps/v1", kind="Deployment")
    deployments.create(body, namespace=namespace)
    failed = until(deployments, namespace, lambda obj: bool(condition(obj, "ReplicaFailure")))
    assert "maximum cpu usage per Container is 1, but limit is 2" in condition(failed, "ReplicaFailure")["message"]


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"type": "Nope"}, 'spec.limits[0].type: Invalid value: "Nope": must be a standard limit type or fully'),
        ({"type": "Pod", "default": {"cpu": "1"}}, "default: Forbidden: may not be specified when `type` is 'Pod'"),
        ({"min": {"cpu": "2"}, "max": {"cpu": "1"}}, "min value 2 is greater than max value 1"),
        ({"default": {"cpu": "3"}, "max": {"cpu": "1"}}, "default value 3 is greater than max value 1"),
        ({"maxLimitRequestRatio": {"cpu": "500m"}}, "ratio 500m is less than 1"),
    ],
)
def test_wrong_limits_are_refused(ranges: Resource, namespace: str, limits: Any, words: str) -> None:
    with pytest.raises(UnprocessibleEntityError) as refusal:
        _limit(ranges, namespace, **limits)
    assert words in status_of(refusal.value)["message"]


@pytest.mark.parametrize(
    ("spec", "types"), [({}, ["Ingress"]), ({"podSelector": {}, "egress": [{}]}, ["Ingress", "Egress"])]
)
def test_a_network_policy_says_which_ways_it_is_about(
    policies: Resource, namespace: str, spec: Any, types: list[str]
) -> None:
    made = policies.create(manifest(NETWORKING, "NetworkPolicy", "web", spec=spec), namespace=namespace).to_dict()
    assert made["spec"] == {"podSelector": {}, **spec, "policyTypes": types}


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"from": [{}]}, "spec.ingress[0].from[0]: Required value: must specify a peer"),
        (
            {"from": [{"podSelector": {}, "ipBlock": {"cidr": "10.0.0.0/8"}}]},
            "spec.ingress[0].from[0]: Forbidden: may not specify both ipBlock and another peer",
        ),
        (
            {"from": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["11.0.0.0/16"]}}]},
            'spec.ingress[0].from[0].ipBlock.except[0]: Invalid value: "11.0.0.0/16": must be a strict subset of '
            "`cidr`",
        ),
        (
            {"ports": [{"port": 9, "endPort": 3}]},
            "spec.ingress[0].ports[0].endPort: Invalid value: 9: must be greater than or equal to `port`",
        ),
        (
            {"ports": [{"port": 9, "protocol": "X"}]},
            'spec.ingress[0].ports[0].protocol: Unsupported value: "X": supported values: "TCP", "UDP", "SCTP"',
        ),
    ],
)
def test_wrong_network_policies_are_refused(policies: Resource, namespace: str, rule: Any, words: str) -> None:
    spec = {"podSelector": {}, "ingress": [rule]}
    with pytest.raises(ApiException) as refusal:
        policies.create(manifest(NETWORKING, "NetworkPolicy", "web", spec=spec), namespace=namespace)
    assert status_of(refusal.value)["message"] == f'NetworkPolicy.networking.k8s.io "web" is invalid: {words}'
