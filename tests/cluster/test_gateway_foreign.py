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


def shared(outsider: Outsider) -> set[str]:
    """What of it Slipway has as well."""
    workload = trim(outsider.get(DEPLOYMENTS, NAME), kind="Deployment")
    return {field["path"] for one in workload.get("foreign", ()) for field in one["fields"] if field.get("shared")}


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


def test_an_edit_that_was_put_back_is_told_as_owned_together_once_slipway_wrote_it_again(
    gateway: Gateway, outsider: Outsider
) -> None:
    edit(outsider, image="hotfix:9")
    edit(outsider, image="shop:1")
    assert told(outsider) == {"kubectl-edit": [(IMAGE, "shop:1")]} and shared(outsider) == set()
    gateway.apply(deployment(minReadySeconds=7), fence=2, release="2")
    assert told(outsider) == {"kubectl-edit": [(IMAGE, "shop:1")]} and shared(outsider) == {IMAGE}
    with pytest.raises(FieldConflict) as conflict:
        gateway.apply(deployment(image="shop:2"), fence=3, release="3")
    assert conflict.value.owners == {IMAGE: "kubectl-edit"}


@pytest.mark.parametrize("wrote", [False, True], ids=["theirs alone", "owned together"])
def test_force_takes_what_has_the_same_value_from_the_other_too(
    gateway: Gateway, outsider: Outsider, wrote: bool
) -> None:
    edit(outsider, image="hotfix:9")
    edit(outsider, image="shop:1", tty=True)
    if wrote:
        gateway.apply(deployment(minReadySeconds=7), fence=2, release="2")
    before = outsider.get(DEPLOYMENTS, NAME)
    for _again in range(2):
        gateway.apply(deployment(), fence=3, release="3", force=True)
    live = outsider.get(DEPLOYMENTS, NAME)
    assert told(outsider) == {"kubectl-edit": [(f"{IMAGE.removesuffix('.image')}.tty", True)]}
    assert live["spec"]["template"] == before["spec"]["template"]
    assert live["metadata"]["generation"] == before["metadata"]["generation"] + 1  # its annotations, once
    gateway.apply(deployment(image="shop:2"), fence=4, release="4")
    assert container_of(outsider.get(DEPLOYMENTS, NAME))["tty"] is True


def test_what_a_try_that_was_cut_short_left_to_the_other_the_next_one_takes(
    gateway: Gateway, outsider: Outsider
) -> None:
    edit(outsider, image="hotfix:9")
    edit(outsider, image="shop:1")
    gateway.apply(deployment(), fence=2, release="2")
    assert shared(outsider) == {IMAGE}
    gateway.apply(deployment(), fence=2, release="2", force=True)
    assert told(outsider) == {}


def test_a_number_of_instances_that_was_put_back_is_taken_with_force(gateway: Gateway, outsider: Outsider) -> None:
    gateway.set_replicas("Deployment", NAME, replicas=2)
    outsider.scale(NAME, 5)
    outsider.scale(NAME, 2)
    assert told(outsider) == {"kubectl": [(REPLICAS, 2)]} and shared(outsider) == set()
    gateway.set_replicas("Deployment", NAME, replicas=2)
    assert told(outsider) == {"kubectl": [(REPLICAS, 2)]} and shared(outsider) == {REPLICAS}
    gateway.set_replicas("Deployment", NAME, replicas=2, force=True)
    assert told(outsider) == {}
    gateway.set_replicas("Deployment", NAME, replicas=3)
    assert outsider.get(DEPLOYMENTS, NAME)["spec"]["replicas"] == 3


def test_of_more_than_are_told_the_number_is_told(gateway: Gateway, outsider: Outsider) -> None:
    noted = deployment()
    names = [f"note-{number:02}" for number in range(45)]
    noted["metadata"]["annotations"] = dict.fromkeys(names, "ours")
    gateway.apply(noted, fence=2, release="2")
    own = dict.fromkeys([f"a-{number:02}" for number in range(60)], "theirs")
    outsider.merge(DEPLOYMENTS, NAME, {"metadata": {"annotations": own}}, manager="argocd")
    outsider.merge(DEPLOYMENTS, NAME, {"metadata": {"annotations": dict.fromkeys(names, "b")}}, manager="kubectl-edit")
    workload = trim(outsider.get(DEPLOYMENTS, NAME), kind="Deployment")
    assert [(one["manager"], len(one["fields"])) for one in workload["foreign"]] == [("argocd", 40)]
    assert workload["untold"] == 45, "what argocd has is its own, and nothing of Slipway's"
