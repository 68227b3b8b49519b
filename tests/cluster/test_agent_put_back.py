"""A cluster whose store somebody put back to an earlier state: versions begin again where they were then."""

from __future__ import annotations

import asyncio
import shutil
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from releases.gateway import Gateway
from tenants import clusters
from tenants.clusters import Connection, Credential
from tests.cluster.conftest import StartSimulator
from tests.cluster.listening import Heard, in_thread, listening, until
from tests.cluster.outsider import connection_by, connection_to, make_namespace
from tests.cluster.planes import end_cluster, kill_cluster, real_cluster
from tests.cluster.watched import Deployments, is_empty, ready

pytestmark = pytest.mark.django_db(transaction=True)
NAME = "put-back"
AT_MOST_SECONDS = 30


class Kept:
    """A cluster with a copy of its store: `keep` makes it, `put_back` goes on from it."""

    def __init__(self, store: Path, *, start: Callable[[], Connection], end: Callable[[], object]) -> None:
        self._store, self._copy = store, store.with_name("copy")
        self._start, self._end = start, end
        self.connection = start()

    def keep(self) -> None:
        self._end()
        shutil.copytree(self._store, self._copy)
        self._start()

    def put_back(self) -> None:
        self._end()
        shutil.rmtree(self._store)
        shutil.copytree(self._copy, self._store)
        self._start()


@pytest.fixture
def simulated(tmp_path: Path, start_simulator: StartSimulator) -> Kept:
    running = []

    def start() -> Connection:
        port = running[-1].url.rsplit(":", 1)[1] if running else "0"
        running.append(start_simulator("--port", port, "--speed", "4"))
        return connection_to(running[-1])

    return Kept(tmp_path, start=start, end=lambda: running[-1].stop())


@pytest.fixture
def real() -> Iterator[Kept]:
    def start() -> Connection:
        return connection_by(real_cluster(NAME))

    store = real_cluster(NAME).parent / "etcd"
    yield Kept(store, start=start, end=lambda: kill_cluster(NAME))
    end_cluster(NAME)


@pytest.mark.parametrize("kind", ["simulated", "real"])
async def test_what_runs_in_the_state_that_was_put_back_is_told_within_seconds(
    kind: str, request: pytest.FixtureRequest
) -> None:
    kept: Kept = request.getfixturevalue(kind)
    connection = replace(kept.connection, name="north")
    known = Credential(token=connection.token, client_cert=connection.client_cert, client_key=connection.client_key)
    ways = {"server": connection.server, "ca_pem": connection.ca_pem, "title": "North"}
    await in_thread(clusters.register, "north", credentials={clusters.OBSERVER: known}, **ways)
    heard, older, newer, going = Heard(), *(str(uuid.uuid4()) for _ in range(3))
    with Gateway(connection, namespace=f"slipway-{uuid.uuid4().hex[:8]}") as gateway:
        there = Deployments(gateway)
        await in_thread(make_namespace, connection, gateway.namespace)
        async with listening(heard):
            await there.deploy(older)
            await there.deploy(going)
            await until(lambda: ready(heard.last(older)) == ready(heard.last(going)) == 2)
            await in_thread(kept.keep)
            await there.remove(going)
            await there.scale(older, 3)
            await there.deploy(newer)
            for tag in range(3, 20):
                await there.deploy(newer, tag=f"{tag}.0", fence=tag)
            await until(lambda: ready(heard.last(older)) == 3 and ready(heard.last(newer)) == 2)
            await until(lambda: is_empty(heard.last(going)))

            await in_thread(kept.put_back)
            async with asyncio.timeout(AT_MOST_SECONDS):
                await until(lambda: ready(heard.last(older)) == ready(heard.last(going)) == 2)
                await until(lambda: is_empty(heard.last(newer)))
            await there.scale(older, 4)
            await until(lambda: ready(heard.last(older)) == 4)
