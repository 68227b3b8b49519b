"""Creating, changing and scaling objects: once, by the newest release only, and never against another tool."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from portal.errors import ClusterAway
from releases.gateway import FenceLost, FieldConflict, Gateway, ManifestRefused, StillThere, Vanished
from releases.gateway import applying as applying_module
from releases.gateway.client import Client
from tenants.clusters import Connection
from tests.cluster.outsider import Outsider, connection_to
from tests.cluster.simulators import Simulator

DEPLOYMENTS = "apps/v1/deployments"


def deployment(name: str = "shop--web", *, app_id: str = "7", image: str = "shop:1", **spec: Any) -> dict[str, Any]:
    labels = {"slipway.dev/app": "shop", "slipway.dev/process": "web", "slipway.dev/track": "stable"}
    container = {"name": "web", "image": image, "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "labels": {**labels, "slipway.dev/app-id": app_id}},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
            **spec,
        },
    }


def service(name: str = "shop--web", *, port: int = 80) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "labels": {"slipway.dev/app-id": "7"}},
        "spec": {
            "selector": {"slipway.dev/app": "shop"},
            "ports": [{"name": "http", "port": port, "targetPort": 8080}],
        },
    }


@pytest.fixture
def cluster(simulator: Simulator) -> Connection:
    return connection_to(simulator)


@pytest.fixture
def gateway(cluster: Connection) -> Iterator[Gateway]:
    with Gateway(cluster, namespace=f"slipway-{uuid.uuid4().hex[:8]}") as opened:
        opened.ensure_namespace()
        yield opened


@pytest.fixture
def outsider(cluster: Connection, gateway: Gateway) -> Outsider:
    return Outsider(cluster, namespace=gateway.namespace)


def container_of(live: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = live["spec"]["template"]["spec"]["containers"][0]
    return found


def owners(live: dict[str, Any]) -> set[tuple[str, str]]:
    return {(entry["manager"], entry["operation"]) for entry in live["metadata"]["managedFields"]}


# Creating and changing


def test_what_is_not_there_is_created(gateway: Gateway, outsider: Outsider) -> None:
    applied = gateway.apply(deployment(), fence=4, release="12", replicas=3)
    live = outsider.get(DEPLOYMENTS, "shop--web")
    assert (applied.created, applied.changed, applied.generation) == (True, True, 1)
    assert applied.uid == live["metadata"]["uid"]
    assert live["spec"]["replicas"] == 3
    assert live["metadata"]["annotations"]["slipway.dev/fence"] == "4"
    assert live["metadata"]["labels"]["slipway.dev/release"] == "12"
    assert "slipway.dev/release" not in live["spec"]["template"]["metadata"]["labels"]


def test_the_same_again_writes_nothing(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    first = gateway.apply(deployment(), fence=4, release="12", replicas=3)
    before_next_write(monkeypatch, lambda: pytest.fail("something was written"))
    again = gateway.apply(deployment(), fence=4, release="12", replicas=3)
    assert (again.created, again.changed, again.uid, again.generation) == (False, False, first.uid, 1)


def test_a_change_is_one_new_generation(gateway: Gateway, outsider: Outsider) -> None:
    first = gateway.apply(deployment(), fence=4, release="12", replicas=3)
    second = gateway.apply(deployment(image="shop:2"), fence=5, release="13", replicas=3)
    assert (second.created, second.changed, second.uid) == (False, True, first.uid)
    assert second.generation == first.generation + 1
    assert container_of(outsider.get(DEPLOYMENTS, "shop--web"))["image"] == "shop:2"


def test_a_newer_release_of_the_same_manifest_raises_the_fence_and_not_the_generation(
    gateway: Gateway, outsider: Outsider
) -> None:
    first = gateway.apply(deployment(), fence=4, release="12", replicas=3)
    second = gateway.apply(deployment(), fence=5, release="13", replicas=3)
    assert (second.changed, second.generation) == (True, first.generation)
    assert outsider.get(DEPLOYMENTS, "shop--web")["metadata"]["annotations"]["slipway.dev/fence"] == "5"


def test_a_field_that_a_manifest_drops_goes_away_even_right_after_the_creation(
    gateway: Gateway, outsider: Outsider
) -> None:
    gateway.apply(deployment(minReadySeconds=5), fence=1, release="1", replicas=3)
    smaller = deployment()
    container_of(smaller)["env"] = [{"name": "A", "value": "1"}]
    gateway.apply(smaller, fence=2, release="2")
    live = outsider.get(DEPLOYMENTS, "shop--web")
    assert "minReadySeconds" not in live["spec"]
    assert container_of(live)["env"] == [{"name": "A", "value": "1"}]


def test_after_the_first_change_nothing_is_owned_through_updates_of_ours(gateway: Gateway, outsider: Outsider) -> None:
    gateway.apply(deployment(), fence=1, release="1", replicas=3)
    gateway.apply(deployment(image="shop:2"), fence=2, release="2")
    live = outsider.get(DEPLOYMENTS, "shop--web")
    assert {("slipway", "Apply"), ("slipway-replicas", "Apply")} <= owners(live)
    assert ("slipway", "Update") not in owners(live)


def test_what_others_added_stays(gateway: Gateway, outsider: Outsider) -> None:
    gateway.apply(deployment(), fence=1, release="1", replicas=1)
    outsider.merge(DEPLOYMENTS, "shop--web", {"metadata": {"annotations": {"team": "blue"}}})
    gateway.apply(deployment(image="shop:2"), fence=2, release="2")
    assert outsider.get(DEPLOYMENTS, "shop--web")["metadata"]["annotations"]["team"] == "blue"


def test_objects_without_instances_take_the_same_way(gateway: Gateway, outsider: Outsider) -> None:
    created = gateway.apply(service(), fence=1, release="1")
    changed = gateway.apply(service(port=8080), fence=2, release="2")
    assert (created.created, changed.created, changed.changed) == (True, False, True)
    assert [row["port"] for row in outsider.get("v1/services", "shop--web")["spec"]["ports"]] == [8080]


@pytest.fixture
def faulty(simulator: Simulator) -> Iterator[Simulator]:
    yield simulator
    simulator.faults(lose_answers=0, down=False, status=0)


@pytest.mark.parametrize("fence", [1, 2])
def test_an_answer_that_is_lost_does_not_make_the_write_happen_twice(
    gateway: Gateway, faulty: Simulator, fence: int
) -> None:
    for number in range(1, fence):
        gateway.apply(deployment(image=f"shop:{number}"), fence=number, release=str(number), replicas=3)
    wanted = deployment(image=f"shop:{fence}")
    for _attempt in range(4):
        faulty.faults(lose_answers=1)
        try:
            applied = gateway.apply(wanted, fence=fence, release=str(fence), replicas=3)
        except ClusterAway:
            continue
        break
    assert (applied.created, applied.changed, applied.generation) == (False, False, fence)
    changes = faulty.counts()[f"deployments.apps/{gateway.namespace}/shop--web"]["slipway"]
    assert changes.get("create") == 1


# Fences


def test_an_older_release_cannot_write_over_a_newer_one(gateway: Gateway, outsider: Outsider) -> None:
    gateway.apply(deployment(image="shop:2"), fence=5, release="13", replicas=3)
    with pytest.raises(FenceLost, match="newer release"):
        gateway.apply(deployment(image="shop:1"), fence=4, release="12")
    with pytest.raises(FenceLost):
        gateway.set_replicas("Deployment", "shop--web", replicas=9, fence=4)
    live = outsider.get(DEPLOYMENTS, "shop--web")
    assert (container_of(live)["image"], live["spec"]["replicas"]) == ("shop:2", 3)


def test_a_newer_release_between_reading_and_writing_wins(
    gateway: Gateway, cluster: Connection, outsider: Outsider, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway.apply(deployment(), fence=4, release="12", replicas=3)

    def newer_one_comes() -> None:
        with Gateway(cluster, namespace=gateway.namespace) as newer:
            newer.apply(deployment(image="shop:new"), fence=6, release="14")

    before_next_write(monkeypatch, newer_one_comes)
    with pytest.raises(FenceLost):
        gateway.apply(deployment(image="shop:old"), fence=5, release="13")
    assert container_of(outsider.get(DEPLOYMENTS, "shop--web"))["image"] == "shop:new"


def before_next_write(monkeypatch: pytest.MonkeyPatch, happens: Any) -> None:
    """Let something happen in the moment between the gateway's reading and its next write."""
    send = Client.json
    waiting = [happens]

    def json(self: Client, method: str, *arguments: Any, **options: Any) -> dict[str, Any]:
        if method in ("PATCH", "POST", "DELETE") and waiting:
            waiting.pop()()
        return send(self, method, *arguments, **options)

    monkeypatch.setattr(Client, "json", json)


# Deletions


def test_what_is_deleted_between_reading_and_writing_is_not_created_again(
    gateway: Gateway, outsider: Outsider, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway.apply(service(), fence=1, release="1")
    before_next_write(monkeypatch, lambda: outsider.delete("v1/services", "shop--web"))
    with pytest.raises(Vanished):
        gateway.apply(service(port=8080), fence=2, release="2")
    assert not outsider.exists("v1/services", "shop--web")


def test_what_is_deleted_and_made_anew_between_reading_and_writing_is_another_object(
    gateway: Gateway, outsider: Outsider, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway.apply(service(), fence=1, release="1")

    def replaced() -> None:
        outsider.delete("v1/services", "shop--web")
        outsider.create("v1/services", service(port=1234))

    before_next_write(monkeypatch, replaced)
    with pytest.raises(Vanished):
        gateway.apply(service(port=8080), fence=2, release="2")
    assert outsider.get("v1/services", "shop--web")["spec"]["ports"][0]["port"] == 1234


def test_an_object_has_to_be_the_one_the_caller_knows(gateway: Gateway) -> None:
    known = gateway.apply(service(), fence=1, release="1")
    assert gateway.apply(service(port=81), fence=1, release="1", uid=known.uid).changed
    with pytest.raises(Vanished):
        gateway.apply(service(port=82), fence=1, release="1", uid=str(uuid.uuid4()))


def test_somebody_creating_it_first_is_found(
    gateway: Gateway, outsider: Outsider, monkeypatch: pytest.MonkeyPatch
) -> None:
    before_next_write(monkeypatch, lambda: outsider.create("v1/services", service(port=1234)))
    with pytest.raises(FieldConflict, match="does not belong to this app"):
        gateway.apply(service(), fence=1, release="1")


def test_an_object_on_its_way_out_is_waited_for(gateway: Gateway, outsider: Outsider) -> None:
    gateway.apply(service(), fence=1, release="1")
    outsider.merge("v1/services", "shop--web", {"metadata": {"finalizers": ["example.com/wait"]}})
    outsider.delete("v1/services", "shop--web")
    with pytest.raises(StillThere):
        gateway.apply(service(port=81), fence=2, release="2")


# Other tools


def test_a_field_that_another_tool_took_is_a_conflict_with_its_name(gateway: Gateway, outsider: Outsider) -> None:
    gateway.apply(deployment(), fence=1, release="1", replicas=3)
    container = {"name": "web", "image": "hotfix:9"}
    patch = {"spec": {"template": {"spec": {"containers": [container]}}}}
    outsider.merge(DEPLOYMENTS, "shop--web", patch, manager="kubectl-set")
    with pytest.raises(FieldConflict, match="kubectl-set changed") as conflict:
        gateway.apply(deployment(image="shop:2"), fence=2, release="2")
    assert conflict.value.managers == ("kubectl-set",)
    assert any("image" in field for field in conflict.value.fields)
    assert container_of(outsider.get(DEPLOYMENTS, "shop--web"))["image"] == "hotfix:9"


@pytest.mark.parametrize("labels", [{}, {"app.kubernetes.io/managed-by": "Helm"}])
def test_an_object_that_is_not_ours_is_left_alone(gateway: Gateway, outsider: Outsider, labels: dict[str, str]) -> None:
    foreign = service(port=1234)
    foreign["metadata"]["labels"] = labels
    outsider.create("v1/services", foreign)
    with pytest.raises(FieldConflict, match="does not belong to this app"):
        gateway.apply(service(), fence=1, release="1")
    assert outsider.get("v1/services", "shop--web")["spec"]["ports"][0]["port"] == 1234


def test_an_object_of_another_app_is_left_alone(gateway: Gateway) -> None:
    gateway.apply(deployment(app_id="7"), fence=1, release="1", replicas=1)
    with pytest.raises(FieldConflict, match="does not belong to this app"):
        gateway.apply(deployment(app_id="8"), fence=9, release="1")


def test_a_manifest_the_cluster_finds_invalid_is_refused_with_the_field(gateway: Gateway) -> None:
    with pytest.raises(ManifestRefused, match="ports"):
        gateway.apply(service(port=99_999), fence=1, release="1")


def test_a_write_that_never_comes_through_gives_up_after_a_few_tries(
    gateway: Gateway, outsider: Outsider, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway.apply(service(), fence=1, release="1")
    send = Client.json
    writes = []

    def json(self: Client, method: str, *arguments: Any, **options: Any) -> dict[str, Any]:
        if method == "PATCH":
            writes.append(method)
            outsider.merge("v1/services", "shop--web", {"metadata": {"annotations": {"beat": str(len(writes))}}})
        return send(self, method, *arguments, **options)

    monkeypatch.setattr(Client, "json", json)
    with pytest.raises(Exception, match="keeps changing"):
        gateway.apply(service(port=81), fence=2, release="2")
    assert len(writes) == applying_module.ATTEMPTS


# Replicas


def test_a_change_leaves_the_number_of_instances_alone(gateway: Gateway, outsider: Outsider) -> None:
    gateway.apply(deployment(), fence=1, release="1", replicas=5)
    seen = [outsider.get(DEPLOYMENTS, "shop--web")["spec"]["replicas"]]
    for number in (2, 3, 4):
        gateway.apply(deployment(image=f"shop:{number}"), fence=number, release=str(number), replicas=1)
        seen.append(outsider.get(DEPLOYMENTS, "shop--web")["spec"]["replicas"])
    assert seen == [5, 5, 5, 5]


def test_replicas_never_fall_to_one_in_any_version_of_the_object(gateway: Gateway, outsider: Outsider) -> None:
    first = gateway.apply(deployment(), fence=1, release="1", replicas=5)
    gateway.set_replicas("Deployment", "shop--web", replicas=8, fence=1)
    gateway.apply(deployment(image="shop:2"), fence=2, release="2", replicas=5)
    gateway.set_replicas("Deployment", "shop--web", replicas=4, fence=2)
    last = outsider.get(DEPLOYMENTS, "shop--web")
    assert first.generation == 1
    assert last["spec"]["replicas"] == 4
    assert last["metadata"]["generation"] == 4


def test_scaling_changes_replicas_and_nothing_else(gateway: Gateway, outsider: Outsider) -> None:
    gateway.apply(deployment(), fence=1, release="1", replicas=3)
    before = outsider.get(DEPLOYMENTS, "shop--web")
    scaled = gateway.set_replicas("Deployment", "shop--web", replicas=6, fence=1)
    after = outsider.get(DEPLOYMENTS, "shop--web")
    assert scaled.changed
    assert after["spec"] == {**before["spec"], "replicas": 6}
    assert gateway.set_replicas("Deployment", "shop--web", replicas=6, fence=1).changed is False


def test_scaling_to_zero_and_back(gateway: Gateway, outsider: Outsider) -> None:
    gateway.apply(deployment(), fence=1, release="1", replicas=3)
    gateway.set_replicas("Deployment", "shop--web", replicas=0, fence=1)
    assert outsider.get(DEPLOYMENTS, "shop--web")["spec"]["replicas"] == 0
    gateway.set_replicas("Deployment", "shop--web", replicas=2, fence=1)
    assert outsider.get(DEPLOYMENTS, "shop--web")["spec"]["replicas"] == 2


def test_a_person_who_scaled_by_hand_is_named(gateway: Gateway, outsider: Outsider) -> None:
    gateway.apply(deployment(), fence=1, release="1", replicas=3)
    outsider.scale("shop--web", 10, manager="kubectl")
    with pytest.raises(FieldConflict, match="kubectl"):
        gateway.set_replicas("Deployment", "shop--web", replicas=4, fence=1)
    assert outsider.get(DEPLOYMENTS, "shop--web")["spec"]["replicas"] == 10


def test_the_clusters_own_autoscaler_gives_way(gateway: Gateway, outsider: Outsider) -> None:
    gateway.apply(deployment(), fence=1, release="1", replicas=3)
    outsider.scale("shop--web", 10, manager="kube-controller-manager")
    gateway.set_replicas("Deployment", "shop--web", replicas=4, fence=1)
    assert outsider.get(DEPLOYMENTS, "shop--web")["spec"]["replicas"] == 4


def test_scaling_what_is_gone_says_so(gateway: Gateway) -> None:
    with pytest.raises(Vanished):
        gateway.set_replicas("Deployment", "shop--web", replicas=4, fence=1)
