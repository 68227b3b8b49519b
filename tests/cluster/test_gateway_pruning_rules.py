"""What the gateway decides without asking a cluster: what may go, and what is kept of what a cluster reports."""

from __future__ import annotations

from typing import Any

import pytest

from releases.gateway.kinds import PRUNED, kind_named, kind_of
from releases.gateway.pruning import divide, in_order
from releases.gateway.trimming import plain_text, trim

# Pruning


def pod_spec(**fields: Any) -> dict[str, Any]:
    return {"containers": [{"name": "c", **fields}]}


def item(name: str, **fields: Any) -> dict[str, Any]:
    return {"metadata": {"name": name}, **fields}


def config(*names: str) -> dict[tuple[str, str], dict[str, Any]]:
    return {("ConfigMap", name): item(name) for name in names}


def test_what_is_not_kept_goes() -> None:
    doomed, spared = divide(
        {("Service", "a"): item("a"), ("Service", "b"): item("b")}, keep={("Service", "a")}, running=[]
    )
    assert (doomed, spared) == ([("Service", "b")], [])


@pytest.mark.parametrize(
    "spec",
    [
        pod_spec(envFrom=[{"configMapRef": {"name": "used"}}]),
        pod_spec(env=[{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "used", "key": "a"}}}]),
        {"volumes": [{"name": "v", "configMap": {"name": "used"}}]},
        {"volumes": [{"name": "v", "projected": {"sources": [{"configMap": {"name": "used"}}]}}]},
        {"initContainers": [{"name": "i", "envFrom": [{"configMapRef": {"name": "used"}}]}]},
    ],
)
def test_configuration_that_an_instance_uses_is_spared_however_it_is_named(spec: dict[str, Any]) -> None:
    doomed, spared = divide(config("used", "free"), keep=(), running=[("Pod", item("p", spec=spec))])
    assert (doomed, spared) == ([("ConfigMap", "free")], [("ConfigMap", "used")])


@pytest.mark.parametrize(
    "spec",
    [
        pod_spec(envFrom=[{"secretRef": {"name": "used"}}]),
        pod_spec(env=[{"name": "A", "valueFrom": {"secretKeyRef": {"name": "used", "key": "a"}}}]),
        {"volumes": [{"name": "v", "secret": {"secretName": "used"}}]},
        {"volumes": [{"name": "v", "projected": {"sources": [{"secret": {"name": "used"}}]}}]},
        {"imagePullSecrets": [{"name": "used"}]},
    ],
)
def test_secrets_that_an_instance_uses_are_spared_however_they_are_named(spec: dict[str, Any]) -> None:
    listed = {("Secret", "used"): item("used"), ("Secret", "free"): item("free")}
    doomed, spared = divide(listed, keep=(), running=[("Pod", item("p", spec=spec))])
    assert (doomed, spared) == ([("Secret", "free")], [("Secret", "used")])


def test_only_what_still_runs_holds_its_configuration() -> None:
    template = {"template": {"spec": pod_spec(envFrom=[{"configMapRef": {"name": "used"}}])}}
    down = ("ReplicaSet", item("rs", spec={"replicas": 0, **template}, status={"replicas": 0}))
    going = ("ReplicaSet", item("rs", spec={"replicas": 0, **template}, status={"replicas": 1}))
    over = ("Pod", item("p", spec=template["template"]["spec"], status={"phase": "Succeeded"}))
    assert divide(config("used"), keep=(), running=[down, over])[0] == [("ConfigMap", "used")]
    assert divide(config("used"), keep=(), running=[going])[0] == []


def test_what_another_object_owns_goes_with_its_owner() -> None:
    owned = {"metadata": {"name": "x", "ownerReferences": [{"kind": "CronJob", "name": "c", "controller": True}]}}
    assert divide({("ConfigMap", "x"): owned}, keep=(), running=[]) == ([], [])


def test_traffic_is_taken_away_before_what_answers_it() -> None:
    keys = [("ServiceAccount", "a"), ("ConfigMap", "a"), ("Deployment", "a"), ("Service", "a"), ("HTTPRoute", "a")]
    assert [kind for kind, _name in in_order(keys)] == [
        "HTTPRoute",
        "Service",
        "Deployment",
        "ConfigMap",
        "ServiceAccount",
    ]


def test_volumes_are_never_among_what_is_pruned() -> None:
    kinds = {kind.kind for kind in PRUNED}
    assert "Deployment" in kinds
    assert not kinds & {"PersistentVolumeClaim", "PersistentVolume", "Namespace", "Pod"}


# Kinds and trimming


def test_a_kind_knows_where_it_is_served() -> None:
    assert kind_named("Pod").path == "/api/v1/pods"
    assert kind_named("Deployment").path == "/apis/apps/v1/deployments"
    assert (
        kind_of({"apiVersion": "apps.kruise.io/v1alpha1", "kind": "CloneSet"}).path
        == "/apis/apps.kruise.io/v1alpha1/clonesets"
    )
    with pytest.raises(ValueError, match="CustomResourceDefinition"):
        kind_named("CustomResourceDefinition")


def test_trimming_keeps_what_observations_read_and_the_shape_of_it() -> None:
    pod = {
        "metadata": {
            "name": "p",
            "uid": "u",
            "managedFields": [1] * 100,
            "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}", "a": "b"},
            "ownerReferences": [
                {"kind": "ReplicaSet", "name": "r", "uid": "ru", "controller": True, "blockOwnerDeletion": True}
            ],
        },
        "spec": {
            "nodeName": "n",
            "containers": [{"name": "c", "image": "i", "env": [{"name": "SECRET", "value": "x"}]}],
        },
        "status": {"phase": "Running"},
    }
    assert trim(pod, kind="Pod", api_version="v1") == {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "p",
            "uid": "u",
            "annotations": {"a": "b"},
            "ownerReferences": [{"kind": "ReplicaSet", "name": "r", "uid": "ru", "controller": True}],
        },
        "spec": {"nodeName": "n", "containers": [{"name": "c", "image": "i"}]},
        "status": {"phase": "Running"},
    }


def test_log_lines_lose_colours_and_control_characters() -> None:
    assert plain_text("\x1b[31mred\x1b[0m\x00 \x1b]0;title\x07done\u202e\r\n") == "red  done"
    assert plain_text("x" * 5_000, limit=10) == "x" * 10
