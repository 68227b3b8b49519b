"""Stopping, starting and deleting an instance on a simulated cluster, with everything at work."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from apps_mgmt.models import AppStatus, Revision
from releases.gateway import open_gateway
from releases.models import Observation, StepRun
from tenants.clusters import OBSERVER
from tests.releases.live import Live, on_north, wait_for

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    with on_north(tmp_path) as live:
        yield live


def instances(live: Live) -> list[str]:
    with open_gateway(live.clusters["north"].pk, role=OBSERVER, tenant=live.tenant) as gateway:
        pods = gateway.list_app(str(live.app.pk))["pods"]
    return [pod["metadata"]["name"] for pod in pods if "deletionTimestamp" not in pod["metadata"]]


def has_autoscaler(live: Live) -> bool:
    with open_gateway(live.clusters["north"].pk, role=OBSERVER, tenant=live.tenant) as gateway:
        return gateway.find("HorizontalPodAutoscaler", "shop--web") is not None


def autoscaled(live: Live) -> None:
    revision = Revision.objects.get(app=live.app, number=1)
    revision.spec["processes"][0]["autoscaler"] = {"least": 3, "most": 6, "cpu": 80}
    revision.save()


def test_a_stopped_app_has_no_instance_and_no_autoscaler_until_it_is_started(live: Live) -> None:
    autoscaled(live)
    live.until(live.deploy(), "succeeded")
    assert (len(instances(live)), has_autoscaler(live)) == (4, True)
    live.until(int(live.on_app("app.stop").result["release"]), "succeeded")
    assert (instances(live), has_autoscaler(live)) == ([], False)
    assert AppStatus.objects.get(app=live.app).state == "stopped"
    live.until(int(live.on_app("app.start").result["release"]), "succeeded")
    assert (len(instances(live)), has_autoscaler(live)) == (4, True)


def test_a_deleted_instance_is_replaced_by_another_one(live: Live) -> None:
    live.until(live.deploy(), "succeeded")
    before = instances(live)
    wait_for(
        lambda: before[0] in str(Observation.objects.filter(app=live.app).values_list("facts", flat=True)),
        what=lambda: "the agent told of no instance",
    )
    live.until(int(live.on_app("instance.delete", instance=before[0]).result["release"]), "succeeded")
    assert before[0] not in instances(live)
    assert len(instances(live)) == len(before)


def images(live: Live) -> list[str]:
    with open_gateway(live.clusters["north"].pk, role=OBSERVER, tenant=live.tenant) as gateway:
        pods = gateway.list_app(str(live.app.pk))["pods"]
    there = [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]
    return sorted(pod["spec"]["containers"][0]["image"].rpartition(":")[2] for pod in there)


def known(live: Live, name: str) -> bool:
    return name in str(Observation.objects.filter(app=live.app).values_list("facts", flat=True))


def test_a_held_canary_loses_an_instance_of_each_track_and_is_stopped_and_started(live: Live) -> None:
    live.until(live.deploy(), "succeeded")
    steps = [{"kind": "batch", "name": "one", "replicas": "1"}, {"kind": "pause", "name": "look"}]
    live.on_app("release.strategy", kind="canary", steps=steps)
    number = live.deploy("registry.example.com/shop:2")
    waiting = StepRun.objects.filter(release__number=number, state="watching", reason__code="waits_for_person")
    wait_for(waiting.exists, what=lambda: f"it does not pause: {live.release(number).state}")
    live.on_release("release.abort", number, after="hold")
    live.until(number, "failed")
    assert images(live) == ["1", "1", "1", "2"]
    for track in ("canary", "web-"):
        name = next(one for one in instances(live) if ("canary" in one) == (track == "canary"))
        wait_for(lambda name=name: known(live, name), what=lambda: "the agent told of no instance")
        live.until(int(live.on_app("instance.delete", instance=name).result["release"]), "succeeded", seconds=60)
        assert (name in instances(live), images(live)) == (False, ["1", "1", "1", "2"])
    live.until(int(live.on_app("app.stop").result["release"]), "succeeded")
    assert images(live) == []
    live.until(int(live.on_app("app.start").result["release"]), "succeeded")
    assert images(live) == ["1", "1", "1", "1"]
