"""What a new control plane is given: nodes, the definitions of the Gateway API, and that of CloneSet."""

from __future__ import annotations

import asyncio
import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import yaml

from portal.local.kubernetes.assets import Assets
from portal.local.kubernetes.plane import Plane
from portal.local.problem import LocalProblem

CLONESET = Path(__file__).with_name("cloneset.yaml")
CAPACITY = {"cpu": "32", "memory": "256Gi", "pods": "500", "ephemeral-storage": "500Gi"}
NODES, DEFINITIONS = "/api/v1/nodes", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
SETTLE_SECONDS = 60.0
_PAUSE = 0.05
# The definitions are large: read in Python alone they took half a second.
_Loader = yaml.CSafeLoader


async def seed(plane: Plane, assets: Assets, *, nodes: int) -> None:
    """Make nodes and definitions that are not there yet, and wait until pods can be made. Raises LocalProblem."""
    secure = ssl.create_default_context(cafile=str(plane.folder / "ca.crt"))
    secure.load_cert_chain(plane.folder / "admin.crt", plane.folder / "admin.key")
    api = _Api(plane.server, secure)
    definitions = [yaml.load(file.read_bytes(), Loader=_Loader) for file in (*assets.gateway_crds, CLONESET)]
    made = [asyncio.to_thread(api.make, DEFINITIONS, body) for body in definitions]
    made += [asyncio.to_thread(api.make, NODES, _node(f"{plane.name}-node-{number + 1}")) for number in range(nodes)]
    await asyncio.gather(*made)
    names = {body["metadata"]["name"] for body in definitions}
    await _until(lambda: names <= _established(api.get(DEFINITIONS)), what="Its definitions")
    # Established comes first; for a moment the API server still answers 404, or 429 while it prepares the storage.
    paths = [path for body in definitions for path in _served_at(body)]
    await _until(lambda: all(api.serves(path) for path in paths), what="What it defines")
    await _until(lambda: _ready_nodes(api.get(NODES)) >= nodes, what="Its nodes")
    account = "/api/v1/namespaces/default/serviceaccounts/default"
    await _until(lambda: bool(api.get(account)), what="Its service accounts")


def _served_at(definition: dict[str, Any]) -> list[str]:
    spec = definition["spec"]
    versions = [row["name"] for row in spec["versions"] if row["served"]]
    return [f"/apis/{spec['group']}/{version}/{spec['names']['plural']}?limit=1" for version in versions]


def _node(name: str) -> dict[str, Any]:
    labels = {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "type": "kwok"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels, "annotations": {"kwok.x-k8s.io/node": "fake"}},
        "status": {"capacity": CAPACITY, "allocatable": CAPACITY},
    }


def _established(definitions: dict[str, Any]) -> set[str]:
    items = definitions.get("items", ())
    return {body["metadata"]["name"] for body in items if _has_condition(body, "Established")}


def _ready_nodes(nodes: dict[str, Any]) -> int:
    return sum(_has_condition(node, "Ready") and not node["spec"].get("taints") for node in nodes.get("items", ()))


def _has_condition(body: dict[str, Any], kind: str) -> bool:
    rows: Iterable[dict[str, Any]] = (body.get("status") or {}).get("conditions") or ()
    return any(row["type"] == kind and row["status"] == "True" for row in rows)


async def _until(done: Callable[[], bool], *, what: str) -> None:
    try:
        async with asyncio.timeout(SETTLE_SECONDS):
            while not await asyncio.to_thread(done):
                await asyncio.sleep(_PAUSE)
    except TimeoutError:
        sentence = f"{what} were not ready within {SETTLE_SECONDS:.0f} s. Start it again; its logs say more."
        raise LocalProblem(sentence) from None


class _Api:
    """Just enough of a client: this package needs nothing that has to be installed but PyYAML."""

    def __init__(self, server: str, secure: ssl.SSLContext) -> None:
        self._server, self._secure = server, secure

    def get(self, path: str) -> dict[str, Any]:
        """The body, empty when there is no such object."""
        return self._ask("GET", path, None, expected=404)

    def serves(self, path: str) -> bool:
        """Whether a list is answered."""
        try:
            with urllib.request.urlopen(self._server + path, context=self._secure, timeout=15):
                return True
        except urllib.error.HTTPError:
            return False

    def make(self, path: str, body: dict[str, Any]) -> None:
        """Create an object; one that is there already stays as it is."""
        self._ask("POST", path, body, expected=409)

    def _ask(self, method: str, path: str, body: dict[str, Any] | None, *, expected: int) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(
            self._server + path, data=data, method=method, headers={"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(asked, context=self._secure, timeout=15) as answer:
                found: dict[str, Any] = json.loads(answer.read())
                return found
        except urllib.error.HTTPError as error:
            if error.code == expected:
                return {}
            raise LocalProblem(
                f"The API server answered {error.code} to {method} {path}. Its log says more."
            ) from error
