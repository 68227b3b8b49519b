"""Batches, canary and blue-green on simulated clusters, with everything at work."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from releases.gateway import open_gateway
from releases.models import StepRun
from tenants.clusters import OBSERVER, PROVISIONER
from tenants.clusters import connection as connect
from tests.cluster.outsider import Outsider
from tests.releases.live import Live, on_north, wait_for

pytestmark = pytest.mark.django_db(transaction=True)
NEW = "registry.example.com/shop:2"
HELD = ("waits_for_person", "old_set_kept")


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    with on_north(tmp_path) as live:
        yield live


def tracks(live: Live) -> dict[str, list[str]]:
    """Track → the images of its instances that are not going."""
    with open_gateway(live.clusters["north"].pk, role=OBSERVER, tenant=live.tenant) as gateway:
        pods = gateway.list_app(str(live.app.pk))["pods"]
    found: dict[str, list[str]] = {}
    for pod in pods:
        if "deletionTimestamp" not in pod["metadata"]:
            track = pod["metadata"]["labels"]["slipway.dev/track"]
            found.setdefault(track, []).append(pod["spec"]["containers"][0]["image"].rpartition(":")[2])
    return {track: sorted(images) for track, images in sorted(found.items())}


def find(live: Live, kind: str, name: str) -> dict[str, Any]:
    with open_gateway(live.clusters["north"].pk, role=OBSERVER, tenant=live.tenant) as gateway:
        return gateway.find(kind, name) or {}


def selector(live: Live) -> dict[str, str]:
    chosen: dict[str, str] = find(live, "Service", "shop--web")["spec"]["selector"]
    return chosen


def waits(live: Live, number: int) -> None:
    """Until the release waits for a person."""
    runs = StepRun.objects.filter(release__number=number, state="watching", reason__code__in=HELD)
    wait_for(runs.exists, what=lambda: f"release {number} is {live.release(number).state}, {live.release(number).why}")


def test_batches_replace_so_many_and_wait_for_a_word(live: Live) -> None:
    live.on_app("release.strategy", kind="batches", batch="50%", batch_pause=-1)
    live.until(live.deploy(), "succeeded")
    number = live.deploy(NEW)
    waits(live, number)
    assert tracks(live) == {"canary": ["2", "2"], "stable": ["1", "1"]}
    assert "slipway.dev/track" not in selector(live)
    live.on_release("release.promote", number)
    live.until(number, "succeeded")
    assert tracks(live) == {"stable": ["2", "2", "2", "2"]}
    assert selector(live)["slipway.dev/track"] == "stable"
    assert find(live, "Deployment", "shop--web--canary") == {}


def test_a_canary_that_crashes_goes_back_by_itself(live: Live) -> None:
    step = {"kind": "batch", "name": "one", "replicas": "1"}
    live.on_app("release.strategy", kind="canary", steps=[step, {"kind": "pause", "name": "look"}])
    live.on_app("release.auto_rollback", on=True)
    live.until(live.deploy(), "succeeded")
    number = live.deploy("registry.example.com/shop:crash")
    live.until(number, "rolled_back")
    wait_for(lambda: tracks(live) == {"stable": ["1"] * 4}, what=lambda: f"there is {tracks(live)}")
    assert selector(live)["slipway.dev/track"] == "stable"


def test_blue_green_switches_at_once_and_keeps_the_old_set_until_told(live: Live) -> None:
    live.on_app("release.strategy", kind="blue-green", keep=3600)
    live.until(live.deploy(), "succeeded")
    number = live.deploy(NEW)
    waits(live, number)
    assert tracks(live) == {"canary": ["2"] * 4, "stable": ["1"] * 4}
    assert selector(live)["slipway.dev/track"] == "canary"
    live.on_release("release.promote", number)
    live.until(number, "succeeded")
    assert tracks(live) == {"stable": ["2"] * 4}
    assert selector(live)["slipway.dev/track"] == "stable"


def test_a_workload_that_somebody_deletes_between_two_batches_is_told_as_deleted(live: Live) -> None:
    live.on_app("release.strategy", kind="batches", batch="50%")
    live.until(live.deploy(), "succeeded")
    number = live.deploy("registry.example.com/shop:stall")
    wait_for(lambda: "canary" in tracks(live), what=lambda: f"there is {tracks(live)}")
    connection = connect(live.clusters["north"].pk, PROVISIONER)
    Outsider(connection, namespace="slipway-boutique").delete("apps/v1/deployments", "shop--web")
    runs = StepRun.objects.filter(release__number=number, state="watching", reason__code="gone")
    wait_for(runs.exists, what=lambda: f"it says {live.release(number).why}")
    live.on_release("release.abort", number)
    live.until(number, "rolled_back")
    wait_for(lambda: tracks(live) == {"stable": ["1"] * 4}, what=lambda: f"there is {tracks(live)}")


def test_a_workload_that_somebody_makes_again_while_its_release_waits_is_told_so(live: Live) -> None:
    live.until(live.deploy(), "succeeded")
    number = live.deploy("registry.example.com/shop:stall")
    watching = StepRun.objects.filter(release__number=number, state="watching", step__gt=1)
    wait_for(watching.exists, what=lambda: f"it says {live.release(number).why}")
    there = Outsider(connect(live.clusters["north"].pk, PROVISIONER), namespace="slipway-boutique")
    found = there.get("apps/v1/deployments", "shop--web")
    there.delete("apps/v1/deployments", "shop--web")
    metadata = {key: found["metadata"][key] for key in ("name", "labels", "annotations")}
    there.create("apps/v1/deployments", {**found, "metadata": metadata})
    runs = watching.filter(reason__code="replaced")
    wait_for(runs.exists, what=lambda: f"it says {[run.reason for run in watching]}")
    live.on_release("release.abort", number)
    assert "kubectl-create changed" in live.until(number, "failed").why, "it is theirs until taken over"


def test_a_check_of_instances_waits_where_all_of_them_are_new(live: Live) -> None:
    one = {"kind": "batch", "name": "one", "replicas": "1"}
    check = {"kind": "http-check", "name": "alive", "process": "web", "lasts": 2, "period": 1, "failures": 0}
    live.on_app("release.strategy", kind="canary", steps=[one, {"kind": "wait", "name": "up"}, check])
    live.on_app("release.auto_rollback", on=True)
    live.until(live.deploy(), "succeeded")
    assert tracks(live) == {"stable": ["1"] * 4}
