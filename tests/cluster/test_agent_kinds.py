"""A kind that a cluster need not serve goes and comes back: only what there was of that kind is told of."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
import yaml

from portal.local.kubernetes.seeding import CLONESET
from releases.agent import cluster as agent_cluster
from releases.agent import health
from releases.gateway import Gateway
from tenants import clusters
from tenants.clusters import Connection, Credential
from tests.cluster.listening import Heard, in_thread, listening, until
from tests.cluster.outsider import Outsider, connection_by, make_namespace
from tests.cluster.planes import end_cluster, real_cluster
from tests.cluster.watched import Deployments, ready

pytestmark = pytest.mark.django_db(transaction=True)
NAME = "kinds"
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
DEFINITION: dict[str, Any] = yaml.safe_load(CLONESET.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def plane() -> Iterator[Path]:
    """A control plane of this module alone: others want CloneSets there."""
    yield real_cluster(NAME)
    end_cluster(NAME)


@pytest.fixture
def connection(plane: Path) -> Connection:
    return replace(connection_by(plane), name="north")


@pytest.fixture
def there(connection: Connection) -> Iterator[Deployments]:
    known = Credential(token=connection.token, client_cert=connection.client_cert, client_key=connection.client_key)
    ways = {"server": connection.server, "ca_pem": connection.ca_pem}
    clusters.register("north", title="North", credentials={clusters.OBSERVER: known}, **ways)
    with Gateway(connection, namespace=f"slipway-{uuid.uuid4().hex[:8]}") as gateway:
        make_namespace(connection, gateway.namespace)
        yield Deployments(gateway)


def clone_set(app_id: str, version: str) -> dict[str, Any]:
    labels = {"slipway.dev/app-id": app_id, "app.kubernetes.io/managed-by": "slipway"}
    metadata = {"name": f"app-{app_id[:4]}--web", "labels": labels}
    return {"apiVersion": f"apps.kruise.io/{version}", "kind": "CloneSet", "metadata": metadata, "spec": {}}


async def made(outsider: Outsider, app_id: str, version: str) -> None:
    """An API server serves a kind a moment after it was defined."""
    for _try in range(100):
        try:
            await in_thread(outsider.create, f"apps.kruise.io/{version}/clonesets", clone_set(app_id, version))
        except HTTPError as error:
            if error.code != 404:
                raise
            await asyncio.sleep(0.2)
        else:
            return
    raise AssertionError("the kind is not served")


def define(outsider: Outsider, *versions: dict[str, Any]) -> None:
    body = {**DEFINITION, "spec": {**DEFINITION["spec"], "versions": [*versions]}}
    outsider._send("POST", DEFINITIONS, {}, body, "application/json")


def undefine(outsider: Outsider) -> None:
    outsider._send("DELETE", f"{DEFINITIONS}/clonesets.apps.kruise.io", {}, {}, "application/json")


def workloads(heard: Heard, app_id: str) -> list[str]:
    return [one["apiVersion"] for one in heard.last(app_id)["workloads"]]


async def test_a_kind_that_goes_says_nothing_of_the_cluster(
    there: Deployments, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "LOST_AFTER_SECONDS", 2.0)
    monkeypatch.setattr(agent_cluster, "MISSING_SECONDS", 1.0)
    heard, cloned, other = Heard(), str(uuid.uuid4()), str(uuid.uuid4())
    outsider = Outsider(connection, namespace=there.gateway.namespace)
    (version,) = DEFINITION["spec"]["versions"]
    older, newer = {**version, "name": "v1alpha1"}, {**version, "name": "v1beta1"}
    async with listening(heard):
        await made(outsider, cloned, "v1alpha1")
        await until(lambda: workloads(heard, cloned) == ["apps.kruise.io/v1alpha1"], seconds=40)

        await in_thread(undefine, outsider)
        await until(lambda: workloads(heard, cloned) == [], seconds=20)
        await there.deploy(other)
        await until(lambda: ready(heard.last(other)) == 2, seconds=40)
        await asyncio.sleep(5)
        assert [state for _id, state, _reason in heard.states] == ["back"]

        await in_thread(define, outsider, {**older, "storage": False, "served": False}, newer)
        await made(outsider, cloned, "v1beta1")
        await until(lambda: workloads(heard, cloned) == ["apps.kruise.io/v1beta1"], seconds=40)

        await in_thread(serve_only_the_older, outsider, older, newer)
        await until(lambda: workloads(heard, cloned) == ["apps.kruise.io/v1alpha1"], seconds=40)
        await asyncio.sleep(5)
    assert [state for _id, state, _reason in heard.states] == ["back"]


def serve_only_the_older(outsider: Outsider, older: dict[str, Any], newer: dict[str, Any]) -> None:
    """Another version is served than before, as after an upgrade: the watch of the first one ends with 404."""
    versions = [{**older, "storage": False}, {**newer, "served": False}]
    path, body = f"{DEFINITIONS}/clonesets.apps.kruise.io", {"spec": {"versions": versions}}
    outsider._send("PATCH", path, {}, body, "application/merge-patch+json")
