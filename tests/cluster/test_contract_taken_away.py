"""What an apply no longer states is gone, with all that was filled in for it. On a simulated and a real cluster."""

from __future__ import annotations

from typing import Any

import pytest
from kubernetes.dynamic import DynamicClient
from kubernetes.dynamic.exceptions import UnprocessibleEntityError
from kubernetes.dynamic.resource import Resource

from tests.cluster.manifests import Manifest, config_map, container, deployment, manifest, service

HTTP, GRPC, TCP = {"httpGet": {"path": "/", "port": 80}}, {"grpc": {"port": 80}}, {"tcpSocket": {"port": 80}}
CALL, COMMAND = {"preStop": HTTP}, {"preStop": {"exec": {"command": ["sleep", "1"]}}}
SCALE_DOWN = {"stabilizationWindowSeconds": 10, "policies": [{"type": "Pods", "value": 1, "periodSeconds": 15}]}
ON_LABELLED = {"nodeSelectorTerms": [{"matchExpressions": [{"key": "disk", "operator": "Exists"}]}]}


def _web(container_fields: Manifest | None = None, pod: Manifest | None = None, **spec: Any) -> Manifest:
    body = deployment(replicas=0, paused=True, **spec)
    template = body["spec"]["template"]["spec"]
    template["containers"] = [container(**(container_fields or {}))]
    template.update(pod or {})
    return body


def _volume(**source: Any) -> Manifest:
    return _web(pod={"volumes": [{"name": "data", **source}]})


def _variable(**source: Any) -> Manifest:
    return _web({"env": [{"name": "NODE", **source}]})


def _scaler(*metrics: str, **spec: Any) -> Manifest:
    rows = [
        {"type": "Resource", "resource": {"name": name, "target": {"type": "Utilization", "averageUtilization": 50}}}
        for name in metrics
    ]
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    more = {"metrics": rows} if rows else {}
    spec = {"scaleTargetRef": target, "maxReplicas": 3, **more, **spec}
    return manifest("autoscaling/v2", "HorizontalPodAutoscaler", "web", spec=spec)


def _ports(*numbers: int, **spec: Any) -> Manifest:
    body = service()
    body["spec"] |= {"ports": [{"name": f"p{number}", "port": number} for number in numbers], **spec}
    return body


PAIRS: dict[str, tuple[Manifest, Manifest]] = {
    "a probe": (_web({"readinessProbe": HTTP}), _web()),
    "a probe by HTTP, for one by gRPC": (_web({"readinessProbe": HTTP}), _web({"readinessProbe": GRPC})),
    "a probe by gRPC, for one by HTTP": (_web({"livenessProbe": GRPC}), _web({"livenessProbe": HTTP})),
    "a probe by HTTP, for one by TCP": (_web({"startupProbe": HTTP}), _web({"startupProbe": TCP})),
    "a hook": (_web({"lifecycle": CALL}), _web()),
    "a hook by HTTP, for a command": (_web({"lifecycle": CALL}), _web({"lifecycle": COMMAND})),
    "a surge, for recreating": (
        _web(strategy={"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}),
        _web(strategy={"type": "Recreate"}),
    ),
    "a strategy": (_web(strategy={"type": "Recreate"}), _web()),
    "an empty volume, for a config map": (_volume(emptyDir={"sizeLimit": "1Mi"}), _volume(configMap={"name": "cm"})),
    "a config map, for a secret": (_volume(configMap={"name": "cm"}), _volume(secret={"secretName": "sec"})),
    "a volume": (_volume(configMap={"name": "cm"}), _web()),
    "a reference, for a value": (
        _variable(valueFrom={"fieldRef": {"fieldPath": "spec.nodeName"}}),
        _variable(value="one"),
    ),
    "a security context": (
        _web({"securityContext": {"runAsUser": 1, "capabilities": {"drop": ["ALL"]}}}),
        _web(),
    ),
    "limits": (_web({"resources": {"limits": {"cpu": "1"}}}), _web()),
    "affinity": (
        _web(pod={"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": ON_LABELLED}}}),
        _web(),
    ),
    "a port of a service": (_ports(80, 81), _ports(80)),
    "stickiness": (
        _ports(80, sessionAffinity="ClientIP", sessionAffinityConfig={"clientIP": {"timeoutSeconds": 10}}),
        _ports(80),
    ),
    "a metric": (_scaler("cpu", "memory"), _scaler("cpu")),
    "how an autoscaler behaves": (_scaler("cpu", behavior={"scaleDown": SCALE_DOWN}), _scaler("cpu")),
    "the least of an autoscaler": (_scaler("cpu", minReplicas=2), _scaler("cpu")),
}


@pytest.fixture
def resources(client: DynamicClient) -> Any:
    return client.resources


def _resource(resources: Any, body: Manifest) -> Resource:
    return resources.get(api_version=body["apiVersion"], kind=body["kind"])


def _apply(resources: Any, body: Manifest, namespace: str, *, name: str = "web", manager: str = "slipway") -> Manifest:
    body = {**body, "metadata": {**body["metadata"], "name": name}}
    found = _resource(resources, body).server_side_apply(body, name=name, namespace=namespace, field_manager=manager)
    spec: Manifest = found.to_dict()["spec"]
    return {field: value for field, value in spec.items() if field not in ("clusterIP", "clusterIPs")}


@pytest.mark.parametrize("what", PAIRS)
def test_what_is_not_stated_any_more_leaves_nothing(resources: Any, namespace: str, what: str) -> None:
    before, after = PAIRS[what]
    _apply(resources, before, namespace)
    assert _apply(resources, after, namespace) == _apply(resources, after, namespace, name="other")


def test_a_probe_stays_where_another_owner_states_a_part_of_it(resources: Any, namespace: str) -> None:
    _apply(resources, _web({"readinessProbe": HTTP}), namespace)
    part = manifest("apps/v1", "Deployment", "web")
    rows = [{"name": "web", "readinessProbe": {"failureThreshold": 7}}]
    part["spec"] = {"template": {"spec": {"containers": rows}}}
    _apply(resources, part, namespace, manager="tuner")
    with pytest.raises(UnprocessibleEntityError, match="must specify a handler type"):
        _apply(resources, _web(), namespace)
    left = _apply(resources, _web({"readinessProbe": TCP}), namespace)
    probe = left["template"]["spec"]["containers"][0]["readinessProbe"]
    assert (probe["failureThreshold"], probe["tcpSocket"], "httpGet" in probe) == (7, {"port": 80}, False)


@pytest.mark.parametrize("of", ["labels", "annotations"])
@pytest.mark.parametrize("body", [config_map(data={"mode": "calm"}), _web()], ids=["ConfigMap", "Deployment"])
def test_the_last_mark_of_an_owner_goes_and_the_object_stays(
    resources: Any, namespace: str, body: Manifest, of: str
) -> None:
    marked = {**body, "metadata": {**body["metadata"], of: {"example.com/mark": "mine"}}}
    found, where = _resource(resources, body), {"name": body["metadata"]["name"], "namespace": namespace}
    found.server_side_apply(marked, field_manager="slipway", **where)
    left = found.server_side_apply(body, field_manager="slipway", **where).to_dict()
    assert "example.com/mark" not in (left["metadata"].get(of) or {})
