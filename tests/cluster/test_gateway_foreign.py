"""What another manager has changed: seen with its name, left to it, or taken back."""

from __future__ import annotations

from typing import Any

import pytest

from releases.gateway import FieldConflict, Gateway
from releases.gateway.trimming import trim
from tests.cluster.outsider import Outsider
from tests.cluster.shop import DEPLOYMENTS, container_of, deployment, owners

NAME, KEY = "shop--web", "Deployment/shop--web"
IMAGE = '.spec.template.spec.containers[name="web"].image'
REPLICAS = ".spec.replicas"


def edit(outsider: Outsider, *, manager: str = "kubectl-edit", **container: Any) -> None:
    """Change fields of the container, and keep all others as they are."""
    now = container_of(outsider.get(DEPLOYMENTS, NAME))
    body = {"spec": {"template": {"spec": {"containers": [{**now, **container}]}}}}
    outsider.merge(DEPLOYMENTS, NAME, body, manager=manager)


def image(outsider: Outsider) -> str:
    return str(container_of(outsider.get(DEPLOYMENTS, NAME))["image"])


def told(outsider: Outsider) -> dict[str, list[tuple[str, Any]]]:
    """Manager → what it has, as an agent would report it."""
    workload = trim(outsider.get(DEPLOYMENTS, NAME), kind="Deployment")
    return {
        one["manager"]: [(field["path"], field["value"]) for field in one["fields"]]
        for one in workload.get("foreign", ())
    }


@pytest.fixture(autouse=True)
def applied(gateway: Gateway) -> None:
    gateway.apply(deployment(), fence=1, release="1", replicas=3)


def test_what_only_slipway_and_the_controllers_wrote_belongs_to_nobody_else(
    gateway: Gateway, outsider: Outsider
) -> None:
    gateway.set_replicas("Deployment", NAME, replicas=2)
    assert told(outsider) == {}


def test_an_edit_is_seen_with_the_managers_name_and_the_value(outsider: Outsider) -> None:
    edit(outsider, image="hotfix:9")
    assert told(outsider) == {"kubectl-edit": [(IMAGE, "hotfix:9")]}


def test_an_edited_variable_is_seen_without_its_value(outsider: Outsider) -> None:
    edit(outsider, env=[{"name": "A", "value": "s3cret"}, {"name": "B", "value": "2"}])
    assert told(outsider) == {"kubectl-edit": [(f'{IMAGE.removesuffix(".image")}.env[name="A"].value', None)]}


def test_scaling_by_hand_is_seen(gateway: Gateway, outsider: Outsider) -> None:
    gateway.set_replicas("Deployment", NAME, replicas=2)
    outsider.scale(NAME, 5)
    assert told(outsider) == {"kubectl": [(REPLICAS, 5)]}


def test_a_conflict_says_which_field_of_which_object_is_whose(gateway: Gateway, outsider: Outsider) -> None:
    edit(outsider, image="hotfix:9")
    with pytest.raises(FieldConflict) as conflict:
        gateway.apply(deployment(image="shop:2"), fence=2, release="2")
    assert (conflict.value.object, conflict.value.owners) == (KEY, {IMAGE: "kubectl-edit"})


def test_what_is_left_keeps_its_value_and_everything_else_is_applied(gateway: Gateway, outsider: Outsider) -> None:
    edit(outsider, image="hotfix:9")
    wanted = deployment(image="shop:2", minReadySeconds=7)
    gateway.apply(wanted, fence=2, release="2", left={IMAGE: "kubectl-edit"})
    live = outsider.get(DEPLOYMENTS, NAME)
    assert (container_of(live)["image"], live["spec"]["minReadySeconds"]) == ("hotfix:9", 7)
    assert told(outsider) == {"kubectl-edit": [(IMAGE, "hotfix:9")]}


def test_what_is_left_to_one_is_not_left_to_another(gateway: Gateway, outsider: Outsider) -> None:
    edit(outsider, image="hotfix:9", manager="argocd")
    with pytest.raises(FieldConflict, match="argocd"):
        gateway.apply(deployment(image="shop:2"), fence=2, release="2", left={IMAGE: "kubectl-edit"})


def test_what_is_left_to_somebody_who_does_not_have_it_is_applied(gateway: Gateway, outsider: Outsider) -> None:
    gateway.apply(deployment(image="shop:2"), fence=2, release="2", left={IMAGE: "kubectl-edit"})
    assert image(outsider) == "shop:2"


def test_an_object_that_is_made_again_has_what_was_left_too(gateway: Gateway, outsider: Outsider) -> None:
    edit(outsider, image="hotfix:9")
    outsider.delete(DEPLOYMENTS, NAME, propagationPolicy="Background")
    gateway.apply(deployment(image="shop:2"), fence=2, release="2", replicas=3, left={IMAGE: "kubectl-edit"})
    assert image(outsider) == "shop:2"


def test_force_brings_our_value_back_and_takes_the_field_from_the_other(gateway: Gateway, outsider: Outsider) -> None:
    edit(outsider, image="hotfix:9")
    gateway.apply(deployment(), fence=2, release="2", force=True)
    assert image(outsider) == "shop:1"
    assert told(outsider) == {}
    assert ("kubectl-edit", "Update") not in owners(outsider.get(DEPLOYMENTS, NAME))
    assert gateway.apply(deployment(image="shop:2"), fence=3, release="3").changed


def test_force_brings_our_number_of_instances_back(gateway: Gateway, outsider: Outsider) -> None:
    gateway.set_replicas("Deployment", NAME, replicas=2)
    outsider.scale(NAME, 5)
    with pytest.raises(FieldConflict) as conflict:
        gateway.set_replicas("Deployment", NAME, replicas=2)
    assert conflict.value.owners == {REPLICAS: "kubectl"}
    gateway.set_replicas("Deployment", NAME, replicas=2, force=True)
    assert outsider.get(DEPLOYMENTS, NAME)["spec"]["replicas"] == 2
    assert told(outsider) == {}
