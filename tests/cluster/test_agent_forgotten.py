"""A real API server that forgot what happened while the agent was cut off: it answers 410, and all is listed anew."""

from __future__ import annotations

import asyncio
import os
import signal
import uuid
from collections.abc import Iterator
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.error import URLError

import pytest

from releases.gateway import Gateway
from tenants import clusters
from tenants.clusters import Connection, Credential
from tests.cluster.faulty import CUT, Line, line_to
from tests.cluster.listening import Heard, in_thread, listening, until
from tests.cluster.outsider import Outsider, connection_by, make_namespace
from tests.cluster.planes import end_cluster, real_cluster
from tests.cluster.watched import Deployments, is_empty, ready

pytestmark = pytest.mark.django_db(transaction=True)
NAME = "forgetful"
PODS = "v1/pods"


@pytest.fixture(scope="module")
def plane() -> Iterator[Path]:
    """The folder of a control plane of this module alone: what it is put through would disturb others."""
    kubeconfig = real_cluster(NAME)
    yield kubeconfig.parent
    end_cluster(NAME)


@pytest.fixture
def connection(plane: Path) -> Connection:
    return replace(connection_by(plane / "admin.kubeconfig"), name="north")


@pytest.fixture
def line(connection: Connection) -> Iterator[Line]:
    known = Credential(token=connection.token, client_cert=connection.client_cert, client_key=connection.client_key)
    with line_to(connection.server) as line:
        ways = {"server": line.url, "ca_pem": connection.ca_pem}
        clusters.register("north", title="North", credentials={clusters.OBSERVER: known}, **ways)
        yield line


@pytest.fixture
def there(connection: Connection, line: Line) -> Iterator[Deployments]:
    with Gateway(connection, namespace=f"slipway-{uuid.uuid4().hex[:8]}") as gateway:
        make_namespace(connection, gateway.namespace)
        yield Deployments(gateway)


async def forget(plane: Path, outsider: Outsider) -> None:
    """End the API server: the one that takes its place knows what is there, and nothing of how it came about."""
    pid = int((plane / "logs" / f"{NAME}-kube-apiserver.pid").read_text("ascii"))
    os.kill(pid, signal.SIGKILL)
    async with asyncio.timeout(40):
        while not await in_thread(answers, outsider):
            await asyncio.sleep(0.2)


def answers(outsider: Outsider) -> bool:
    try:
        outsider.get(PODS)
    except (URLError, OSError):
        return False
    return True


def watched_from(outsider: Outsider, version: str) -> dict[str, Any]:
    """The first event of a watch of instances from a version on."""
    return outsider.get(PODS, watch="1", resourceVersion=version, timeoutSeconds="1")


async def test_what_happened_before_the_cluster_forgot_is_told_all_the_same(
    plane: Path, connection: Connection, there: Deployments, line: Line
) -> None:
    heard, staying, going, new = Heard(), *(str(uuid.uuid4()) for _ in range(3))
    outsider = Outsider(connection, namespace=there.gateway.namespace)
    async with listening(heard):
        await there.deploy(staying)
        await there.deploy(going)
        await until(lambda: ready(heard.last(staying)) == ready(heard.last(going)) == 2, seconds=40)
        version = (await in_thread(outsider.get, PODS))["metadata"]["resourceVersion"]
        await in_thread(line.hurt, CUT)
        await there.remove(going)
        await there.deploy(new, replicas=3)
        await until(lambda: ready(there.gateway.list_app(new)) == 3, seconds=40)
        await until(lambda: is_empty(there.gateway.list_app(going)), seconds=40)
        await forget(plane, outsider)
        refused = await in_thread(watched_from, outsider, version)
        assert (refused["type"], refused["object"]["code"]) == ("ERROR", HTTPStatus.GONE)
        await in_thread(line.heal)

        await until(lambda: ready(heard.last(new)) == 3, seconds=30)
        await until(lambda: is_empty(heard.last(going)), seconds=30)
    assert ready(heard.last(staying)) == 2
