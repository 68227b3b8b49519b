"""Releases on simulated clusters: gateway, agent, worker, clock and engine together."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from apps_mgmt.models import AppStatus, Deployed
from releases import observation
from releases.gateway import open_gateway
from releases.models import Observation, Sweep
from releases.sweep import sweep
from tenants.clusters import OBSERVER
from tests.cluster.watched import settled
from tests.releases.live import Live, Simulator, at_work, wait_for

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def simulators(tmp_path: Path) -> Iterator[list[Simulator]]:
    started = [Simulator("north", tmp_path), Simulator("south", tmp_path)]
    yield started
    for one in started:
        one.stop()


@pytest.fixture
def live(simulators: list[Simulator]) -> Iterator[Live]:
    with at_work():
        yield Live(simulators)


def listed(live: Live, cluster: str) -> dict[str, Any]:
    """What a cluster itself lists of the app."""
    with open_gateway(live.clusters[cluster].pk, role=OBSERVER, tenant=live.tenant) as gateway:
        found: dict[str, Any] = gateway.list_app(str(live.app.pk))
    return found


def instances(live: Live, cluster: str) -> list[dict[str, Any]]:
    """Without what is going."""
    return [pod for pod in listed(live, cluster)["pods"] if "deletionTimestamp" not in pod["metadata"]]


def running_images(live: Live, cluster: str) -> set[str]:
    return {pod["spec"]["containers"][0]["image"] for pod in instances(live, cluster)}


def instance_names(live: Live, cluster: str) -> set[str]:
    return {pod["metadata"]["name"] for pod in instances(live, cluster)}


def test_deploy_then_a_crash_then_one_click_back(live: Live) -> None:
    live.until(live.deploy(), "succeeded")
    assert running_images(live, "north") == running_images(live, "south") == {"registry.example.com/shop:1"}

    failed = live.until(live.deploy("registry.example.com/shop:crash"), "failed", "succeeded")
    assert failed.state == "failed"
    assert failed.reason is not None and failed.reason["code"] == "crash_loop", failed.why
    assert running_images(live, "south") == {"registry.example.com/shop:1"}
    facts = observation.load(Observation.objects.get(cluster_id=live.clusters["north"].pk).facts)
    assert facts is not None and facts.ready >= 2

    back = live.on_app("release.rollback").result
    live.until(int(back["release"]), "succeeded")
    wait_for(
        lambda: running_images(live, "north") == {"registry.example.com/shop:1"},
        what=lambda: f"north runs {running_images(live, 'north')}",
    )
    status = AppStatus.objects.filter(app=live.app).values_list("state", "ready", "wanted")
    wait_for(lambda: status.get() == ("healthy", 4, 4), what=lambda: f"the app is {status.get()}")
    assert set(Deployed.objects.values_list("cluster_name", "revision__number")) == {("north", 1), ("south", 1)}
    sweep = Sweep.objects.first()
    assert sweep is None or sweep.caught == 0


def test_a_cluster_that_dies_and_comes_back_only_holds_the_release(live: Live, simulators: list[Simulator]) -> None:
    live.until(live.deploy(), "succeeded")
    simulators[0].stop()
    number = live.deploy("registry.example.com/shop:2")
    wait_for(
        lambda: live.release(number).targets.get(cluster_name="north").lost_since,
        what=lambda: "nobody noticed that north is gone",
    )
    assert live.release(number).state == "running"
    assert simulators[0].start()
    live.until(number, "succeeded")
    assert running_images(live, "north") == {"registry.example.com/shop:2"}


def test_aborting_brings_back_what_ran_before(live: Live) -> None:
    live.until(live.deploy(), "succeeded")
    number = live.deploy("registry.example.com/shop:stall")
    wait_for(
        lambda: live.release(number).runs.filter(state="watching", step=4).exists(),
        what=lambda: f"release {number} waits for nothing: {live.release(number).state}",
    )
    live.on_release("release.abort", number)
    live.until(number, "rolled_back")
    assert running_images(live, "north") == {"registry.example.com/shop:1"}


def test_a_deleted_app_leaves_nothing_behind(live: Live) -> None:
    live.until(live.deploy(), "succeeded")
    live.on_app("app.delete", actor=live.alice, confirm="shop")
    live.until(2, "succeeded")
    assert running_images(live, "north") == running_images(live, "south") == set()
    assert not Deployed.objects.filter(app=live.app).exists()


def swept(live: Live, number: int, *, on: str) -> None:
    """Wait until the instances of a release are ready on a cluster, then let a sweep find that out."""
    runs = live.release(number).runs.filter(cluster_id=live.clusters[on].pk, state="watching")
    wait_for(runs.exists, what=lambda: f"release {number} is {live.release(number).why}")
    # There will be one look at the cluster, so its controllers have to have counted by then.
    wait_for(lambda: settled(listed(live, on), count=2), what=lambda: f"there is {listed(live, on)}")
    runs.update(started=timezone.now() - timedelta(minutes=1))
    sweep(timezone.now())
    wait_for(lambda: not runs.exists(), what=lambda: "the sweep saw nothing")


def test_with_no_agent_at_all_the_sweep_brings_it_home_and_counts(simulators: list[Simulator]) -> None:
    with at_work(agent=False):
        live = Live(simulators)
        number = live.deploy()
        for name in ("north", "south"):
            swept(live, number, on=name)
        live.until(number, "succeeded")
        assert Sweep.objects.get().caught == 2


def test_a_restart_replaces_every_instance_of_the_same_image(live: Live) -> None:
    live.until(live.deploy(), "succeeded")
    before = instance_names(live, "north")
    live.until(int(live.on_app("process.restart", process="web").result["release"]), "succeeded")
    wait_for(
        lambda: not instance_names(live, "north") & before,
        what=lambda: f"{instance_names(live, 'north') & before} still run",
    )
    assert running_images(live, "north") == {"registry.example.com/shop:1"}
