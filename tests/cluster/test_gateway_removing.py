"""Deleting what an app no longer has, and reading what it has, on a cluster whose instances really start."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from portal.errors import ClusterAway
from releases.gateway import AccessRefused, FenceLost, Gateway
from releases.gateway.errors import StillThere
from tenants.clusters import OBSERVER, Connection
from tests.cluster.outsider import Outsider
from tests.cluster.waiting import eventually

STALLS = "registry.example.com/shop:stall"
APP_ID = "11111111-2222-3333-4444-555555555555"
LABELS = {"slipway.dev/app": "shop", "slipway.dev/process": "web", "slipway.dev/track": "stable"}
OWNED = {**LABELS, "slipway.dev/app-id": APP_ID, "app.kubernetes.io/managed-by": "slipway"}


def manifest(api_version: str, kind: str, name: str, **fields: Any) -> dict[str, Any]:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name, "labels": OWNED}, **fields}


def config(name: str) -> dict[str, Any]:
    return manifest("v1", "ConfigMap", name, data={"a": "b"}, immutable=True)


def service(name: str) -> dict[str, Any]:
    return manifest("v1", "Service", name, spec={"selector": LABELS, "ports": [{"port": 80}]})


def deployment(
    name: str = "shop--web", *, image: str = "registry.example.com/shop:1.0", env_from: str = ""
) -> dict[str, Any]:
    container: dict[str, Any] = {"name": "web", "image": image}
    if env_from:
        container["envFrom"] = [{"configMapRef": {"name": env_from}}]
    template = {"metadata": {"labels": OWNED}, "spec": {"containers": [container]}}
    spec = {"selector": {"matchLabels": LABELS}, "template": template}
    return manifest("apps/v1", "Deployment", "shop--web", spec=spec)


def pods_of(gateway: Gateway) -> list[dict[str, Any]]:
    return list(gateway.list_app(APP_ID)["pods"])


def all_ready(pods: list[dict[str, Any]], *, count: int) -> bool:
    conditions = [entry for pod in pods for entry in pod["status"].get("conditions", []) if entry["type"] == "Ready"]
    return sum(entry["status"] == "True" for entry in conditions) == count == len(pods)


def until_ready(gateway: Gateway, *, count: int) -> None:
    eventually(lambda: all_ready(pods_of(gateway), count=count), what=f"{count} instances are ready")


# Prune


def test_what_the_app_no_longer_has_goes_and_the_rest_stays(gateway: Gateway, outsider: Outsider) -> None:
    for name in ("shop--web", "shop--old"):
        gateway.apply(service(name), fence=1, release="1")
    pruned = gateway.prune(app_id=APP_ID, keep={("Service", "shop--web")}, fence=2)
    assert (pruned.removed, pruned.spared) == ((("Service", "shop--old"),), ())
    assert outsider.exists("v1/services", "shop--web")
    assert not outsider.exists("v1/services", "shop--old")
    assert gateway.prune(app_id=APP_ID, keep={("Service", "shop--web")}, fence=2).removed == ()


def test_what_belongs_to_others_is_never_touched(gateway: Gateway, outsider: Outsider) -> None:
    unlabelled = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "spec": {"ports": [{"port": 80}]}}
    other_app = service("b")
    other_app["metadata"]["labels"] = {**OWNED, "slipway.dev/app-id": "another"}
    not_ours = service("c")
    not_ours["metadata"]["labels"] = {**OWNED, "app.kubernetes.io/managed-by": "Helm"}
    for body in (unlabelled, other_app, not_ours):
        outsider.create("v1/services", body)
    assert gateway.prune(app_id=APP_ID, keep=set(), fence=9).removed == ()
    assert all(outsider.exists("v1/services", name) for name in "abc")


def test_configuration_in_use_is_spared_until_nothing_uses_it(gateway: Gateway, outsider: Outsider) -> None:
    for name in ("shop--env-1", "shop--env-2", "shop--env-3"):
        gateway.apply(config(name), fence=1, release="1")
    gateway.apply(deployment(env_from="shop--env-1"), fence=1, release="1", replicas=2)
    until_ready(gateway, count=2)

    # The new instances never get ready, so the old ones stay for as long as it takes to look.
    gateway.apply(deployment(env_from="shop--env-2", image=STALLS), fence=2, release="2")
    keep = {("Deployment", "shop--web"), ("ConfigMap", "shop--env-2")}
    first = gateway.prune(app_id=APP_ID, keep=keep, fence=2)
    assert (first.removed, first.spared) == ((("ConfigMap", "shop--env-3"),), (("ConfigMap", "shop--env-1"),))

    gateway.apply(deployment(env_from="shop--env-2"), fence=3, release="3")

    def old_ones_are_gone() -> bool:
        return gateway.prune(app_id=APP_ID, keep=keep, fence=3).removed == (("ConfigMap", "shop--env-1"),)

    eventually(old_ones_are_gone, what="what the old instances used is pruned")
    assert outsider.exists("v1/configmaps", "shop--env-2")


def test_an_older_release_cannot_prune_what_a_newer_one_made(gateway: Gateway, outsider: Outsider) -> None:
    gateway.apply(service("shop--new"), fence=5, release="5")
    with pytest.raises(FenceLost):
        gateway.prune(app_id=APP_ID, keep=set(), fence=4)
    assert outsider.exists("v1/services", "shop--new")


def test_an_app_that_goes_leaves_nothing_behind(gateway: Gateway, outsider: Outsider) -> None:
    gateway.apply(config("shop--env-1"), fence=1, release="1")
    gateway.apply(service("shop--web"), fence=1, release="1")
    gateway.apply(deployment(env_from="shop--env-1"), fence=1, release="1", replicas=2)
    until_ready(gateway, count=2)

    def all_gone() -> bool:
        gateway.prune(app_id=APP_ID, keep=set(), fence=2)
        left = gateway.list_app(APP_ID)
        return not (left["workloads"] or left["replicasets"] or left["pods"])

    eventually(all_gone, what="everything is gone")
    gateway.prune(app_id=APP_ID, keep=set(), fence=2)
    assert not outsider.exists("v1/configmaps", "shop--env-1")


# Delete


def test_an_object_is_deleted_only_while_it_is_the_one_that_was_meant(gateway: Gateway, outsider: Outsider) -> None:
    applied = gateway.apply(service("shop--web"), fence=1, release="1")
    assert gateway.delete("Service", "shop--web", uid=str(uuid.uuid4())) is False
    assert outsider.exists("v1/services", "shop--web")
    assert gateway.delete("Service", "shop--web", uid=applied.uid) is True
    assert gateway.delete("Service", "shop--web", uid=applied.uid) is False


def test_an_instance_that_is_deleted_is_replaced(gateway: Gateway) -> None:
    gateway.apply(deployment(), fence=1, release="1", replicas=1)
    until_ready(gateway, count=1)
    pod = pods_of(gateway)[0]["metadata"]
    assert gateway.delete("Pod", pod["name"], uid=pod["uid"])

    def replaced() -> bool:
        pods = pods_of(gateway)  # one list for both questions: the old one may go between two
        return all_ready(pods, count=1) and pods[0]["metadata"]["uid"] != pod["uid"]

    eventually(replaced, what="another one is ready in its place")


# Reading


def test_an_app_is_listed_as_the_agent_tells_it(gateway: Gateway) -> None:
    gateway.apply(deployment(), fence=1, release="1", replicas=2)
    until_ready(gateway, count=2)
    counted = "the Deployment has counted them"
    eventually(lambda: gateway.list_app(APP_ID)["workloads"][0]["status"].get("readyReplicas") == 2, what=counted)
    listed = gateway.list_app(APP_ID)
    assert [(item["kind"], item["metadata"]["name"]) for item in listed["workloads"]] == [("Deployment", "shop--web")]
    assert [item["kind"] for item in listed["replicasets"]] == ["ReplicaSet"]
    assert [item["spec"]["containers"][0]["image"] for item in listed["pods"]] == ["registry.example.com/shop:1.0"] * 2
    assert int(listed["resource_version"]) >= int(listed["workloads"][0]["metadata"]["resourceVersion"])
    assert "managedFields" not in listed["workloads"][0]["metadata"]


def test_an_instance_that_crashes_has_logs_and_events(gateway: Gateway) -> None:
    gateway.apply(deployment(image="registry.example.com/shop:crash"), fence=1, release="1", replicas=1)

    def crashed() -> bool:
        pods = pods_of(gateway)
        statuses = pods[0]["status"].get("containerStatuses", []) if pods else []
        return bool(statuses) and statuses[0].get("restartCount", 0) >= 1

    eventually(crashed, what="it crashes")
    pod = pods_of(gateway)[0]["metadata"]
    lines = gateway.logs(pod["name"], container="web", tail=3, previous=True)
    assert 1 <= len(lines) <= 3
    wanted = {"BackOff", "Started"}
    eventually(lambda: wanted & {one["reason"] for one in gateway.events_for(pod["uid"])}, what="there are events")
    events = gateway.events_for(pod["uid"])
    assert [event["at"] for event in events] == sorted(event["at"] for event in events)


def test_logs_of_what_is_not_there_are_empty(gateway: Gateway) -> None:
    assert gateway.logs("nobody") == []
    assert gateway.events_for(str(uuid.uuid4())) == []


def test_the_cluster_tells_what_it_serves(gateway: Gateway) -> None:
    told = gateway.capabilities()
    assert told["server_version"].startswith("v1.")
    assert told["groups"]["apps"] == ["v1"]
    assert told["gateway_api"] == "v1"
    assert told["cloneset"] == told["groups"].get("apps.kruise.io", [""])[0]
    assert uuid.UUID(told["uid"])


# Namespaces, roles, access


def test_an_observer_cannot_write_even_by_mistake(cluster: Connection) -> None:
    with Gateway(cluster, namespace="slipway-any", role=OBSERVER) as gateway:
        with pytest.raises(ValueError, match="opened as observer"):
            gateway.apply(service("x"), fence=1, release="1")
        with pytest.raises(ValueError, match="opened as observer"):
            gateway.prune(app_id=APP_ID, keep=set(), fence=1)
        with pytest.raises(ValueError, match="opened as observer"):
            gateway.delete("Service", "x", uid="u")


def test_a_wrong_token_is_a_sentence_about_credentials(cluster: Connection) -> None:
    wrong = Connection(
        server=cluster.server, ca_pem=cluster.ca_pem, token="wrong-canary", client_cert="", client_key="", name="north"
    )
    with (
        Gateway(wrong, namespace="slipway-any") as gateway,
        pytest.raises(AccessRefused, match="credentials") as refused,
    ):
        gateway.find("Service", "x")
    assert "wrong-canary" not in str(refused.value)


def test_a_missing_namespace_says_what_to_set_up(cluster: Connection) -> None:
    with Gateway(cluster, namespace="slipway-nowhere") as gateway, pytest.raises(Exception, match="set up first"):
        gateway.apply(service("x"), fence=1, release="1")


def test_errors_that_are_ours_to_retry_are_platform_errors() -> None:
    assert {error.status for error in (ClusterAway, AccessRefused, StillThere)} == {503}


# One instance


def test_one_instance_is_deleted_and_another_one_comes(gateway: Gateway) -> None:
    gateway.apply(deployment(), fence=1, release="1", replicas=2)
    until_ready(gateway, count=2)
    first = pods_of(gateway)[0]["metadata"]
    workload = ("Deployment", "shop--web")
    assert gateway.delete_instance(first["name"], uid=first["uid"], workload=workload, fence=1)
    eventually(
        lambda: first["uid"] not in {pod["metadata"]["uid"] for pod in pods_of(gateway)}, what="the instance is gone"
    )
    until_ready(gateway, count=2)
    assert not gateway.delete_instance(first["name"], uid=first["uid"], workload=workload, fence=1)


def test_an_instance_of_something_else_is_not_deleted(gateway: Gateway, outsider: Outsider) -> None:
    gateway.apply(deployment(), fence=1, release="1", replicas=1)
    alone = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "alone", "labels": LABELS},
        "spec": {"containers": [{"name": "web", "image": "registry.example.com/shop:1.0"}]},
    }
    made = outsider.create("v1/pods", alone)
    uid = made["metadata"]["uid"]
    assert not gateway.delete_instance("alone", uid=uid, workload=("Deployment", "shop--web"), fence=9)
    assert outsider.exists("v1/pods", "alone")


def test_an_older_release_deletes_no_instance(gateway: Gateway) -> None:
    gateway.apply(deployment(), fence=5, release="5", replicas=1)
    until_ready(gateway, count=1)
    pod = pods_of(gateway)[0]["metadata"]
    with pytest.raises(FenceLost):
        gateway.delete_instance(pod["name"], uid=pod["uid"], workload=("Deployment", "shop--web"), fence=4)
