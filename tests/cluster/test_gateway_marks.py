"""Slipway's own marks on an object that somebody made anew from a copy, or applied as it was: nobody's to decide."""

from __future__ import annotations

from typing import Any

import pytest

from releases.gateway import FieldConflict, Gateway
from releases.gateway.ownership import RELEASE
from releases.gateway.trimming import trim
from tests.cluster.outsider import Outsider
from tests.cluster.shop import DEPLOYMENTS, container_of, deployment

NAME = "shop--web"
MARK = f".metadata.labels.{RELEASE}"


def copied(live: dict[str, Any]) -> dict[str, Any]:
    """What `kubectl get -o yaml` gives, without what the server writes."""
    metadata = {key: live["metadata"][key] for key in ("name", "labels", "annotations")}
    spec = {key: value for key, value in live["spec"].items() if key != "replicas"}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}


@pytest.fixture(params=["made anew", "applied"])
def manager(request: pytest.FixtureRequest, gateway: Gateway, outsider: Outsider) -> str:
    """Who has all of the object by now."""
    gateway.apply(deployment(), fence=1, release="1", replicas=0)
    copy = copied(outsider.get(DEPLOYMENTS, NAME))
    if request.param == "applied":
        outsider.apply(DEPLOYMENTS, NAME, copy, manager="argocd")
        return "argocd"
    outsider.delete(DEPLOYMENTS, NAME)
    outsider.create(DEPLOYMENTS, copy)
    return "kubectl-create"


def told(outsider: Outsider) -> set[str]:
    """What an agent would report to be somebody else's."""
    rows = trim(outsider.get(DEPLOYMENTS, NAME), kind="Deployment").get("foreign", ())
    return {field["path"] for one in rows for field in one["fields"]}


def test_a_release_meets_no_conflict_for_them(gateway: Gateway, outsider: Outsider, manager: str) -> None:
    gateway.try_apply(deployment(), fence=2, release="2", force=False, left={})
    gateway.apply(deployment(), fence=2, release="2")
    assert outsider.get(DEPLOYMENTS, NAME)["metadata"]["labels"][RELEASE] == "2"
    assert not gateway.apply(deployment(), fence=2, release="2").changed


def test_only_what_the_release_changes_is_a_conflict(gateway: Gateway, outsider: Outsider, manager: str) -> None:
    image = {'.spec.template.spec.containers[name="web"].image': manager}
    with pytest.raises(FieldConflict) as tried:
        gateway.try_apply(deployment(image="shop:2"), fence=2, release="2", force=False, left={})
    with pytest.raises(FieldConflict) as applied:
        gateway.apply(deployment(image="shop:2"), fence=2, release="2")
    assert tried.value.owners == applied.value.owners == image


def test_they_are_told_as_nobodys_and_left_to_nobody(gateway: Gateway, outsider: Outsider, manager: str) -> None:
    assert not {one for one in told(outsider) if one.startswith(".metadata.") and "slipway.dev/" in one}
    left = dict.fromkeys(told(outsider) | {MARK, ".metadata.labels.slipway.dev/app"}, manager)
    gateway.try_apply(deployment(image="shop:2"), fence=2, release="2", force=False, left=left)
    gateway.apply(deployment(image="shop:2"), fence=2, release="2", left=left)
    live = outsider.get(DEPLOYMENTS, NAME)
    assert (live["metadata"]["labels"][RELEASE], container_of(live)["image"]) == ("2", "shop:1")


def test_those_of_what_is_not_ours_are_left_alone(gateway: Gateway, outsider: Outsider) -> None:
    made = deployment(app_id="8")
    made["metadata"]["labels"] |= {RELEASE: "7"}
    outsider.create(DEPLOYMENTS, made)
    with pytest.raises(FieldConflict, match="does not belong to this app"):
        gateway.apply(deployment(), fence=2, release="2")
    assert outsider.get(DEPLOYMENTS, NAME)["metadata"]["labels"][RELEASE] == "7"
