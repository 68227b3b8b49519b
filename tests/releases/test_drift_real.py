"""Somebody edits what runs, on a real control plane and on a simulated cluster: seen, left to them, taken over."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from apps_mgmt.models import App
from portal.access import Ref, get, permissions
from releases.drift.looking import drifts, open_drifts
from releases.gateway.fields import REPLICAS
from tenants.clusters import Connection
from tests.cluster.outsider import Outsider, connection_by
from tests.cluster.planes import real_cluster
from tests.releases.live import Live, Simulator, at_work, wait_for
from tests.releases.stage import IMAGE
from tests.releases.test_rollout_real import DEPLOYMENTS, NAMESPACE, ends, gone

pytestmark = pytest.mark.django_db(transaction=True)
NAME, KEY = "shop--web", "Deployment/shop--web"
SHOP, HOTFIX = "registry.example.com/shop", "registry.example.com/hotfix:9"


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Simulator]:
    simulator = Simulator("north", tmp_path)
    yield simulator
    simulator.stop()


@pytest.fixture
def live(simulator: Simulator) -> Iterator[Live]:
    with at_work():
        live = Live([simulator], others={"east": connection_by(real_cluster("real"))})
        yield live
        live.on_app("app.delete", actor=live.alice)
        wait_for(lambda: all(gone(live, name) for name in live.clusters), what=lambda: "something is left", seconds=60)


@pytest.fixture(params=["east", "north"], ids=["real", "simulated"])
def where(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def outsider(live: Live, simulator: Simulator, where: str) -> Outsider:
    if where == "east":
        return Outsider(connection_by(real_cluster("real")), namespace=NAMESPACE)
    url = f"http://127.0.0.1:{simulator.port}"
    way = Connection(server=url, ca_pem="", token=simulator.token, client_cert="", client_key="", name="north")
    return Outsider(way, namespace=NAMESPACE)


def shop(live: Live) -> App:
    app: App = get(live.bob, Ref("app", "boutique", "shop"), permissions.APP_VIEW)
    return app


def edit(outsider: Outsider, image: str) -> None:
    now = outsider.get(DEPLOYMENTS, NAME)["spec"]["template"]["spec"]["containers"]
    body = {"spec": {"template": {"spec": {"containers": [{**now[0], "image": image}, *now[1:]]}}}}
    outsider.merge(DEPLOYMENTS, NAME, body, manager="kubectl-edit")


def image(outsider: Outsider) -> str:
    return str(outsider.get(DEPLOYMENTS, NAME)["spec"]["template"]["spec"]["containers"][0]["image"])


def drift_of(live: Live, field: str) -> Any:
    return wait_for(
        lambda: next((one for one in drifts(shop(live)) if one.field == field), None),
        what=lambda: f"what is known is {drifts(shop(live))}",
    )


def no_drift(live: Live) -> None:
    wait_for(lambda: not drifts(shop(live)), what=lambda: f"there still is {drifts(shop(live))}")


def take_over(live: Live, where: str, **more: Any) -> int:
    return int(live.on_app("drift.take_over", cluster=where, object=KEY, **more).result["release"])


def test_an_edit_is_seen_with_its_name_then_left_then_taken_over(live: Live, outsider: Outsider, where: str) -> None:
    ends(live, live.deploy(), "succeeded")
    edit(outsider, HOTFIX)
    seen = drift_of(live, IMAGE)
    told = (seen.cluster, seen.object, seen.manager, seen.live, seen.ours)
    assert told == (where, KEY, "kubectl-edit", HOTFIX, f"{SHOP}:1")
    assert seen.at is not None

    live.on_app("drift.leave", cluster=where, object=KEY)
    assert open_drifts(shop(live)) == []
    ends(live, live.deploy(f"{SHOP}:2"), "succeeded")
    assert image(outsider) == HOTFIX

    number = take_over(live, where)
    ends(live, number, "succeeded")
    assert image(outsider) == f"{SHOP}:2"
    assert live.release(number).targets.get().forced == {KEY: ["kubectl-edit"]}
    no_drift(live)
    ends(live, live.deploy(f"{SHOP}:3"), "succeeded")
    assert image(outsider) == f"{SHOP}:3"


def test_a_release_that_meets_the_edit_is_released_again_over_it(live: Live, outsider: Outsider, where: str) -> None:
    ends(live, live.deploy(), "succeeded")
    edit(outsider, HOTFIX)
    drift_of(live, IMAGE)
    failed = ends(live, live.deploy(f"{SHOP}:2"), "failed")
    assert "kubectl-edit" in failed.why
    assert drift_of(live, IMAGE).ours == f"{SHOP}:2"

    ends(live, take_over(live, where, of_release=failed.number), "succeeded")
    assert image(outsider) == f"{SHOP}:2"
    no_drift(live)


def test_a_number_of_instances_can_be_left_and_taken_over(live: Live, outsider: Outsider, where: str) -> None:
    ends(live, live.deploy(), "succeeded")
    outsider.scale(NAME, 5)
    assert (drift_of(live, REPLICAS).manager, drift_of(live, REPLICAS).live) == ("kubectl", 5)

    live.on_app("drift.leave", cluster=where, object=KEY)
    ends(live, live.deploy(f"{SHOP}:2"), "succeeded")
    assert outsider.get(DEPLOYMENTS, NAME)["spec"]["replicas"] == 5

    ends(live, take_over(live, where), "succeeded")
    assert outsider.get(DEPLOYMENTS, NAME)["spec"]["replicas"] == 2
    no_drift(live)
