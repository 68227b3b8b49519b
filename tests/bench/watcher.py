"""Watching a cluster as any client does: when a Deployment got its image, and when it was through with it."""

from __future__ import annotations

import http.client
import json
import threading
import time
from typing import Any
from urllib.parse import urlsplit

from releases.gateway.tls import tls_context
from tenants.clusters import Connection

_PATH = "/apis/apps/v1/deployments"
Key = tuple[str, str]


class Watcher:
    """Notes, per Deployment and image, the time (`time.time()`) at which the cluster said so first."""

    def __init__(self, connection: Connection) -> None:
        self._name = connection.name
        self._headers = {"Authorization": f"Bearer {connection.token}"} if connection.token else {}
        self._news = threading.Condition()
        self._changed: dict[Key, float] = {}
        self._complete: dict[Key, float] = {}
        self._connection = _open(connection)
        self._connection.request("GET", f"{_PATH}?limit=1", headers=self._headers)
        version = json.loads(self._connection.getresponse().read())["metadata"]["resourceVersion"]
        self._connection.request("GET", f"{_PATH}?watch=1&resourceVersion={version}", headers=self._headers)
        self._response = self._connection.getresponse()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def forget(self) -> None:
        """From now on every image is new."""
        with self._news:
            self._changed.clear()
            self._complete.clear()

    def changed(self, name: str, image: str, *, seconds: float = 240) -> float:
        """When the Deployment of this name was told to run the image."""
        return self._wait(self._changed, (name, image), seconds=seconds)

    def complete(self, name: str, image: str, *, seconds: float = 240) -> float:
        """When all its instances ran it."""
        return self._wait(self._complete, (name, image), seconds=seconds)

    def close(self) -> None:
        if self._connection.sock:
            self._connection.sock.shutdown(2)
        self._thread.join(5)
        self._connection.close()

    def _wait(self, times: dict[Key, float], key: Key, *, seconds: float) -> float:
        with self._news:
            found = self._news.wait_for(lambda: times.get(key), seconds)
        assert found, f"{self._name} did not say within {seconds:.0f} s: {key}"
        return found

    def _read(self) -> None:
        try:
            for line in self._response:
                self._hear(json.loads(line)["object"], at=time.time())
        except (OSError, ValueError, AttributeError, http.client.HTTPException):
            return  # closed from our side

    def _hear(self, deployment: dict[str, Any], *, at: float) -> None:
        if deployment.get("kind") != "Deployment":
            return
        key = (deployment["metadata"]["name"], deployment["spec"]["template"]["spec"]["containers"][0]["image"])
        with self._news:
            self._changed.setdefault(key, at)
            if _is_complete(deployment):
                self._complete.setdefault(key, at)
            self._news.notify_all()


def _open(connection: Connection) -> http.client.HTTPConnection:
    place, secure = urlsplit(connection.server), tls_context(connection)
    if secure is None:
        return http.client.HTTPConnection(place.hostname or "", place.port, timeout=600)
    return http.client.HTTPSConnection(place.hostname or "", place.port, timeout=600, context=secure)


def _is_complete(deployment: dict[str, Any]) -> bool:
    wanted, status = deployment["spec"].get("replicas", 1), deployment.get("status", {})
    names = ("replicas", "updatedReplicas", "availableReplicas")
    seen = status.get("observedGeneration", 0) >= deployment["metadata"]["generation"]
    return seen and all(status.get(name, 0) == wanted for name in names)
