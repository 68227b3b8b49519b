"""Canary, batches and blue-green over two real control planes and a simulated cluster, counted at every event.

What a strategy promises is that as many instances are ready as the process shall have: none of them allows fewer.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db.models import Q

from releases.models import StepRun
from tenants.clusters import PROVISIONER, Connection
from tenants.clusters import connection as connect
from tests.cluster.capacity import Capacity, counted
from tests.cluster.outsider import Outsider, connection_by
from tests.cluster.planes import alone, end_cluster, kill_cluster, real_cluster
from tests.releases.live import Live, Simulator, at_work, wait_for
from tests.releases.test_rollout_real import ASKED_EVERY, DEPLOYMENTS, EVERYWHERE, NAMESPACE, ends, images, remove

pytestmark = pytest.mark.django_db(transaction=True)
OLD, NEW = "registry.example.com/shop:1", "registry.example.com/shop:2"
SHOULD = 4  # a third of the twelve that are asked for, on each


@pytest.fixture(scope="module")
def planes() -> Iterator[dict[str, Connection]]:
    yield {name: connection_by(real_cluster(plane)) for name, plane in (("east", "real"), ("west", "second"))}
    end_cluster("second")


@pytest.fixture
def live(planes: dict[str, Connection], tmp_path: Path) -> Iterator[Live]:
    """The app runs with twelve instances on all three; nothing of it is left on the real ones afterwards."""
    simulator = Simulator("north", tmp_path)
    with alone(), at_work():
        live = Live([simulator], others=planes)
        live.on_app("process.scale", process="web", replicas=3 * SHOULD)
        live.on_app("release.waves", across="together")
        ends(live, live.deploy(), "succeeded")
        yield live
        remove(live)
    simulator.stop()


def outsider(live: Live, name: str) -> Outsider:
    return Outsider(connect(live.clusters[name].pk, PROVISIONER), namespace=NAMESPACE)


@pytest.fixture
def counts(live: Live) -> Iterator[dict[str, Capacity]]:
    """From the moment that all of it runs to the end of the test, whatever happens in between."""
    with counted({name: outsider(live, name) for name in EVERYWHERE}, app="shop") as counts:
        yield counts
    for name, one in counts.items():
        assert one.events > SHOULD, f"nobody heard of {name}"
        assert one.lowest >= SHOULD, f"{name} had {one.lowest} ready instances of {SHOULD}"


def by(live: Live, kind: str, **strategy: object) -> int:
    """The number of a release of the new image that goes by a strategy."""
    live.on_app("release.strategy", kind=kind, **strategy)
    return live.deploy(NEW)


def waits(live: Live, number: int, *, on: int = 1) -> None:
    """Until the release waits for people, or keeps an old set, on so many clusters."""
    held = Q(reason__code__startswith="waits_for") | Q(reason__code="old_set_kept")
    runs = StepRun.objects.filter(held, release__number=number, state="watching")
    wait_for(
        lambda: runs.count() == on,
        what=lambda: f"release {number} is {live.release(number).state}, {live.release(number).why}",
        every=ASKED_EVERY,
    )


def both(live: Live) -> dict[str, set[str]]:
    return {name: images(live, name) for name in EVERYWHERE}


def settles(live: Live, tag: str) -> None:
    """Until each cluster has as many instances as it shall have, all of one image and with one track."""

    def there(name: str) -> list[str]:
        return [one["metadata"]["name"] for one in outsider(live, name).get(DEPLOYMENTS)["items"]]

    wait_for(
        lambda: all(images(live, name) == {tag} and there(name) == ["shop--web"] for name in EVERYWHERE),
        what=lambda: f"they run {both(live)} in {[there(name) for name in EVERYWHERE]}",
        every=ASKED_EVERY,
    )


def test_a_canary_goes_from_wave_to_wave_once_it_is_approved(live: Live, counts: dict[str, Capacity]) -> None:
    live.on_app("release.waves", order=[{"clusters": [name]} for name in EVERYWHERE])
    steps = [
        {"kind": "batch", "name": "one", "replicas": "1"},
        {"kind": "batch", "name": "all", "replicas": "100%"},
        {"kind": "approval", "name": "next"},
    ]
    number = by(live, "canary", steps=steps)
    waits(live, number)
    assert both(live) == {"east": {"2"}, "north": {"1"}, "west": {"1"}}

    live.on_release("release.approve", number, actor=live.alice)
    ends(live, number, "succeeded")
    settles(live, "2")


def test_batches_go_on_where_a_control_plane_was_killed_once_it_is_back(
    live: Live, counts: dict[str, Capacity]
) -> None:
    number = by(live, "batches", batch="50%", batch_pause=-1)
    waits(live, number, on=len(EVERYWHERE))
    assert both(live) == {name: {"1", "2"} for name in EVERYWHERE}

    kill_cluster("second")
    live.on_release("release.promote", number)
    west = live.release(number).targets.filter(cluster_name="west", lost_since__isnull=False)
    wait_for(west.exists, what=lambda: "nobody noticed that west is gone", every=ASKED_EVERY)
    wait_for(
        lambda: images(live, "east") == images(live, "north") == {"2"},
        what=lambda: "the others wait for it",
        every=ASKED_EVERY,
    )
    assert live.release(number).state == "running"
    real_cluster("second")
    ends(live, number, "succeeded")
    settles(live, "2")


def test_blue_green_comes_back_when_it_is_aborted_and_after_its_end(live: Live, counts: dict[str, Capacity]) -> None:
    number = by(live, "blue-green", keep=3600)
    waits(live, number, on=len(EVERYWHERE))
    assert both(live) == {name: {"1", "2"} for name in EVERYWHERE}
    live.on_release("release.abort", number)
    ends(live, number, "rolled_back")
    settles(live, "1")

    number = live.deploy()
    waits(live, number, on=len(EVERYWHERE))
    live.on_release("release.promote", number)
    ends(live, number, "succeeded")
    settles(live, "2")

    ends(live, int(live.on_app("release.rollback").result["release"]), "succeeded")
    settles(live, "1")
