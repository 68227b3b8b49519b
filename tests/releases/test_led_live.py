"""Strategies whose routes and Services move between two tracks, on two clusters of which one has a single instance: at
every event that these tell of their pods, whoever requests are led to is there and ready.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from apps_mgmt.models import Revision
from releases.models import StepRun
from tenants.clusters import PROVISIONER
from tenants.clusters import connection as connect
from tenants.models import Cluster
from tests.cluster.led import Led, followed
from tests.cluster.outsider import Outsider
from tests.releases.canary import HOST, NEW
from tests.releases.live import Live, Simulator, at_work, wait_for

pytestmark = pytest.mark.django_db(transaction=True)
NAMES = ("north", "south")
HELD = ("waits_for_person", "old_set_kept")
LOOK = {"kind": "pause", "name": "look", "seconds": -1}
AGAIN = {**LOOK, "name": "again"}
QUARTER = {"kind": "batch", "name": "some", "replicas": "25%"}
TENTH = {"kind": "traffic", "name": "tenth", "traffic": 10}
MATCH = {"kind": "traffic", "name": "half", "traffic": 50, "header": "x-canary", "value": "yes"}
ALL = {"kind": "traffic", "name": "all", "traffic": 100}


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    """Release 1 runs with three instances: two on north, one on south."""
    simulators = [Simulator(name, tmp_path) for name in NAMES]
    with at_work():
        live = Live(simulators)
        known = Cluster.objects.filter(capabilities__gateway_api="v1")
        wait_for(lambda: known.count() == len(NAMES), what=lambda: "they are not known")
        revision = Revision.objects.get(app=live.app, number=1)
        revision.spec["routes"] = [{"host": HOST, "process": "web"}]
        revision.save()
        live.on_app("process.scale", process="web", replicas=3)
        live.on_app("release.waves", across="together")
        live.until(live.deploy(), "succeeded")
        yield live
    for one in simulators:
        one.stop()


@pytest.fixture
def led(live: Live) -> Iterator[dict[str, Led]]:
    outsiders = {
        name: Outsider(connect(live.clusters[name].pk, PROVISIONER), namespace="slipway-boutique") for name in NAMES
    }
    with followed(outsiders, app="shop") as found:
        yield found
    for name, one in found.items():
        assert one.looks > 2, f"nobody looked at {name}"
        assert not one.nobody, f"on {name}, {one.nobody[0]}"


def waits(live: Live, number: int) -> None:
    """Until the release waits for people on both clusters."""
    runs = StepRun.objects.filter(release__number=number, state="watching", reason__code__in=HELD)
    wait_for(
        lambda: runs.count() == len(NAMES),
        what=lambda: f"release {number} is {live.release(number).state}, {live.release(number).why}",
    )


@pytest.mark.parametrize(
    ("steps", "shares"),
    [([QUARTER, LOOK, TENTH, AGAIN], {0, 10}), ([MATCH, LOOK, ALL, AGAIN], {0, 50, 100})],
    ids=["a batch first", "traffic alone"],
)
def test_a_canary_leads_to_those_that_are_there(
    live: Live, led: dict[str, Led], steps: list[dict[str, object]], shares: set[int]
) -> None:
    live.on_app("release.strategy", kind="canary", steps=steps)
    number = live.deploy(NEW)
    for _pause in range(2):
        waits(live, number)
        for one in led.values():
            one.look()
        live.on_release("release.promote", number)
    live.until(number, "succeeded")
    assert all(one.shares >= shares - {0} for one in led.values()), [one.shares for one in led.values()]


def test_a_canary_that_goes_back_in_batches_leads_to_those_that_are_there(live: Live, led: dict[str, Led]) -> None:
    live.on_app("release.auto_rollback", on=True, pace="in-batches")
    live.on_app("release.strategy", kind="canary", steps=[ALL, LOOK])
    number = live.deploy(NEW)
    waits(live, number)
    live.on_release("release.abort", number)
    live.until(number, "rolled_back")


def test_blue_green_hands_over_to_those_that_are_there(live: Live, led: dict[str, Led]) -> None:
    live.on_app("release.strategy", kind="blue-green", keep=3600)
    number = live.deploy(NEW)
    waits(live, number)
    live.on_release("release.promote", number)
    live.until(number, "succeeded")
