"""Whatever is sent, the core answers with an object or a refusal, and its controllers go on."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from releases.simulator.core import errors, kinds
from releases.simulator.core.api import APPLY_PATCH, JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, Write
from releases.simulator.core.cluster import Cluster
from releases.simulator.core.kinds import Kind
from releases.simulator.core.objects import clone

LABELS = {"app": "web"}
CONTAINER = {
    "name": "web",
    "image": "shop/web:1",
    "ports": [{"containerPort": 80, "name": "http"}],
    "env": [{"name": "A", "value": "1"}, {"name": "B", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}],
    "envFrom": [{"configMapRef": {"name": "c", "optional": True}}],
    "resources": {"requests": {"cpu": "100m"}, "limits": {"cpu": "1", "memory": "64Mi"}},
    "readinessProbe": {"httpGet": {"port": 80, "path": "/"}},
    "volumeMounts": [{"name": "v", "mountPath": "/v"}],
}
POD = {"containers": [CONTAINER], "initContainers": [{"name": "init", "image": "a"}], "volumes": [{"name": "v"}]}
TARGET = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
BACKEND = {"service": {"name": "web", "port": {"number": 80}}}
SPECS: dict[Kind, dict[str, Any]] = {
    kinds.DEPLOYMENT: {
        "replicas": 2,
        "selector": {"matchLabels": LABELS},
        "template": {"metadata": {"labels": LABELS}, "spec": POD},
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "50%", "maxUnavailable": 0}},
        "minReadySeconds": 1,
        "progressDeadlineSeconds": 60,
    },
    kinds.POD: POD,
    kinds.SERVICE: {"selector": LABELS, "type": "NodePort", "ports": [{"port": 80, "targetPort": "http"}]},
    kinds.AUTOSCALER: {
        "scaleTargetRef": TARGET,
        "minReplicas": 1,
        "maxReplicas": 3,
        "metrics": [
            {
                "type": "Resource",
                "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}},
            }
        ],
        "behavior": {"scaleDown": {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 60}]}},
    },
    kinds.RESOURCE_QUOTA: {"hard": {"pods": "5", "requests.cpu": "2", "count/configmaps": "4"}},
    kinds.INGRESS: {
        "rules": [{"host": "a.example", "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": BACKEND}]}}]
    },
    kinds.HTTP_ROUTE: {
        "parentRefs": [{"name": "public", "namespace": "gateway-system"}],
        "hostnames": ["a.example"],
        "rules": [{"backendRefs": [{"name": "web", "port": 80, "weight": 1}], "matches": [{"path": {"value": "/"}}]}],
    },
    kinds.GATEWAY: {"gatewayClassName": "c", "listeners": [{"name": "http", "port": 80, "protocol": "HTTP"}]},
}
JUNK: st.SearchStrategy[Any] = st.sampled_from(
    [None, "", "x", 0, -1, 2**31, 1.5, True, [], {}, [None], {"a": None}, [{}], [[]], "5Gi", "Ä b", "110%"]
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    rows = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in rows:
        found += _places(item, (*path, key))
    return found


def _spoilt(body: dict[str, Any], path: tuple[Any, ...], junk: Any) -> dict[str, Any]:
    spoilt: dict[str, Any] = clone(body)
    place: Any = spoilt
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = junk
    return spoilt


def _body(kind: Kind) -> dict[str, Any]:
    meta = {"name": "web", "labels": {"a": "b"}, "annotations": {"c": "d"}, "finalizers": ["x.example/y"]}
    return {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": meta, "spec": SPECS[kind]}


def _cluster() -> Cluster:
    cluster = Cluster(name="north", now=1_700_000_000.0, nodes=1)
    cluster.settle(within=1.0)
    return cluster


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_spoilt_object_is_taken_or_refused_in_every_way_it_can_come(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(SPECS, key=lambda row: row.kind)))
    body = _body(kind)
    spoilt = _spoilt(body, data.draw(st.sampled_from(_places(body))), data.draw(JUNK))
    cluster = _cluster()
    api, write = cluster.api, Write("test", force=True)
    with contextlib.suppress(errors.ApiError):
        api.create(kind, "default", clone(spoilt), write=write)
    cluster.advance(cluster.now + 5.0)
    if cluster.store.get(kind, "default", "web") is None:
        with contextlib.suppress(errors.ApiError):
            api.create(kind, "default", _body(kind), write=write)
    for type_ in (APPLY_PATCH, MERGE_PATCH, STRATEGIC_PATCH):
        with contextlib.suppress(errors.ApiError):
            api.patch(kind, "default", "web", clone(spoilt), type_=type_, write=write)
        cluster.advance(cluster.now + 2.0)
    with contextlib.suppress(errors.ApiError):
        api.update(kind, "default", "web", clone(spoilt), write=write)
    cluster.advance(cluster.now + 5.0)
    assert json.dumps(cluster.dump(clean=True))


@settings(max_examples=80, deadline=None)
@given(
    path=st.sampled_from(_places(SPECS[kinds.DEPLOYMENT])), junk=JUNK, op=st.sampled_from(["add", "replace", "remove"])
)
def test_a_json_patch_anywhere_is_taken_or_refused(path: tuple[Any, ...], junk: Any, op: str) -> None:
    cluster = _cluster()
    cluster.api.create(kinds.DEPLOYMENT, "default", _body(kinds.DEPLOYMENT), write=Write("test"))
    pointer = "/spec/" + "/".join(str(step).replace("~", "~0").replace("/", "~1") for step in path)
    with contextlib.suppress(errors.ApiError):
        patch = [{"op": op, "path": pointer, "value": junk}]
        cluster.api.patch(kinds.DEPLOYMENT, "default", "web", patch, type_=JSON_PATCH, write=Write("test"))
    cluster.advance(cluster.now + 20.0)
    assert cluster.store.get(kinds.DEPLOYMENT, "default", "web") is not None


@pytest.mark.parametrize(
    "body", [None, [], "text", 5, {}, {"metadata": None}, {"metadata": []}, {"metadata": {"name": 5}}]
)
def test_what_is_no_object_is_refused(body: Any) -> None:
    cluster = _cluster()
    for kind in (kinds.DEPLOYMENT, kinds.CONFIG_MAP, kinds.HTTP_ROUTE):
        with pytest.raises(errors.ApiError):
            cluster.api.create(kind, "default", body, write=Write("test"))
        with pytest.raises(errors.ApiError):
            cluster.api.apply(kind, "default", "web", body, write=Write("test"))
