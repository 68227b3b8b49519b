"""What would be written is tried on the cluster first: its refusals come in the same words, and nothing is changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from releases.gateway import FenceLost, FieldConflict, Gateway, ManifestRefused
from releases.gateway.ownership import ADOPTS
from tests.cluster.outsider import Outsider
from tests.cluster.shop import DEPLOYMENTS, container_of, deployment, service

NAME, MANAGER = "shop--web", "kubectl-set"
IMAGE = '.spec.template.spec.containers[name="web"].image'


def tries(
    gateway: Gateway,
    manifest: dict[str, Any],
    *,
    fence: int = 2,
    force: bool = False,
    left: Mapping[str, str] | None = None,
) -> None:
    gateway.try_apply(manifest, fence=fence, release="2", force=force, left=left or {})


def ours(outsider: Outsider) -> tuple[Any, ...]:
    """What would be different after a write of Slipway's; the cluster's own controllers write beside it."""
    live = outsider.get(DEPLOYMENTS, NAME)
    notes = {key: note for key, note in live["metadata"]["annotations"].items() if key.startswith("slipway.dev/")}
    return live["spec"], live["metadata"]["labels"], notes


@pytest.fixture
def edited(gateway: Gateway, outsider: Outsider) -> Outsider:
    """A Deployment of Slipway's without instances, whose image somebody set, and set back."""
    gateway.apply(deployment(), fence=1, release="1", replicas=0)
    for image in ("hotfix:9", "shop:1"):
        operation = {"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": image}
        outsider.edit(DEPLOYMENTS, NAME, operation, manager=MANAGER)
    return outsider


def test_a_conflict_is_told_as_the_apply_tells_it(gateway: Gateway, edited: Outsider) -> None:
    before = ours(edited)
    with pytest.raises(FieldConflict) as tried:
        tries(gateway, deployment(image="shop:2"))
    with pytest.raises(FieldConflict) as applied:
        gateway.apply(deployment(image="shop:2"), fence=2, release="2")
    assert (str(tried.value), tried.value.owners) == (str(applied.value), applied.value.owners)
    assert MANAGER in str(tried.value) and tried.value.object == f"Deployment/{NAME}"
    assert ours(edited) == before


@pytest.mark.parametrize("ruling", [{"force": True}, {"left": {IMAGE: MANAGER}}])
def test_what_people_decided_counts(gateway: Gateway, edited: Outsider, ruling: dict[str, Any]) -> None:
    before = ours(edited)
    tries(gateway, deployment(image="shop:2"), **ruling)
    assert ours(edited) == before
    assert container_of(edited.get(DEPLOYMENTS, NAME))["image"] == "shop:1"


def test_what_the_cluster_finds_invalid_is_refused(gateway: Gateway, outsider: Outsider) -> None:
    gateway.apply(service(), fence=1, release="1")
    with pytest.raises(ManifestRefused, match="ports"):
        tries(gateway, service(port=99_999))
    assert outsider.get("v1/services", NAME)["spec"]["ports"][0]["port"] == 80


def test_what_is_yet_to_be_made_or_on_its_way_out_is_not_asked_about(gateway: Gateway, outsider: Outsider) -> None:
    tries(gateway, service(port=99_999))
    gateway.apply(service(), fence=1, release="1")
    outsider.merge("v1/services", NAME, {"metadata": {"finalizers": ["example.com/wait"]}})
    outsider.delete("v1/services", NAME)
    tries(gateway, service(port=99_999))
    outsider.merge("v1/services", NAME, {"metadata": {"finalizers": None}})
    assert not outsider.exists("v1/services", NAME)


def test_in_a_namespace_that_is_yet_to_be_made_nothing_is_asked_about(gateway: Gateway) -> None:
    gateway.namespace = f"{gateway.namespace}-later"
    tries(gateway, deployment())


def test_an_object_of_somebody_else_is_refused(gateway: Gateway, outsider: Outsider) -> None:
    foreign = service(port=1234)
    foreign["metadata"]["labels"] = {}
    outsider.create("v1/services", foreign)
    with pytest.raises(FieldConflict, match="does not belong to this app"):
        tries(gateway, service())


def test_a_newer_release_is_not_asked_over(gateway: Gateway) -> None:
    gateway.apply(service(), fence=3, release="3")
    with pytest.raises(FenceLost):
        tries(gateway, service(port=81), fence=2)


def test_labels_and_notes_that_apply_gives_back_are_no_conflict(gateway: Gateway, outsider: Outsider) -> None:
    gateway.apply(deployment(), fence=1, release="1", replicas=0)
    metadata = {"labels": {"slipway.dev/app-id": "8"}, "annotations": {"slipway.dev/fence": "1"}}
    outsider.merge(DEPLOYMENTS, NAME, {"metadata": metadata})
    tries(gateway, deployment(image="shop:2"))
    assert outsider.get(DEPLOYMENTS, NAME)["metadata"]["labels"]["slipway.dev/app-id"] == "8"
    gateway.apply(deployment(image="shop:2"), fence=2, release="2")


def test_taking_over_what_would_start_anew_is_refused(gateway: Gateway, outsider: Outsider) -> None:
    theirs = deployment(replicas=0)
    theirs["metadata"]["labels"] = {}
    uid = outsider.create(DEPLOYMENTS, theirs)["metadata"]["uid"]
    for image, goes in (("shop:1", True), ("shop:2", False)):
        wanted = deployment(image=image)
        wanted["metadata"]["annotations"] = {ADOPTS: uid}
        if goes:
            tries(gateway, wanted)
            continue
        with pytest.raises(Exception, match="instances would start anew"):
            tries(gateway, wanted)
