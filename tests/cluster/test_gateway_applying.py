"""Creating and changing objects: once, and by the newest release only."""

from __future__ import annotations

from typing import Any

import pytest

from portal.errors import ClusterAway
from releases.gateway import FenceLost, Gateway
from releases.gateway.client import Client
from releases.gateway.ownership import DIGEST, FENCE
from tenants.clusters import Connection
from tests.cluster.outsider import Outsider
from tests.cluster.shop import DEPLOYMENTS, before_next_write, container_of, deployment, owners, service


def only_posts(send: Any) -> Any:
    """A cluster that goes away right after it has created something."""

    def json(self: Client, method: str, *arguments: Any, **options: Any) -> dict[str, Any]:
        if method == "PATCH":
            raise ClusterAway("Cluster north does not answer.")
        answer: dict[str, Any] = send(self, method, *arguments, **options)
        return answer

    return json


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


def test_a_newer_release_of_the_same_manifest_raises_the_fence_and_rolls_nothing(
    gateway: Gateway, outsider: Outsider
) -> None:
    first = gateway.apply(deployment(), fence=4, release="12", replicas=3)
    before = outsider.get(DEPLOYMENTS, "shop--web")["spec"]["template"]
    second = gateway.apply(deployment(), fence=5, release="13", replicas=3)
    live = outsider.get(DEPLOYMENTS, "shop--web")
    assert (second.changed, second.uid) == (True, first.uid)
    assert live["metadata"]["annotations"]["slipway.dev/fence"] == "5"
    assert live["spec"]["template"] == before


def test_an_annotation_of_a_deployment_counts_as_a_new_generation_and_of_nothing_else(
    gateway: Gateway, outsider: Outsider
) -> None:
    """As API servers do it: whoever waits for a generation has to ask for the one that the write answered with."""
    gateway.apply(deployment(), fence=1, release="1", replicas=3)
    gateway.apply(service(), fence=1, release="1")
    note = {"metadata": {"annotations": {"team": "blue"}}}
    generation = outsider.get(DEPLOYMENTS, "shop--web")["metadata"]["generation"]
    assert outsider.merge(DEPLOYMENTS, "shop--web", note)["metadata"]["generation"] == generation + 1
    assert "generation" not in outsider.merge("v1/services", "shop--web", note)["metadata"]


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


def test_nothing_is_ever_owned_through_updates_of_ours(gateway: Gateway, outsider: Outsider) -> None:
    for number in (1, 2):
        gateway.apply(deployment(image=f"shop:{number}"), fence=number, release=str(number), replicas=3)
        live = outsider.get(DEPLOYMENTS, "shop--web")
        assert {("slipway", "Apply"), ("slipway-replicas", "Apply")} <= owners(live)
        assert ("slipway", "Update") not in owners(live)


def test_what_a_creation_left_unfinished_is_taken_over_by_the_next_try(
    gateway: Gateway, outsider: Outsider, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as interrupted:
        interrupted.setattr(Client, "json", only_posts(Client.json))
        with pytest.raises(ClusterAway):
            gateway.apply(deployment(), fence=1, release="1", replicas=3)
    assert ("slipway", "Update") in owners(outsider.get(DEPLOYMENTS, "shop--web"))
    again = gateway.apply(deployment(), fence=1, release="1", replicas=3)
    assert (again.created, again.changed, again.generation) == (False, False, 1)
    assert ("slipway", "Update") not in owners(outsider.get(DEPLOYMENTS, "shop--web"))


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


# Fences


def test_an_older_release_cannot_write_over_a_newer_one(gateway: Gateway, outsider: Outsider) -> None:
    gateway.apply(deployment(image="shop:2"), fence=5, release="13", replicas=3)
    with pytest.raises(FenceLost, match="newer release"):
        gateway.apply(deployment(image="shop:1"), fence=4, release="12")
    with pytest.raises(FenceLost):
        gateway.set_replicas("Deployment", "shop--web", replicas=9, fence=4)
    live = outsider.get(DEPLOYMENTS, "shop--web")
    assert (container_of(live)["image"], live["spec"]["replicas"]) == ("shop:2", 3)


def test_a_fence_that_was_never_given_out_stops_nobody_and_is_written_anew(
    gateway: Gateway, outsider: Outsider
) -> None:
    gateway.apply(deployment(), fence=4, release="12", replicas=3)
    outsider.merge(DEPLOYMENTS, "shop--web", {"metadata": {"annotations": {FENCE: "999999", DIGEST: "x"}}})
    with pytest.raises(FenceLost):
        gateway.apply(deployment(image="shop:2"), fence=5, release="13")

    gateway.fenced_by(lambda: 5)
    gateway.set_replicas("Deployment", "shop--web", replicas=2, fence=5)
    gateway.apply(deployment(image="shop:2"), fence=5, release="13")
    live = outsider.get(DEPLOYMENTS, "shop--web")
    assert (container_of(live)["image"], live["metadata"]["annotations"][FENCE]) == ("shop:2", "5")
    assert not any(manager.startswith("kubectl") for manager, _how in owners(live))
    with pytest.raises(FenceLost):
        gateway.apply(deployment(), fence=4, release="12")
    assert gateway.prune(app_id="7", keep=(), fence=6).removed == (("Deployment", "shop--web"),)


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


def test_an_older_release_makes_nothing_anew_that_a_newer_one_has_removed(gateway: Gateway, outsider: Outsider) -> None:
    gateway.apply(service(), fence=5, release="13")
    gateway.prune(app_id="7", keep=(), fence=6)
    with pytest.raises(FenceLost, match="newer release"):
        gateway.apply(service(), fence=5, release="13", outranked=lambda: True)
    assert not outsider.exists("v1/services", "shop--web")


def test_what_was_made_while_a_newer_release_began_goes_again(gateway: Gateway, outsider: Outsider) -> None:
    answers = iter([False, True])
    with pytest.raises(FenceLost):
        gateway.apply(service(), fence=5, release="13", outranked=lambda: next(answers))
    assert not outsider.exists("v1/services", "shop--web")


def test_what_a_newer_release_has_taken_over_by_then_stays(
    gateway: Gateway, cluster: Connection, outsider: Outsider
) -> None:
    def newer_one_comes() -> bool:
        if not outsider.exists("v1/services", "shop--web"):
            return False
        with Gateway(cluster, namespace=gateway.namespace) as newer:
            newer.apply(service(port=8080), fence=6, release="14")
        return True

    with pytest.raises(FenceLost):
        gateway.apply(service(), fence=5, release="13", outranked=newer_one_comes)
    assert outsider.get("v1/services", "shop--web")["spec"]["ports"][0]["port"] == 8080


def test_a_form_that_is_no_longer_due_is_not_written(gateway: Gateway, outsider: Outsider) -> None:
    """An object takes several within one release, under one fence."""
    gateway.apply(service(), fence=5, release="13")
    with pytest.raises(FenceLost):
        gateway.apply(service(port=8080), fence=5, release="13", overtaken=lambda: True)
    assert outsider.get("v1/services", "shop--web")["spec"]["ports"][0]["port"] == 80


def test_what_its_own_release_has_removed_is_not_made_again(gateway: Gateway, outsider: Outsider) -> None:
    gateway.apply(service(), fence=5, release="13")
    gateway.prune(app_id="7", keep=(), fence=5)
    with pytest.raises(FenceLost):
        gateway.apply(service(), fence=5, release="13", overtaken=lambda: True)
    assert not outsider.exists("v1/services", "shop--web")


def test_what_another_worker_of_the_release_may_have_found_by_then_stays(gateway: Gateway, outsider: Outsider) -> None:
    """The release may have gone on because of what this one made."""
    answers = iter([False, True])
    assert gateway.apply(service(), fence=5, release="13", overtaken=lambda: next(answers)).created
    assert outsider.exists("v1/services", "shop--web")
