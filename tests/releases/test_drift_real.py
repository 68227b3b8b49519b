"""Somebody edits what runs, on a real control plane and on a simulated cluster: seen, left to them, taken over."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from apps_mgmt.models import App
from portal.access import Ref, get, permissions
from portal.operations.performing import perform
from releases.drift.looking import drifts, looked, open_drifts
from releases.scaled import REPLICAS
from tenants.clusters import Connection
from tests.cluster.outsider import Outsider, connection_by
from tests.cluster.planes import alone, real_cluster
from tests.releases.live import Live, Simulator, at_work, wait_for
from tests.releases.stage import IMAGE
from tests.releases.test_rollout_real import DEPLOYMENTS, NAMESPACE, ends

pytestmark = pytest.mark.django_db(transaction=True)
NAME, KEY = "shop--web", "Deployment/shop--web"
SHOP_REF = Ref("app", "boutique", "shop")
AT, SPY = "/spec/template/spec", '.spec.template.spec.containers[name="spy"]'
VARIABLE = '.spec.template.spec.containers[name="web"].env[name="DEBUG"]'
SHOP, HOTFIX = "registry.example.com/shop", "registry.example.com/hotfix:9"


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Simulator]:
    simulator = Simulator("north", tmp_path)
    yield simulator
    simulator.stop()


@pytest.fixture
def live(simulator: Simulator) -> Iterator[Live]:
    with alone(), at_work():
        live = Live([simulator], others={"east": connection_by(real_cluster("real"))})
        yield live
        live.delete()


@pytest.fixture
def outsiders(live: Live, simulator: Simulator) -> dict[str, Outsider]:
    """Somebody else at each of the clusters."""
    url = f"http://127.0.0.1:{simulator.port}"
    north = Connection(server=url, ca_pem="", token=simulator.token, client_cert="", client_key="", name="north")
    ways = {"east": connection_by(real_cluster("real")), "north": north}
    return {name: Outsider(way, namespace=NAMESPACE) for name, way in ways.items()}


def shop(live: Live) -> App:
    app: App = get(live.bob, SHOP_REF, permissions.APP_VIEW)
    return app


def edit(outsider: Outsider, *, image: str = HOTFIX) -> None:
    now = outsider.get(DEPLOYMENTS, NAME)["spec"]["template"]["spec"]["containers"]
    body = {"spec": {"template": {"spec": {"containers": [{**now[0], "image": image}, *now[1:]]}}}}
    outsider.merge(DEPLOYMENTS, NAME, body, manager="kubectl-edit")


def images(outsiders: dict[str, Outsider]) -> set[str]:
    live = [outsider.get(DEPLOYMENTS, NAME) for outsider in outsiders.values()]
    return {str(one["spec"]["template"]["spec"]["containers"][0]["image"]) for one in live}


def boxes(outsiders: dict[str, Outsider]) -> list[set[str]]:
    live = [outsider.get(DEPLOYMENTS, NAME)["spec"]["template"]["spec"] for outsider in outsiders.values()]
    return [{str(box["name"]) for box in one["containers"]} for one in live]


def counts(outsiders: dict[str, Outsider]) -> set[int]:
    return {int(outsider.get(DEPLOYMENTS, NAME)["spec"]["replicas"]) for outsider in outsiders.values()}


def drift_of(live: Live, where: str, field: str) -> Any:
    return wait_for(
        lambda: next((one for one in drifts(shop(live)) if (one.cluster, one.field) == (where, field)), None),
        what=lambda: f"what is known is {drifts(shop(live))}",
    )


def beside(live: Live) -> list[Any]:
    """What somebody has at the value that Slipway set."""
    return looked(shop(live))[1]


def no_drift(live: Live) -> None:
    wait_for(lambda: not drifts(shop(live)), what=lambda: f"there still is {drifts(shop(live))}")


def take_over(live: Live, where: str, **more: Any) -> int:
    return int(live.on_app("drift.take_over", cluster=where, object=KEY, **more).result["release"])


def test_an_edit_is_seen_with_its_name_then_left_then_taken_over(live: Live, outsiders: dict[str, Outsider]) -> None:
    ends(live, live.deploy(), "succeeded")
    for where, outsider in outsiders.items():
        edit(outsider)
        seen = drift_of(live, where, IMAGE)
        told = (seen.object, seen.manager, seen.live, seen.ours)
        assert told == (KEY, "kubectl-edit", HOTFIX, f"{SHOP}:1") and seen.at is not None, where
        live.on_app("drift.leave", cluster=where, object=KEY)
    assert open_drifts(shop(live)) == []
    ends(live, live.deploy(f"{SHOP}:2"), "succeeded")
    assert images(outsiders) == {HOTFIX}

    for where in outsiders:
        number = take_over(live, where)
        ends(live, number, "succeeded")
        assert live.release(number).targets.get().forced == {KEY: ["kubectl-edit"]}
    assert images(outsiders) == {f"{SHOP}:2"}
    no_drift(live)
    ends(live, live.deploy(f"{SHOP}:3"), "succeeded")
    assert images(outsiders) == {f"{SHOP}:3"}


def test_what_was_added_is_seen_with_its_name_then_left_then_taken_out(
    live: Live, outsiders: dict[str, Outsider]
) -> None:
    ends(live, live.deploy(), "succeeded")
    spy = {"op": "add", "path": f"{AT}/containers/-", "value": {"name": "spy", "image": "registry.example.com/spy:1"}}
    debug = {"op": "add", "path": f"{AT}/containers/0/env", "value": [{"name": "DEBUG", "value": "yes"}]}
    for where, outsider in outsiders.items():
        variables = outsider.get(DEPLOYMENTS, NAME)["spec"]["template"]["spec"]["containers"][0].get("env")
        more = debug if not variables else {**debug, "path": f"{AT}/containers/0/env/-", "value": debug["value"][0]}
        outsider.edit(DEPLOYMENTS, NAME, spy, more)
        seen = drift_of(live, where, SPY)
        assert (seen.manager, seen.live, seen.added) == ("kubectl-patch", "registry.example.com/spy:1", True), where
        assert drift_of(live, where, VARIABLE).added
    ends(live, live.deploy(f"{SHOP}:2"), "succeeded")
    assert boxes(outsiders) == [{"spy", "web"}, {"spy", "web"}] and images(outsiders) == {f"{SHOP}:2"}

    for where in outsiders:
        live.on_app("drift.leave", cluster=where, object=KEY, field=SPY)
        ends(live, take_over(live, where), "succeeded")
    wait_for(lambda: {one.field for one in drifts(shop(live))} == {SPY}, what=lambda: f"there is {drifts(shop(live))}")
    assert boxes(outsiders) == [{"spy", "web"}, {"spy", "web"}] and open_drifts(shop(live)) == []

    for where in outsiders:
        ends(live, take_over(live, where), "succeeded")
    assert boxes(outsiders) == [{"web"}, {"web"}]
    no_drift(live)


def test_a_release_that_meets_the_edit_is_released_again_over_it(live: Live, outsiders: dict[str, Outsider]) -> None:
    ends(live, live.deploy(), "succeeded")
    for where, outsider in outsiders.items():
        edit(outsider)
        drift_of(live, where, IMAGE)
    number = live.deploy(f"{SHOP}:2")
    for _cluster in outsiders:
        failed = ends(live, number, "failed")
        assert failed.reason is not None and "kubectl-edit" in failed.why
        where = failed.reason["values"]["cluster"]
        assert drift_of(live, where, IMAGE).ours == f"{SHOP}:2"
        number = take_over(live, where, of_release=number)
    ends(live, number, "succeeded")
    assert images(outsiders) == {f"{SHOP}:2"}
    no_drift(live)


def test_a_number_of_instances_can_be_left_and_taken_over(live: Live, outsiders: dict[str, Outsider]) -> None:
    ends(live, live.deploy(), "succeeded")
    for where, outsider in outsiders.items():
        outsider.scale(NAME, 5)
        seen = drift_of(live, where, REPLICAS)
        assert (seen.manager, seen.live, seen.ours) == ("kubectl", 5, 2), where
        live.on_app("drift.leave", cluster=where, object=KEY)
    ends(live, live.deploy(f"{SHOP}:2"), "succeeded")
    assert counts(outsiders) == {5}

    for where in outsiders:
        ends(live, take_over(live, where), "succeeded")
    assert counts(outsiders) == {2}
    no_drift(live)


def test_an_edit_that_was_put_back_is_told_before_it_is_met_and_taken_over(
    live: Live, outsiders: dict[str, Outsider]
) -> None:
    ends(live, live.deploy(), "succeeded")
    for outsider in outsiders.values():
        edit(outsider)
        edit(outsider, image=f"{SHOP}:1")
        outsider.scale(NAME, 5)
        outsider.scale(NAME, 2)
    live.on_app("env.set", process="web", env=[{"name": "MODE", "value": "quick"}])
    wait_for(lambda: len(beside(live)) == 4, what=lambda: f"what is known is {beside(live)}")
    ends(live, live.deploy(), "succeeded")
    assert drifts(shop(live)) == []
    wait_for(lambda: len(beside(live)) == 4, what=lambda: f"what is known is {beside(live)}")

    live.on_app("image.set", process="web", image=f"{SHOP}:2")
    told = perform("release.start", actor=live.bob, ref=SHOP_REF, data={}, dry_run=True).preview
    assert told is not None and len([one for one in told.warnings if "kubectl-edit set the image" in one]) == 2
    number = live.deploy()
    failed = ends(live, number, "failed")
    assert failed.reason is not None
    where = failed.reason["values"]["cluster"]
    seen = drift_of(live, where, IMAGE)
    assert (seen.manager, seen.live, seen.ours, seen.release) == ("kubectl-edit", f"{SHOP}:1", f"{SHOP}:2", number)
    for place in outsiders:
        ends(live, take_over(live, place), "succeeded")
    wait_for(lambda: not beside(live), what=lambda: f"what is known is {beside(live)}")
    live.on_app("process.scale", process="web", replicas=6)
    ends(live, live.deploy(), "succeeded")
    assert (images(outsiders), counts(outsiders)) == ({f"{SHOP}:2"}, {3})
    assert drifts(shop(live)) == [] and beside(live) == []


def test_what_is_put_back_as_it_was_has_not_changed(live: Live, outsiders: dict[str, Outsider]) -> None:
    """`kubectl replace --force` with what `kubectl get` gave, variables and all."""
    live.on_app("env.set", env=[{"name": "DEBUG", "value": "no"}])
    ends(live, live.deploy(), "succeeded")
    for outsider in outsiders.values():
        whole = outsider.get(DEPLOYMENTS, NAME)
        outsider.delete(DEPLOYMENTS, NAME)
        wait_for(lambda outsider=outsider: not outsider.exists(DEPLOYMENTS, NAME), what=lambda: "it is still there")
        for own in ("uid", "resourceVersion", "creationTimestamp", "managedFields", "generation"):
            whole["metadata"].pop(own, None)
        outsider.create(DEPLOYMENTS, {**whole, "status": {}}, manager="kubectl-replace")

    def told() -> set[str]:
        return {one.cluster for one in beside(live) if one.manager == "kubectl-replace" and "env[" in one.field}

    wait_for(lambda: told() == {*outsiders}, what=lambda: f"it is told as {drifts(shop(live))}")
    assert drifts(shop(live)) == []
