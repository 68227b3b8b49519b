"""Objects that vanish, belong to somebody else, or are changed by another tool: told, never written over."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from releases.gateway import FieldConflict, Gateway, ManifestRefused, StillThere, Vanished
from releases.gateway import applying as applying_module
from releases.gateway.client import Client
from tests.cluster.outsider import Outsider
from tests.cluster.shop import DEPLOYMENTS, before_next_write, container_of, deployment, service

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
