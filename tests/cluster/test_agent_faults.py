"""The agent on a line that is hurt: after any fault it tells what the cluster lists, on both kinds of cluster."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from releases.agent import backoff, health, probing, session
from releases.gateway import Gateway
from tenants import clusters
from tenants.clusters import Connection, Credential
from tenants.models import Cluster
from tests.cluster.faulty import CUT, FAULTS, Line, line_to
from tests.cluster.listening import LIMIT_SECONDS, Heard, in_thread, listening, until
from tests.cluster.outsider import connection_by, connection_to, make_namespace
from tests.cluster.simulators import Simulator
from tests.cluster.watched import Deployments, is_empty, ready

pytestmark = pytest.mark.django_db(transaction=True)
AT_MOST_SECONDS = 30
SLOW = {"slow", "in small pieces"}
"""What comes through all the same."""


@pytest.fixture
def connection(kubeconfig: str, request: pytest.FixtureRequest) -> Connection:
    """Straight to the cluster, which is how things are changed there while the line is hurt."""
    if "simulator" in kubeconfig:
        simulator: Simulator = request.getfixturevalue("simulator")
        return connection_to(simulator)
    return connection_by(kubeconfig)


@pytest.fixture
def line(connection: Connection) -> Iterator[Line]:
    with line_to(connection.server) as line:
        yield line


@pytest.fixture
def cluster(connection: Connection, line: Line) -> Cluster:
    """The record of the cluster, at the address of the line."""
    known = Credential(token=connection.token, client_cert=connection.client_cert, client_key=connection.client_key)
    return clusters.register(
        "north", title="North", server=line.url, ca_pem=connection.ca_pem, credentials={clusters.OBSERVER: known}
    )


@pytest.fixture
def there(connection: Connection, cluster: Cluster) -> Iterator[Deployments]:
    with Gateway(replace(connection, name="north"), namespace=f"slipway-{uuid.uuid4().hex[:8]}") as gateway:
        make_namespace(connection, gateway.namespace)
        yield Deployments(gateway)


@pytest.mark.parametrize("fault", [*FAULTS, CUT])
async def test_after_a_fault_it_tells_what_the_cluster_lists(there: Deployments, line: Line, fault: str) -> None:
    heard, old, new, going = Heard(), *(str(uuid.uuid4()) for _ in range(3))
    async with listening(heard):
        await there.deploy(old)
        await there.deploy(going)
        await until(lambda: ready(heard.last(old)) == ready(heard.last(going)) == 2)
        await in_thread(line.hurt, fault)
        await there.deploy(old, tag="2.0", fence=2)
        await there.deploy(new)
        await there.remove(going)
        await asyncio.sleep(3)
        assert fault in SLOW or heard.of(new) == []
        await in_thread(line.heal)

        async with asyncio.timeout(AT_MOST_SECONDS):
            for app in (old, new, going):
                await as_listed(heard, there, app)
        # How long the cluster itself takes to get there is its own affair.
        await until(lambda: ready(heard.last(new)) == 2)
        await until(lambda: is_empty(heard.last(going)))
        await as_listed(heard, there, old)


async def test_the_first_answer_ends_the_waiting_of_all(
    there: Deployments, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has failed for long waits for long before the next try; a small question is asked every second."""
    monkeypatch.setattr(probing, "SILENT_SECONDS", 1.0)
    monkeypatch.setattr(backoff, "CEILING_SECONDS", 3600.0)
    monkeypatch.setattr(backoff, "FIRST_SECONDS", 3600.0)
    heard, app = Heard(), str(uuid.uuid4())
    async with listening(heard):
        await until(lambda: heard.states)
        await in_thread(line.hurt, CUT)
        await until(lambda: len(heard.states) == 2, seconds=40)
        await there.deploy(app)
        await in_thread(line.heal)
        await until(lambda: ready(heard.last(app)) == 2, seconds=AT_MOST_SECONDS)
        await until(lambda: len(heard.states) == 3)
    assert [state for _id, state, _reason in heard.states] == ["back", "lost", "back"]


async def test_a_line_that_falls_silent_is_noticed_while_it_is_silent(
    there: Deployments, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half open: nothing ends, nothing is refused, and nothing comes. Only the agent itself can find that out."""
    monkeypatch.setattr(health, "LOST_AFTER_SECONDS", 1.0)
    monkeypatch.setattr(probing, "SILENT_SECONDS", 1.0)
    monkeypatch.setattr(session, "PROBE_SECONDS", 1.0)
    heard, app = Heard(), str(uuid.uuid4())
    async with listening(heard):
        await until(lambda: heard.states)
        await in_thread(line.hurt, "silent")
        await there.deploy(app)
        await until(lambda: len(heard.states) == 2, seconds=20)
        assert heard.of(app) == []
        # All connections end with the silence. To open them again may well take a second.
        monkeypatch.setattr(health, "LOST_AFTER_SECONDS", 10.0)
        await in_thread(line.heal)
        await until(lambda: ready(heard.last(app)) == 2, seconds=AT_MOST_SECONDS)
        await until(lambda: len(heard.states) == 3, seconds=AT_MOST_SECONDS)
    assert [state for _id, state, _reason in heard.states] == ["back", "lost", "back"]
    assert heard.states[1][2] == "it took too long"


@pytest.mark.parametrize("cut", [False, True], ids=["watching", "away meanwhile"])
async def test_what_was_deleted_and_made_again_under_its_name_is_told_as_another(
    there: Deployments, line: Line, cut: bool
) -> None:
    heard, app = Heard(), str(uuid.uuid4())
    async with listening(heard):
        await there.deploy(app)
        await until(lambda: ready(heard.last(app)) == 2)
        before = uid_in(heard.last(app))
        if cut:
            await in_thread(line.hurt, CUT)
        await there.remove(app)
        while (await in_thread(there.gateway.list_app, app))["workloads"]:
            await asyncio.sleep(0.1)
        await there.deploy(app, fence=100, replicas=3)
        if cut:
            await in_thread(line.heal)
        # Each kind has a watch of its own, so the new instances may be told before the new workload.
        await until(lambda: uid_in(heard.last(app)) not in ("", before))
        await until(lambda: ready(heard.last(app)) == len(heard.last(app)["pods"]) == 3)


def uid_in(snapshot: dict[str, Any]) -> str:
    return str(snapshot["workloads"][0]["metadata"]["uid"]) if snapshot["workloads"] else ""


async def as_listed(heard: Heard, there: Deployments, app: str) -> None:
    """Until what is told of an app is what the cluster lists."""
    async with asyncio.timeout(LIMIT_SECONDS):
        while same(heard.last(app)) != same(await in_thread(there.gateway.list_app, app)):
            await asyncio.sleep(0.1)


def same(snapshot: dict[str, Any]) -> dict[str, Any]:
    """All that is told of an app but which version of the whole it is, and what instances said meanwhile."""
    kinds = ("workloads", "replicasets", "pods")
    return {kind: [{k: v for k, v in one.items() if k != "words"} for one in snapshot[kind]] for kind in kinds}
