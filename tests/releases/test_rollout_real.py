"""Releases that go to two real control planes and a simulated cluster at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from releases.gateway import open_gateway
from releases.models import Release
from tenants.clusters import OBSERVER, Connection
from tests.cluster.faulty import CUT, Line, line_to
from tests.cluster.manifests import manifest
from tests.cluster.outsider import Outsider, connection_by
from tests.cluster.planes import real_cluster
from tests.releases.live import Live, Simulator, at_work, wait_for

pytestmark = pytest.mark.django_db(transaction=True)
NAMESPACE = "slipway-boutique"
EVERYWHERE = ("east", "north", "west")
QUOTAS, DEPLOYMENTS = "v1/resourcequotas", "apps/v1/deployments"


@pytest.fixture(scope="module")
def planes() -> dict[str, Connection]:
    """Straight to the real ones."""
    return {name: connection_by(real_cluster(plane)) for name, plane in (("east", "real"), ("west", "second"))}


@pytest.fixture
def line(planes: dict[str, Connection]) -> Iterator[Line]:
    with line_to(planes["east"].server) as line:
        yield line


@pytest.fixture
def live(planes: dict[str, Connection], line: Line, tmp_path: Path) -> Iterator[Live]:
    """With `east` at the end of a line that can be cut; nothing of an earlier test is left on the real ones."""
    simulator = Simulator("north", tmp_path)
    with at_work():
        others = {**planes, "east": replace(planes["east"], server=line.url)}
        live = Live([simulator], others=others)
        yield live
        line.heal()
        live.on_app("app.delete", actor=live.alice)
        wait_for(lambda: all(gone(live, name) for name in EVERYWHERE), what=lambda: "something is left", seconds=60)
    simulator.stop()


def pods(live: Live, cluster: str) -> list[dict[str, Any]]:
    with open_gateway(live.clusters[cluster].pk, role=OBSERVER, tenant=live.tenant) as gateway:
        listed: list[dict[str, Any]] = gateway.list_app(str(live.app.pk))["pods"]
    return listed


def gone(live: Live, cluster: str) -> bool:
    return not pods(live, cluster)


def images(live: Live, cluster: str) -> set[str]:
    staying = [pod for pod in pods(live, cluster) if "deletionTimestamp" not in pod["metadata"]]
    return {pod["spec"]["containers"][0]["image"].rpartition(":")[2] for pod in staying}


def everywhere(live: Live, tag: str) -> None:
    wait_for(
        lambda: all(images(live, name) == {tag} for name in EVERYWHERE),
        what=lambda: f"they run {[(name, images(live, name)) for name in EVERYWHERE]}",
    )


def ends(live: Live, number: int, state: str) -> Release:
    release = live.until(number, "succeeded", "failed", "rolled_back", seconds=90)
    assert release.state == state, release.why
    return release


def test_a_rollout_a_crash_and_the_way_back_on_all_of_them(live: Live) -> None:
    ends(live, live.deploy(), "succeeded")
    everywhere(live, "1")
    ends(live, live.deploy("registry.example.com/shop:2"), "succeeded")
    everywhere(live, "2")

    failed = ends(live, live.deploy("registry.example.com/shop:crash"), "failed")
    assert failed.reason is not None and failed.reason["code"] == "crash_loop"
    assert [images(live, name) for name in ("north", "west")] == [{"2"}, {"2"}]

    ends(live, int(live.on_app("release.rollback").result["release"]), "succeeded")
    everywhere(live, "2")


def test_a_real_cluster_that_is_away_in_the_middle_only_holds_the_release(live: Live, line: Line) -> None:
    ends(live, live.deploy(), "succeeded")
    line.hurt(CUT)
    number = live.deploy("registry.example.com/shop:2")
    wait_for(
        lambda: live.release(number).targets.get(cluster_name="east").lost_since,
        what=lambda: "nobody noticed that east is gone",
    )
    assert live.release(number).state == "running"
    line.heal()
    ends(live, number, "succeeded")
    everywhere(live, "2")


def test_what_the_api_server_has_no_room_for_is_told_in_its_words(live: Live, planes: dict[str, Connection]) -> None:
    ends(live, live.deploy(), "succeeded")
    outsider = Outsider(planes["east"], namespace=NAMESPACE)
    outsider.create(QUOTAS, manifest("v1", "ResourceQuota", "small", spec={"hard": {"pods": "2"}}))
    try:
        live.on_app("process.scale", process="web", replicas=12)
        failed = ends(live, live.deploy(), "failed")
        assert "east" in failed.why and "exceeded quota: small" in failed.why
    finally:
        outsider.delete(QUOTAS, "small")


def test_a_workload_that_somebody_deleted_is_made_again_by_the_next_release(
    live: Live, planes: dict[str, Connection]
) -> None:
    ends(live, live.deploy(), "succeeded")
    Outsider(planes["west"], namespace=NAMESPACE).delete(DEPLOYMENTS, "shop--web")
    wait_for(lambda: gone(live, "west"), what=lambda: "its instances stay")
    ends(live, live.deploy("registry.example.com/shop:2"), "succeeded")
    everywhere(live, "2")
