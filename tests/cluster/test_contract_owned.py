"""What whoever writes an object owns of it: the fields, and of what they lie in only what came with them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.cluster.manifests import Manifest, config_map, container, deployment, job, manifest, service, stateful_set
from tests.cluster.outsider import Outsider

DEPLOYMENTS = "apps/v1/deployments"
TEMPLATE = "spec.template"
ROW = 'containers.{"name":"%s"}'


def owned(obj: dict[str, Any], manager: str) -> dict[str, Any]:
    """The fields of one manager."""
    rows = [row["fieldsV1"] for row in obj["metadata"]["managedFields"] if row["manager"] == manager]
    assert len(rows) == 1
    fields: dict[str, Any] = rows[0]
    return fields


def whole(fields: dict[str, Any], path: str = "") -> Iterator[str]:
    """Where something with members is owned itself, too."""
    for step, inner in fields.items():
        if step == ".":
            yield path
        else:
            yield from whole(inner, f"{path}.{step[2:]}".lstrip("."))


CLAIM = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
SCALED = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
POD = {"containers": [container()]}
TASK = {"metadata": {"labels": {"a": "b"}}, "spec": job()["spec"]["template"]["spec"]}
TASKS = {"schedule": "* * * * *", "jobTemplate": {"metadata": {"labels": {"a": "b"}}, "spec": {"template": TASK}}}
LISTENER = {"name": "a", "port": 80, "protocol": "HTTP"}
CASES: list[tuple[str, Manifest, list[str]]] = [
    (
        DEPLOYMENTS,
        deployment(),
        ["spec.strategy.rollingUpdate", f"{TEMPLATE}.metadata.labels", f"{TEMPLATE}.spec.{ROW % 'web'}"],
    ),
    (
        "apps/v1/statefulsets",
        stateful_set(volumeClaimTemplates=[{"metadata": {"name": "data"}, "spec": CLAIM}]),
        [
            "spec.persistentVolumeClaimRetentionPolicy",
            f"{TEMPLATE}.metadata.labels",
            f"{TEMPLATE}.spec.{ROW % 'db'}",
            "spec.updateStrategy.rollingUpdate",
        ],
    ),
    ("batch/v1/jobs", job(), [f"{TEMPLATE}.spec.{ROW % 'job'}"]),
    (
        "batch/v1/cronjobs",
        manifest("batch/v1", "CronJob", "nightly", spec=TASKS),
        [
            "spec.jobTemplate.metadata.labels",
            f"spec.jobTemplate.{TEMPLATE}.metadata.labels",
            f"spec.jobTemplate.{TEMPLATE}.spec.{ROW % 'job'}",
        ],
    ),
    ("v1/pods", manifest("v1", "Pod", "web", spec=POD), [f"spec.{ROW % 'web'}"]),
    ("v1/services", service(), ["spec.ports", 'spec.ports.{"port":80,"protocol":"TCP"}']),
    ("v1/configmaps", config_map(), ["data"]),
    (
        "v1/persistentvolumeclaims",
        manifest("v1", "PersistentVolumeClaim", "data", spec=CLAIM),
        ["spec.resources.requests"],
    ),
    ("v1/resourcequotas", manifest("v1", "ResourceQuota", "most", spec={"hard": {"pods": "9"}}), ["spec.hard"]),
    (
        "networking.k8s.io/v1/ingresses",
        manifest(
            "networking.k8s.io/v1",
            "Ingress",
            "web",
            spec={"defaultBackend": {"service": {"name": "web", "port": {"number": 80}}}},
        ),
        ["spec.defaultBackend", "spec.defaultBackend.service"],
    ),
    (
        "autoscaling/v2/horizontalpodautoscalers",
        manifest("autoscaling/v2", "HorizontalPodAutoscaler", "web", spec={"scaleTargetRef": SCALED, "maxReplicas": 3}),
        [],
    ),
    (
        "gateway.networking.k8s.io/v1/gateways",
        manifest(
            "gateway.networking.k8s.io/v1", "Gateway", "web", spec={"gatewayClassName": "x", "listeners": [LISTENER]}
        ),
        [
            "spec",
            "spec.listeners",
            'spec.listeners.{"name":"a"}',
            'spec.listeners.{"name":"a"}.allowedRoutes',
            'spec.listeners.{"name":"a"}.allowedRoutes.namespaces',
        ],
    ),
]


@pytest.mark.parametrize(("resource", "body", "expected"), CASES, ids=[row[0] for row in CASES])
def test_what_is_always_there_is_owned_by_nobody(
    outsider: Outsider, resource: str, body: Manifest, expected: list[str]
) -> None:
    made = outsider.create(resource, body, manager="first")
    assert sorted(whole(owned(made, "first"))) == sorted(expected)


def test_of_a_container_that_is_renamed_nothing_is_left_to_whoever_had_it(outsider: Outsider) -> None:
    outsider.create(DEPLOYMENTS, deployment(replicas=0), manager="first")
    renaming = {"op": "replace", "path": "/spec/template/spec/containers/0/name", "value": "other"}
    changed = outsider.edit(DEPLOYMENTS, "web", renaming, manager="second")
    assert "f:containers" not in owned(changed, "first")["f:spec"]["f:template"]["f:spec"]
    template = owned(changed, "second")["f:spec"]["f:template"]
    assert list(whole(template)) == [f"spec.{ROW % 'other'}"]


def test_of_a_strategy_that_is_another_nothing_is_left_to_whoever_had_it(outsider: Outsider) -> None:
    outsider.create(DEPLOYMENTS, deployment(replicas=0), manager="first")
    body = {"spec": {"strategy": {"type": "Recreate", "rollingUpdate": None}}}
    changed = outsider.merge(DEPLOYMENTS, "web", body, manager="second")
    assert "f:strategy" not in owned(changed, "first")["f:spec"]
    assert owned(changed, "second") == {"f:spec": {"f:strategy": {"f:type": {}}}}


def test_what_a_template_limits_it_does_not_ask_for_until_there_is_a_pod(outsider: Outsider) -> None:
    limited = container(resources={"limits": {"cpu": "1"}})
    body = deployment(replicas=0)
    body["spec"]["template"]["spec"]["containers"] = [limited]
    made = outsider.create(DEPLOYMENTS, body)
    assert made["spec"]["template"]["spec"]["containers"][0]["resources"] == {"limits": {"cpu": "1"}}
    pod = outsider.create("v1/pods", manifest("v1", "Pod", "web", spec={"containers": [limited]}))
    assert pod["spec"]["containers"][0]["resources"] == {"limits": {"cpu": "1"}, "requests": {"cpu": "1"}}


def test_what_a_cluster_adds_by_itself_nobody_owns(outsider: Outsider) -> None:
    pod = outsider.create("v1/pods", manifest("v1", "Pod", "web", spec=POD), manager="first")
    assert pod["spec"]["serviceAccountName"] == "default"
    assert len(pod["spec"]["tolerations"]) == 2
    assert not {"f:serviceAccountName", "f:serviceAccount", "f:tolerations"} & set(owned(pod, "first")["f:spec"])
    made = outsider.create("v1/services", service(), manager="first")
    assert made["spec"]["ipFamilies"] == ["IPv4"]
    assert not {"f:ipFamilies", "f:ipFamilyPolicy", "f:clusterIP"} & set(owned(made, "first")["f:spec"])
