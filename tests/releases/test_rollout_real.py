"""Releases that go to two real control planes and a simulated cluster at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from apps_mgmt.models import App
from portal.access.ref import APP, Ref
from portal.operations.performing import perform
from releases import demo
from releases.gateway import open_gateway
from releases.models import Release
from tenants.clusters import OBSERVER, PROVISIONER, Connection
from tenants.clusters import connection as connect
from tenants.demo import LIMITS
from tenants.models import Cluster
from tenants.quota.limits import set_limits
from tests import cast
from tests.cast import Cast
from tests.cluster.faulty import CUT, Line, line_to
from tests.cluster.manifests import manifest
from tests.cluster.outsider import Outsider, connection_by
from tests.cluster.planes import alone, end_cluster, real_cluster
from tests.releases.live import Live, Simulator, at_work, delete, wait_for
from tests.releases.test_adopting import no_room_for_more

pytestmark = pytest.mark.django_db(transaction=True)
NAMESPACE = "slipway-boutique"
EVERYWHERE = ("east", "north", "west")
QUOTAS, DEPLOYMENTS = "v1/resourcequotas", "apps/v1/deployments"
# To ask all clusters takes both sides a good part of the processor, which the release that is waited for needs.
ASKED_EVERY = 0.5


@pytest.fixture(scope="module")
def planes() -> Iterator[dict[str, Connection]]:
    """Straight to the real ones."""
    yield {name: connection_by(real_cluster(plane)) for name, plane in (("east", "real"), ("west", "second"))}
    end_cluster("second")


@pytest.fixture
def line(planes: dict[str, Connection]) -> Iterator[Line]:
    with line_to(planes["east"].server) as line:
        yield line


@pytest.fixture
def live(planes: dict[str, Connection], line: Line, tmp_path: Path) -> Iterator[Live]:
    """With `east` at the end of a line that can be cut; nothing of an earlier test is left on the real ones."""
    simulator = Simulator("north", tmp_path)
    with alone(), at_work():
        others = {**planes, "east": replace(planes["east"], server=line.url)}
        live = Live([simulator], others=others)
        yield live
        line.heal()
        remove(live)
    simulator.stop()


@pytest.fixture
def boutique(planes: dict[str, Connection], tmp_path: Path) -> Iterator[tuple[Cast, list[Cluster]]]:
    """People of a tenant with the demo's limits for three clusters, and nothing deployed; all is deleted afterwards."""
    simulator, people = Simulator("north", tmp_path), cast.everyone()
    set_limits(people.boutique.pk, limits={name: 2 * amount for name, amount in LIMITS.items()})
    with alone(), at_work():
        north = cast.cluster(
            "north",
            server=f"http://127.0.0.1:{simulator.port}",
            token=simulator.token,
            tenants=[people.boutique],
            own=(PROVISIONER,),
        )
        real = [cast.cluster_at(one, name=name, tenants=[people.boutique]) for name, one in planes.items()]
        there = [north, *real]
        yield people, there
        for name in App.objects.filter(deleted_at=None).values_list("name", flat=True):
            delete(name, actor=cast.actor(people.alice))
        assert not any(workloads(one) for one in there)
    simulator.stop()


def workloads(cluster: Cluster) -> dict[str, tuple[int, int]]:
    """Of every app: how many instances are ready and wanted, as the cluster itself says."""
    connection = connect(cluster.pk, PROVISIONER)
    items = Outsider(connection, namespace=NAMESPACE).get(DEPLOYMENTS)["items"]
    status = {one["metadata"]["labels"]["slipway.dev/app"]: one["status"] for one in items}
    return {name: (one.get("readyReplicas", 0), one.get("replicas", 0)) for name, one in status.items()}


def pods(live: Live, cluster: str) -> list[dict[str, Any]]:
    with open_gateway(live.clusters[cluster].pk, role=OBSERVER, tenant=live.tenant) as gateway:
        listed: list[dict[str, Any]] = gateway.list_app(str(live.app.pk))["pods"]
    return listed


def gone(live: Live, cluster: str) -> bool:
    return not pods(live, cluster)


def remove(live: Live) -> None:
    """Delete the app, and wait until nothing of it is left on any of them."""
    live.delete()
    assert all(gone(live, name) for name in EVERYWHERE)


def images(live: Live, cluster: str) -> set[str]:
    staying = [pod for pod in pods(live, cluster) if "deletionTimestamp" not in pod["metadata"]]
    return {pod["spec"]["containers"][0]["image"].rpartition(":")[2] for pod in staying}


def everywhere(live: Live, tag: str) -> None:
    wait_for(
        lambda: all(images(live, name) == {tag} for name in EVERYWHERE),
        what=lambda: f"they run {[(name, images(live, name)) for name in EVERYWHERE]}",
        every=ASKED_EVERY,
    )


def ends(live: Live, number: int, state: str) -> Release:
    release = live.until(number, "succeeded", "failed", "rolled_back", seconds=300)
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
        no_room_for_more(outsider, "small")
        live.on_app("process.scale", process="web", replicas=12)
        failed = ends(live, live.deploy(), "failed")
        assert "east" in failed.why and "exceeded quota: small" in failed.why
    finally:
        outsider.delete(QUOTAS, "small")
    # What the workload says of the quota stays for a while; the next release does not take it for its own.
    ends(live, live.deploy("registry.example.com/shop:2"), "succeeded")


def test_a_workload_that_somebody_deleted_is_made_again_by_the_next_release(
    live: Live, planes: dict[str, Connection]
) -> None:
    ends(live, live.deploy(), "succeeded")
    Outsider(planes["west"], namespace=NAMESPACE).delete(DEPLOYMENTS, "shop--web")
    wait_for(lambda: gone(live, "west"), what=lambda: "its instances stay", every=ASKED_EVERY)
    ends(live, live.deploy("registry.example.com/shop:2"), "succeeded")
    everywhere(live, "2")


def test_the_online_boutique_runs_on_all_of_them(boutique: tuple[Cast, list[Cluster]]) -> None:
    people, clusters = boutique
    names = set(demo.add_apps(on=[one.name for one in clusters]))
    assert len(names) == 11
    all_end_well(11)
    for cluster in clusters:
        assert workloads(cluster) == {name: (1, 1) for name in names}, cluster.name

    bob, frontend = cast.actor(people.bob), Ref(APP, "boutique", "frontend")
    image = {"process": "web", "image": "registry.example.com/frontend:v2"}
    perform("image.set", actor=bob, ref=frontend, data=image)
    perform("release.start", actor=bob, ref=frontend, data={})
    all_end_well(12)
    for cluster in clusters:
        found = Outsider(connect(cluster.pk, PROVISIONER), namespace=NAMESPACE).get(DEPLOYMENTS, "frontend--web")
        assert found["spec"]["template"]["spec"]["containers"][0]["image"] == image["image"]
        assert found["status"]["readyReplicas"] == found["status"]["replicas"]


def all_end_well(count: int) -> None:
    """Wait until there are so many releases, and all have succeeded."""

    def states() -> list[tuple[str, str, str]]:
        return [(one.app.name, one.state, one.why) for one in Release.objects.select_related("app")]

    wait_for(
        lambda: len(states()) == count and all(state == "succeeded" for _app, state, _why in states()),
        what=lambda: f"they are {[one for one in states() if one[1] != 'succeeded']}",
        seconds=300,
        every=ASKED_EVERY,
    )


def test_it_moves_from_one_real_cluster_to_another(live: Live) -> None:
    live.on_app("placement.targets", targets=[{"cluster": "east"}, {"cluster": "north"}])
    ends(live, live.deploy(), "succeeded")
    ends(live, int(live.on_app("placement.move", **{"from": "east", "to": "west"}).result["release"]), "succeeded")
    wait_for(lambda: gone(live, "east"), what=lambda: "east is not emptied", every=ASKED_EVERY)
    assert [len(pods(live, name)) for name in ("west", "north")] == [2, 2]
