"""Somebody changes or removes the labels by which Slipway knows an object, and the next release puts them back."""

from __future__ import annotations

from typing import Any

import pytest

from releases.gateway import FieldConflict, Gateway
from tests.cluster.outsider import Outsider
from tests.cluster.waiting import eventually

DEPLOYMENTS, SERVICES = "apps/v1/deployments", "v1/services"
APP_ID, MANAGED_BY = "slipway.dev/app-id", "app.kubernetes.io/managed-by"
CHOSEN = {"slipway.dev/app": "shop", "slipway.dev/process": "web", "slipway.dev/track": "stable"}
OWNED = {**CHOSEN, APP_ID: "1", MANAGED_BY: "slipway"}
CHANGES = [
    pytest.param({APP_ID: "somebody-elses"}, id="overwritten"),
    pytest.param({APP_ID: None}, id="removed"),
    pytest.param({MANAGED_BY: "Helm"}, id="managed by somebody else"),
    pytest.param({MANAGED_BY: None, APP_ID: None}, id="both removed"),
]


def web(*, image: str = "registry.example.com/shop:1", app_id: str = "1") -> dict[str, Any]:
    labels = {**OWNED, APP_ID: app_id}
    container = {"name": "web", "image": image}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "shop--web", "labels": labels},
        "spec": {"selector": {"matchLabels": CHOSEN}, "template": template},
    }


def service() -> dict[str, Any]:
    spec = {"selector": CHOSEN, "ports": [{"name": "http", "port": 80}]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "shop--web", "labels": OWNED}, "spec": spec}


def relabel(outsider: Outsider, resource: str, labels: dict[str, str | None]) -> None:
    outsider.merge(resource, "shop--web", {"metadata": {"labels": labels}}, manager="kubectl-label")


@pytest.mark.parametrize("labels", CHANGES)
def test_the_next_release_puts_the_labels_back_and_restarts_nothing(
    gateway: Gateway, outsider: Outsider, labels: dict[str, str | None]
) -> None:
    first = gateway.apply(web(), fence=1, release="1", replicas=2)
    before = outsider.get(DEPLOYMENTS, "shop--web")["spec"]
    relabel(outsider, DEPLOYMENTS, labels)
    second = gateway.apply(web(), fence=2, release="2", replicas=2)

    live = outsider.get(DEPLOYMENTS, "shop--web")
    assert (second.created, second.uid, live["spec"]) == (False, first.uid, before)
    assert {key: live["metadata"]["labels"][key] for key in OWNED} == OWNED
    managers = {(one["manager"], one["operation"]) for one in live["metadata"]["managedFields"]}
    assert not {one for one in managers if one[0] == "kubectl-label"} and ("slipway", "Update") not in managers
    gateway.set_replicas("Deployment", "shop--web", replicas=3, fence=2)


@pytest.mark.parametrize("labels", CHANGES)
def test_what_has_no_instances_gets_them_back_as_well(
    gateway: Gateway, outsider: Outsider, labels: dict[str, str | None]
) -> None:
    first = gateway.apply(service(), fence=1, release="1")
    relabel(outsider, SERVICES, labels)
    assert gateway.apply(service(), fence=2, release="2").uid == first.uid
    assert outsider.get(SERVICES, "shop--web")["metadata"]["labels"][APP_ID] == "1"


@pytest.mark.parametrize("labels", CHANGES)
def test_a_deletion_finds_it_by_what_it_runs(
    gateway: Gateway, outsider: Outsider, labels: dict[str, str | None]
) -> None:
    gateway.apply(web(), fence=1, release="1", replicas=2)
    eventually(lambda: gateway.list_app("1")["pods"], what="instances")
    relabel(outsider, DEPLOYMENTS, labels)
    assert gateway.prune(app_id="1", keep=(), fence=2).removed == (("Deployment", "shop--web"),)


def test_what_slipway_made_for_another_app_is_taken_from_nobody(gateway: Gateway, outsider: Outsider) -> None:
    gateway.apply(web(app_id="1"), fence=1, release="1", replicas=1)
    with pytest.raises(FieldConflict, match="does not belong to this app"):
        gateway.apply(web(app_id="2"), fence=1, release="1")
    assert gateway.prune(app_id="2", keep=(), fence=2).removed == ()


def test_what_somebody_else_made_is_taken_from_nobody(gateway: Gateway, outsider: Outsider) -> None:
    made = web()
    made["metadata"]["labels"] = CHOSEN
    outsider.create(DEPLOYMENTS, made)
    with pytest.raises(FieldConflict, match="does not belong to this app"):
        gateway.apply(web(), fence=1, release="1")
