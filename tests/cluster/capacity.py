"""How many instances of an app are ready, counted anew at every event that a cluster tells of its pods."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.cluster.outsider import Outsider

PODS = "v1/pods"
AGAIN_SECONDS = 0.2


class Capacity:
    """Of one app on one cluster. `lowest` is the smallest number since `start`; `events` is how many were counted."""

    def __init__(self, outsider: Outsider, *, app: str) -> None:
        self._outsider, self._selector = outsider, f"slipway.dev/app={app}"
        self._ready: dict[str, bool] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._version = ""
        self.lowest, self.events = 0, 0

    def start(self) -> None:
        self._version = self._list()
        self.lowest = self.present
        self._thread.start()

    def stop(self) -> None:
        """Count what is there now, too, and end."""
        self._stop.set()
        self._thread.join(30)
        assert not self._thread.is_alive()
        self._list()
        self._count()

    @property
    def present(self) -> int:
        return sum(self._ready.values())

    def _follow(self) -> None:
        while not self._stop.is_set():
            try:
                for event in self._outsider.watch(
                    PODS, self._version, labelSelector=self._selector, timeoutSeconds="1"
                ):
                    if event["type"] == "ERROR":  # too old after a while away, or the cluster goes down
                        self._version = self._list()
                        break
                    self._version = event["object"]["metadata"]["resourceVersion"]
                    self._hear(event)
            except (
                OSError,
                http.client.HTTPException,
            ):  # a cluster that is away says nothing, and has nothing less for that
                time.sleep(AGAIN_SECONDS)

    def _hear(self, event: dict[str, Any]) -> None:
        pod = event["object"]
        self._ready[pod["metadata"]["uid"]] = event["type"] != "DELETED" and is_ready(pod)
        self._count()

    def _list(self) -> str:
        found = self._outsider.get(PODS, labelSelector=self._selector)
        self._ready = {pod["metadata"]["uid"]: is_ready(pod) for pod in found["items"]}
        return str(found["metadata"]["resourceVersion"])

    def _count(self) -> None:
        self.events += 1
        self.lowest = min(self.lowest, self.present)


def is_ready(pod: dict[str, Any]) -> bool:
    """Whether requests reach it: one that is told to go gets none any more."""
    conditions = pod.get("status", {}).get("conditions", ())
    well = any(row["type"] == "Ready" and row["status"] == "True" for row in conditions)
    return well and "deletionTimestamp" not in pod["metadata"]


@contextmanager
def counted(outsiders: dict[str, Outsider], *, app: str) -> Iterator[dict[str, Capacity]]:
    """Count on all of these clusters for as long as the block runs."""
    counts = {name: Capacity(one, app=app) for name, one in outsiders.items()}
    for one in counts.values():
        one.start()
    try:
        yield counts
    finally:
        for one in counts.values():
            one.stop()
