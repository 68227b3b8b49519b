"""Autoscalers in the version that `kubectl autoscale` speaks: one object, told in two ways."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cluster.manifests import Manifest, deployment, manifest
from tests.cluster.outsider import Outsider
from tests.cluster.refusals import refused

V1, V2 = "autoscaling/v1/horizontalpodautoscalers", "autoscaling/v2/horizontalpodautoscalers"
TARGET = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
NOTES = "autoscaling.alpha.kubernetes.io/"
PATCH = "application/merge-patch+json"


def first(**spec: Any) -> Manifest:
    return manifest(
        "autoscaling/v1", "HorizontalPodAutoscaler", "web", spec={"scaleTargetRef": TARGET, "maxReplicas": 3, **spec}
    )


def second(**spec: Any) -> Manifest:
    return {**first(**spec), "apiVersion": "autoscaling/v2"}


def by(resource: str, kind: str = "Utilization", amount: Any = 70) -> dict[str, Any]:
    field = "averageUtilization" if kind == "Utilization" else "averageValue"
    return {"type": "Resource", "resource": {"name": resource, "target": {"type": kind, field: amount}}}


MEMORY = by("memory", "AverageValue", "100Mi")
QUEUE = {"name": "queue", "selector": {"matchLabels": {"a": "b"}}}
METRICS = [
    MEMORY,
    by("cpu"),
    by("memory", amount=60),
    {"type": "Pods", "pods": {"metric": QUEUE, "target": {"type": "AverageValue", "averageValue": "10"}}},
    {
        "type": "Object",
        "object": {
            "metric": {"name": "queue"},
            "describedObject": {"apiVersion": "v1", "kind": "Service", "name": "web"},
            "target": {"type": "Value", "value": "10"},
        },
    },
    {"type": "External", "external": {"metric": QUEUE, "target": {"type": "Value", "value": "10"}}},
    {
        "type": "ContainerResource",
        "containerResource": {
            "name": "cpu",
            "container": "web",
            "target": {"type": "Utilization", "averageUtilization": 30},
        },
    },
]
OLDER = [
    {"type": "Resource", "resource": {"name": "memory", "targetAverageValue": "100Mi"}},
    {"type": "Resource", "resource": {"name": "memory", "targetAverageUtilization": 60}},
    {
        "type": "Pods",
        "pods": {"metricName": "queue", "targetAverageValue": "10", "selector": {"matchLabels": {"a": "b"}}},
    },
    {
        "type": "Object",
        "object": {
            "target": {"kind": "Service", "name": "web", "apiVersion": "v1"},
            "metricName": "queue",
            "targetValue": "10",
        },
    },
    {
        "type": "External",
        "external": {"metricName": "queue", "metricSelector": {"matchLabels": {"a": "b"}}, "targetValue": "10"},
    },
    {
        "type": "ContainerResource",
        "containerResource": {"name": "cpu", "targetAverageUtilization": 30, "container": "web"},
    },
]
SLOWLY = (
    '{"ScaleUp":{"StabilizationWindowSeconds":0,"SelectPolicy":"Max","Policies":[{"Type":"Pods","Value":4,'
    '"PeriodSeconds":15},{"Type":"Percent","Value":100,"PeriodSeconds":15}],"Tolerance":null},"ScaleDown":'
    '{"StabilizationWindowSeconds":5,"SelectPolicy":"Max","Policies":[{"Type":"Percent","Value":100,'
    '"PeriodSeconds":15}],"Tolerance":null}}'
)


def compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def owned(obj: dict[str, Any]) -> dict[tuple[str, str], Any]:
    """The spec's fields of each manager and version."""
    rows = obj["metadata"]["managedFields"]
    return {
        (row["manager"], row["apiVersion"]): row["fieldsV1"]["f:spec"] for row in rows if "f:spec" in row["fieldsV1"]
    }


def test_both_versions_are_told(outsider: Outsider) -> None:
    group = outsider._send("GET", "/apis/autoscaling", {})
    assert [row["version"] for row in group["versions"]] == ["v2", "v1"]
    assert group["preferredVersion"]["version"] == "v2"
    for version in ("v1", "v2"):
        told = outsider._send("GET", f"/apis/autoscaling/{version}", {})
        assert [row["name"] for row in told["resources"]] == [
            "horizontalpodautoscalers",
            "horizontalpodautoscalers/status",
        ]


@pytest.mark.parametrize(("said", "percent"), [({}, 80), ({"targetCPUUtilizationPercentage": 50}, 50)])
def test_a_use_of_cpu_is_a_metric(outsider: Outsider, said: dict[str, int], percent: int) -> None:
    made = outsider.create(V1, first(**said), manager="one")
    assert made["apiVersion"] == "autoscaling/v1"
    assert made["spec"] == {**first()["spec"], "minReplicas": 1, "targetCPUUtilizationPercentage": percent}
    assert made["status"] == {"currentReplicas": 0, "desiredReplicas": 0}
    fields = {"f:maxReplicas", "f:minReplicas", "f:scaleTargetRef", "f:targetCPUUtilizationPercentage"}
    assert owned(made) == {("one", "autoscaling/v1"): {key: {} for key in fields}}
    other = outsider.get(V2, "web")
    assert other["apiVersion"] == "autoscaling/v2"
    assert other["spec"] == {**first()["spec"], "minReplicas": 1, "metrics": [by("cpu", amount=percent)]}
    assert owned(other) == owned(made)


def test_all_else_is_told_in_annotations(outsider: Outsider) -> None:
    body = second(metrics=METRICS, behavior={"scaleDown": {"stabilizationWindowSeconds": 5}})
    assert "annotations" not in outsider.create(V2, body)["metadata"]
    shown = outsider.get(V1, "web")
    assert shown["spec"] == {**first()["spec"], "minReplicas": 1, "targetCPUUtilizationPercentage": 70}
    notes = shown["metadata"]["annotations"]
    assert (notes[f"{NOTES}metrics"], notes[f"{NOTES}behavior"]) == (compact(OLDER), SLOWLY)


def test_what_is_changed_in_one_version_leaves_the_rest_as_it_was(outsider: Outsider) -> None:
    body = second(metrics=METRICS, behavior={"scaleDown": {"stabilizationWindowSeconds": 5}})
    before = outsider.create(V2, body, manager="one")["spec"]
    outsider.merge(V1, "web", {"spec": {"targetCPUUtilizationPercentage": 33}}, manager="two")
    after = outsider.get(V2, "web")
    others = [row for row in METRICS if row != by("cpu")]
    assert after["spec"] == {**before, "metrics": [*others, by("cpu", amount=33)]}
    assert owned(after)[("two", "autoscaling/v1")] == {"f:targetCPUUtilizationPercentage": {}}
    assert "f:metrics" not in owned(after)[("one", "autoscaling/v2")]
    assert "f:behavior" in owned(after)[("one", "autoscaling/v2")]


def test_who_writes_in_both_versions_owns_in_both(outsider: Outsider) -> None:
    outsider.create(V1, first(), manager="one")
    changed = outsider.edit(V2, "web", {"op": "replace", "path": "/spec/minReplicas", "value": 2}, manager="one")
    assert owned(changed)[("one", "autoscaling/v2")] == {"f:minReplicas": {}}
    assert "f:minReplicas" not in owned(changed)[("one", "autoscaling/v1")]


def test_a_note_is_read_and_one_that_is_none_says_nothing(outsider: Outsider) -> None:
    outsider.create(V2, second(metrics=[MEMORY]))
    slowly = '{"ScaleDown":{"SelectPolicy":"Min","Policies":[{"Type":"Pods","Value":1,"PeriodSeconds":60}]}}'
    outsider.merge(V1, "web", {"metadata": {"annotations": {"a": "b", f"{NOTES}behavior": slowly}}})
    changed = outsider.get(V2, "web")
    assert changed["metadata"]["annotations"] == {"a": "b"}
    policy = {"type": "Pods", "value": 1, "periodSeconds": 60}
    assert changed["spec"]["behavior"]["scaleDown"] == {"selectPolicy": "Min", "policies": [policy]}
    outsider.merge(V1, "web", {"metadata": {"annotations": {f"{NOTES}metrics": "none"}}})
    assert outsider.get(V2, "web")["spec"]["metrics"] == [by("cpu", amount=80)]


def test_who_applies_in_one_version_conflicts_with_the_other(outsider: Outsider) -> None:
    outsider.create(V2, second(metrics=[by("cpu")]), manager="one")
    wanted = first(targetCPUUtilizationPercentage=50)
    said = 'Apply failed with 1 conflict: conflict with "one" using autoscaling/v2: .spec.metrics'
    assert refused(lambda: outsider.apply(V1, "web", wanted))["message"] == said
    path = outsider._path(V1, "web")
    query = {"fieldManager": "two", "force": "true"}
    taken = outsider._send("PATCH", path, query, wanted, "application/apply-patch+yaml")
    assert taken["spec"]["targetCPUUtilizationPercentage"] == 50
    assert "f:metrics" not in owned(taken)[("one", "autoscaling/v2")]
    said = 'Apply failed with 1 conflict: conflict with "two": .spec.targetCPUUtilizationPercentage'
    assert refused(lambda: outsider.apply(V2, "web", second(metrics=[by("cpu")])))["message"] == said


def test_a_list_and_a_watch_tell_the_version_that_is_asked_for(outsider: Outsider) -> None:
    start = outsider.get(V1)
    assert (start["kind"], start["apiVersion"]) == ("HorizontalPodAutoscalerList", "autoscaling/v1")
    version = start["metadata"]["resourceVersion"]
    outsider.create(V2, second(metrics=[by("cpu")]))
    for resource, field in ((V1, "targetCPUUtilizationPercentage"), (V2, "metrics")):
        assert field in outsider.get(resource)["items"][0]["spec"]
        event = next(outsider.watch(resource, version, timeoutSeconds="5"))
        assert (event["type"], event["object"]["apiVersion"]) == ("ADDED", resource.rpartition("/")[0])
        assert field in event["object"]["spec"]


def test_a_measure_is_told_in_both_versions(outsider: Outsider) -> None:
    outsider.create("apps/v1/deployments", deployment(replicas=0))
    outsider.create(V2, second())
    current = {"averageUtilization": 48, "averageValue": "48m"}
    measured = {"type": "Resource", "resource": {"name": "cpu", "current": current}}
    condition = {
        "type": "Told",
        "status": "True",
        "lastTransitionTime": "2026-01-01T00:00:00Z",
        "reason": "Here",
        "message": "so",
    }
    status = {"currentMetrics": [measured], "conditions": [condition]}
    outsider._send("PATCH", outsider._path(V2, "web") + "/status", {"dryRun": "All"}, {"status": status}, PATCH)
    path, query = outsider._path(V1, "web") + "/status", {"dryRun": "All"}
    notes = {
        f"{NOTES}current-metrics": '[{"type":"Resource","resource":{"name":"cpu","currentAverageValue":"48m"}}]',
        f"{NOTES}conditions": compact([condition]),
    }
    body = {"metadata": {"annotations": notes}, "status": {"currentReplicas": 2}}
    shown = outsider._send("PATCH", path, query, body, PATCH)
    assert shown["metadata"]["annotations"][f"{NOTES}current-metrics"] == notes[f"{NOTES}current-metrics"]
    assert shown["metadata"]["annotations"][f"{NOTES}conditions"] == notes[f"{NOTES}conditions"]
    assert shown["status"] == {"currentReplicas": 2, "desiredReplicas": 0}


def test_another_version_than_that_of_the_address_is_refused(outsider: Outsider) -> None:
    said = "the API version in the data (autoscaling/v2) does not match the expected API version (autoscaling/v1)"
    assert refused(lambda: outsider.create(V1, second()))["message"] == said
    said = "invalid object type: autoscaling/v1, Kind=HorizontalPodAutoscaler"
    assert refused(lambda: outsider.apply(V2, "web", first()))["message"] == said


LEAST, MOST = "must be greater than or equal to 1", "must be greater than 0"
ZERO = "Forbidden: must specify at least one Object or External metric to support scaling to zero replicas"
REFERENCE = "spec.scaleTargetRef"
WRONG: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({"minReplicas": 0}, {"spec.minReplicas": f"Invalid value: 0: {LEAST}", "spec.metrics": ZERO}),
    ({"minReplicas": -1}, {"spec.minReplicas": f"Invalid value: -1: {LEAST}"}),
    (
        {"scaleTargetRef": {"kind": "Deployment", "name": "web"}},
        {f"{REFERENCE}.apiVersion": 'Invalid value: "": apiVersion must specify API group'},
    ),
    (
        {"scaleTargetRef": {**TARGET, "apiVersion": "a/b/c", "name": "a/b"}},
        {
            f"{REFERENCE}.name": "Invalid value: \"a/b\": may not contain '/'",
            f"{REFERENCE}.apiVersion": 'Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
        },
    ),
    (
        {"targetCPUUtilizationPercentage": 0},
        {"spec.metrics[0].resource.target.averageUtilization": f"Invalid value: 0: {MOST}"},
    ),
]


@pytest.mark.parametrize(("spec", "causes"), WRONG)
def test_what_is_wrong_is_told_as_of_the_kept_version(
    outsider: Outsider, spec: dict[str, Any], causes: dict[str, str]
) -> None:
    said = json.loads(outsider.refusal(V1, first(**spec)))["details"]["causes"]
    assert {row["field"]: row["message"] for row in said} == causes
