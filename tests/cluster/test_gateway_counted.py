"""What only the simulated cluster can do: lose an answer on purpose, and count what was really written."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from portal.errors import ClusterAway
from releases.gateway import Gateway
from tests.cluster.outsider import connection_to, make_namespace
from tests.cluster.shop import deployment, service
from tests.cluster.simulators import Simulator


@pytest.fixture
def gateway(simulator: Simulator) -> Iterator[Gateway]:
    with Gateway(connection_to(simulator), namespace=f"slipway-{uuid.uuid4().hex[:8]}") as opened:
        make_namespace(connection_to(simulator), opened.namespace)
        yield opened


def written(simulator: Simulator, gateway: Gateway) -> dict[str, int]:
    """How often each object of the namespace was really changed through us."""
    counts = {place: by for place, by in simulator.counts().items() if f"/{gateway.namespace}/" in place}
    return {place: by["slipway"]["changes"] for place, by in counts.items() if "slipway" in by}


def test_each_release_after_the_creation_is_one_write(gateway: Gateway, simulator: Simulator) -> None:
    gateway.apply(deployment(), fence=1, release="1", replicas=3)
    gateway.apply(service(), fence=1, release="1")
    before = written(simulator, gateway)
    gateway.apply(deployment(image="shop:2"), fence=2, release="2")
    gateway.apply(service(), fence=2, release="2")
    assert {place: number - before[place] for place, number in written(simulator, gateway).items()} == dict.fromkeys(
        before, 1
    )


@pytest.fixture
def faulty(simulator: Simulator) -> Iterator[Simulator]:
    yield simulator
    simulator.faults(lose_answers=0, down=False, status=0)


@pytest.mark.parametrize("fence", [1, 2])
def test_an_answer_that_is_lost_does_not_make_the_write_happen_twice(
    gateway: Gateway, faulty: Simulator, fence: int
) -> None:
    for number in range(1, fence):
        gateway.apply(deployment(image=f"shop:{number}"), fence=number, release=str(number), replicas=3)
    wanted = deployment(image=f"shop:{fence}")
    for _attempt in range(10):
        faulty.faults(lose_answers=1)
        try:
            applied = gateway.apply(wanted, fence=fence, release=str(fence), replicas=3)
        except ClusterAway:
            continue
        break
    assert (applied.created, applied.changed, applied.generation) == (False, False, fence)
    changes = faulty.counts()[f"deployments.apps/{gateway.namespace}/shop--web"]["slipway"]
    assert changes.get("create") == 1
