"""Somebody else at the same cluster: plain HTTP, under a field manager of their own."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from releases.gateway.tls import tls_context
from tenants.clusters import Connection
from tenants.clusters.kubeconfig import parse_kubeconfig
from tests.cluster.manifests import manifest
from tests.cluster.simulators import Simulator
from tests.cluster.waiting import eventually


def connection_to(simulator: Simulator) -> Connection:
    """The connection to a simulated cluster, whose kubeconfig is made for kubectl and plain HTTP."""
    return Connection(
        server=simulator.url, ca_pem="", token=simulator.token, client_cert="", client_key="", name=simulator.name
    )


def connection_by(kubeconfig: Path | str) -> Connection:
    """The connection that a kubeconfig gives, as the records of a registered cluster would."""
    found = parse_kubeconfig(Path(kubeconfig).read_text(encoding="utf-8"), allowed=["127.0.0.1"])
    return Connection(
        server=found.server,
        ca_pem=found.ca_pem,
        token=found.token,
        client_cert=found.client_cert,
        client_key=found.client_key,
        name=found.context,
    )


def make_namespace(connection: Connection, name: str) -> None:
    """A namespace of that name, as whoever administers the cluster makes one."""
    body = manifest("v1", "Namespace", name)
    Outsider(connection, namespace="")._send("POST", "/api/v1/namespaces", {}, body, "application/json")


def delete_namespace(connection: Connection, name: str) -> None:
    """Take a namespace away with all that is in it, and wait until it is gone."""
    cluster, path = Outsider(connection, namespace=""), f"/api/v1/namespaces/{name}"
    cluster._send("DELETE", path, {}, {}, "application/json")
    names = {"fieldSelector": f"metadata.name={name}"}
    eventually(
        lambda: not cluster._send("GET", "/api/v1/namespaces", names)["items"], what=f"the namespace {name} is gone"
    )


class Outsider:
    """What a person with kubectl could do to the cluster behind a connection."""

    def __init__(self, connection: Connection, *, namespace: str) -> None:
        self._connection = connection
        self._namespace = namespace
        self._secure = tls_context(connection)

    def get(self, resource: str, name: str = "", **query: str) -> dict[str, Any]:
        """An object or a list; `resource` is like `apps/v1/deployments` or `v1/services`."""
        return self._send("GET", self._path(resource, name), query)

    def create(self, resource: str, body: dict[str, Any], *, manager: str = "kubectl-create") -> dict[str, Any]:
        return self._send("POST", self._path(resource, ""), {"fieldManager": manager}, body, "application/json")

    def refusal(self, resource: str, body: dict[str, Any]) -> str:
        """What the cluster would say to an object; empty when it would take it."""
        try:
            self._send("POST", self._path(resource, ""), {"dryRun": "All"}, body, "application/json")
        except urllib.error.HTTPError as error:
            return error.read().decode()
        return ""

    def merge(self, resource: str, name: str, body: dict[str, Any], *, manager: str = "kubectl-edit") -> dict[str, Any]:
        query = {"fieldManager": manager}
        return self._send("PATCH", self._path(resource, name), query, body, "application/merge-patch+json")

    def edit(
        self, resource: str, name: str, *operations: dict[str, Any], manager: str = "kubectl-patch"
    ) -> dict[str, Any]:
        """A JSON patch: what goes by places, and leaves no trace of what it removes."""
        path, query = self._path(resource, name), {"fieldManager": manager}
        return self._send("PATCH", path, query, list(operations), "application/json-patch+json")

    def apply(self, resource: str, name: str, body: dict[str, Any], *, manager: str = "argocd") -> dict[str, Any]:
        """Server-side apply of one's own, without force."""
        query = {"fieldManager": manager, "force": "false"}
        return self._send("PATCH", self._path(resource, name), query, body, "application/apply-patch+yaml")

    def scale(self, name: str, replicas: int, *, manager: str = "kubectl") -> dict[str, Any]:
        path = self._path("apps/v1/deployments", name) + "/scale"
        body = {"spec": {"replicas": replicas}}
        return self._send("PATCH", path, {"fieldManager": manager}, body, "application/merge-patch+json")

    def delete(self, resource: str, name: str, **options: Any) -> dict[str, Any]:
        return self._send("DELETE", self._path(resource, name), {}, options, "application/json")

    def watch(self, resource: str, version: str, **query: str) -> Iterator[dict[str, Any]]:
        """The events after a resource version, until the cluster ends the answer."""
        query = {**query, "watch": "1", "resourceVersion": version}
        with self._open("GET", self._path(resource, ""), query) as answer:
            for line in answer:
                yield json.loads(line)

    def exists(self, resource: str, name: str) -> bool:
        try:
            self.get(resource, name)
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return False
            raise
        return True

    def _path(self, resource: str, name: str) -> str:
        group_version, _slash, plural = resource.rpartition("/")
        root = "apis" if "/" in group_version else "api"
        where = f"/{root}/{group_version}/namespaces/{self._namespace}/{plural}"
        return f"{where}/{name}" if name else where

    def _send(
        self, method: str, path: str, query: dict[str, str], body: Any = None, content_type: str = ""
    ) -> dict[str, Any]:
        with self._open(method, path, query, body, content_type) as response:
            answer: dict[str, Any] = json.load(response)
        return answer

    def _open(
        self, method: str, path: str, query: dict[str, str], body: Any = None, content_type: str = ""
    ) -> http.client.HTTPResponse:
        url = f"{self._connection.server}{path}?{urlencode(query)}"
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self._connection.token}"} if self._connection.token else {}
        if content_type:
            headers["Content-Type"] = content_type
        request = urllib.request.Request(url, data=data, method=method, headers=headers)
        response: http.client.HTTPResponse = urllib.request.urlopen(request, timeout=60, context=self._secure)
        return response
