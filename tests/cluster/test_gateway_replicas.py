"""How many instances run is set by a manager of its own: no other write touches it."""

from __future__ import annotations

import pytest

from releases.gateway import FenceLost, FieldConflict, Gateway, Vanished
from tests.cluster.manifests import manifest
from tests.cluster.outsider import Outsider
from tests.cluster.shop import DEPLOYMENTS, deployment
from tests.cluster.waiting import eventually


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


def test_nothing_is_written_where_somebody_keeps_it_from_its_number(gateway: Gateway, outsider: Outsider) -> None:
    gateway.apply(deployment(), fence=1, release="1", replicas=3)
    outsider.scale("shop--web", 10, manager="kubectl")
    before = outsider.get(DEPLOYMENTS, "shop--web")
    with pytest.raises(FieldConflict, match="kubectl"):
        gateway.apply(deployment(image="shop:2"), fence=2, release="2", then=3)
    after = outsider.get(DEPLOYMENTS, "shop--web")
    assert after["spec"] == before["spec"] and after["metadata"]["labels"] == before["metadata"]["labels"]
    gateway.apply(deployment(image="shop:2"), fence=2, release="2", then=10)
    assert gateway.set_replicas("Deployment", "shop--web", replicas=10, fence=2).uid


def test_what_an_autoscaler_set_keeps_no_template_from_being_written(gateway: Gateway, outsider: Outsider) -> None:
    gateway.apply(deployment(), fence=1, release="1", replicas=3)
    outsider.scale("shop--web", 7, manager="kube-controller-manager")
    assert gateway.apply(deployment(), fence=2, release="2", then=3).changed


def test_a_person_who_scaled_by_hand_is_named(gateway: Gateway, outsider: Outsider) -> None:
    gateway.apply(deployment(), fence=1, release="1", replicas=3)
    outsider.scale("shop--web", 10, manager="kubectl")
    with pytest.raises(FieldConflict, match="kubectl"):
        gateway.set_replicas("Deployment", "shop--web", replicas=4, fence=1)
    assert outsider.get(DEPLOYMENTS, "shop--web")["spec"]["replicas"] == 10


@pytest.mark.parametrize("manager", ["slipway-replicas", "slipway"])
def test_what_a_person_wrote_under_a_name_of_slipways_is_set_again(
    gateway: Gateway, outsider: Outsider, manager: str
) -> None:
    gateway.apply(deployment(), fence=1, release="1", replicas=3)
    gateway.set_replicas("Deployment", "shop--web", replicas=3, fence=1)
    wrong = {"spec": {"replicas": 9, "minReadySeconds": 7, "revisionHistoryLimit": 3}}
    outsider.merge(DEPLOYMENTS, "shop--web", wrong, manager=manager)
    gateway.apply(deployment(image="shop:2"), fence=2, release="2", replicas=3)
    assert count(outsider) == 9  # not one instance less until its number is set
    gateway.set_replicas("Deployment", "shop--web", replicas=4, fence=2)
    assert count(outsider) == 4


def test_the_clusters_own_autoscaler_gives_way(gateway: Gateway, outsider: Outsider) -> None:
    gateway.apply(deployment(), fence=1, release="1", replicas=3)
    outsider.scale("shop--web", 10, manager="kube-controller-manager")
    gateway.set_replicas("Deployment", "shop--web", replicas=4, fence=1)
    assert outsider.get(DEPLOYMENTS, "shop--web")["spec"]["replicas"] == 4


def test_the_autoscaler_of_somebody_else_keeps_its_number_until_it_is_taken_over(
    gateway: Gateway, outsider: Outsider
) -> None:
    gateway.apply(deployment(), fence=1, release="1", replicas=3)
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "shop--web"}
    spec = {"scaleTargetRef": target, "minReplicas": 6, "maxReplicas": 8}
    body = manifest("autoscaling/v2", "HorizontalPodAutoscaler", "by-hand", spec=spec)
    outsider.create("autoscaling/v2/horizontalpodautoscalers", body, manager="kubectl-autoscale")
    eventually(lambda: count(outsider) == 6, what="six of them")
    assert gateway.scaler_of_others("Deployment", "shop--web") == ("by-hand", "kubectl-autoscale")
    assert gateway.set_replicas("Deployment", "shop--web", replicas=2, fence=1).changed is False
    assert count(outsider) == 6
    # Stopped, it does not go on; and what was taken over is ours, whatever it does next.
    assert gateway.set_replicas("Deployment", "shop--web", replicas=0, fence=1).changed
    assert gateway.set_replicas("Deployment", "shop--web", replicas=7, fence=1).changed
    eventually(lambda: count(outsider) == 7, what="seven of them")
    assert gateway.set_replicas("Deployment", "shop--web", replicas=8, fence=1, force=True).changed
    outsider.delete("autoscaling/v2/horizontalpodautoscalers", "by-hand")


def count(outsider: Outsider) -> int:
    return int(outsider.get(DEPLOYMENTS, "shop--web")["spec"]["replicas"])


def test_a_count_that_is_no_longer_due_is_not_written(gateway: Gateway, outsider: Outsider) -> None:
    gateway.apply(deployment(), fence=1, release="1", replicas=3)
    with pytest.raises(FenceLost):
        gateway.set_replicas("Deployment", "shop--web", replicas=0, fence=1, overtaken=lambda: True)
    assert outsider.get(DEPLOYMENTS, "shop--web")["spec"]["replicas"] == 3


def test_a_count_set_between_asking_and_writing_stays(gateway: Gateway, outsider: Outsider) -> None:
    gateway.apply(deployment(), fence=1, release="1", replicas=3)
    due = iter([False, True])

    def newer_count_comes() -> bool:
        if overtaken := next(due):
            return overtaken
        gateway.set_replicas("Deployment", "shop--web", replicas=5, fence=1)
        return False

    with pytest.raises(FenceLost):
        gateway.set_replicas("Deployment", "shop--web", replicas=0, fence=1, overtaken=newer_count_comes)
    assert outsider.get(DEPLOYMENTS, "shop--web")["spec"]["replicas"] == 5


def test_scaling_what_is_gone_says_so(gateway: Gateway) -> None:
    with pytest.raises(Vanished):
        gateway.set_replicas("Deployment", "shop--web", replicas=4, fence=1)
