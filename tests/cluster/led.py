"""Whether requests reach somebody, looked at anew at every event that a cluster tells of its pods.

What an HTTPRoute and its Services lead to is read before and after the pods; where it changed meanwhile, that look says
nothing, and the next event asks again.
"""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.cluster.capacity import AGAIN_SECONDS, PODS, is_ready
from tests.cluster.outsider import Outsider

ROUTES, SERVICES = "gateway.networking.k8s.io/v1/httproutes", "v1/services"


class Led:
    """Of one app on one cluster. `looks` is how often it was seen; `nobody` says which Services led to nobody then."""

    def __init__(self, outsider: Outsider, *, app: str) -> None:
        self._outsider, self._selector = outsider, f"slipway.dev/app={app}"
        self._stop, self._looking = threading.Event(), threading.Lock()
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self.looks, self.nobody, self.shares = 0, list[str](), set[int]()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(30)
        assert not self._thread.is_alive()
        self.look()

    def _follow(self) -> None:
        while not self._stop.is_set():
            try:
                version = str(self._outsider.get(PODS)["metadata"]["resourceVersion"])
                self.look()
                for _event in self._outsider.watch(PODS, version, labelSelector=self._selector, timeoutSeconds="1"):
                    self.look()
            except (OSError, http.client.HTTPException):
                time.sleep(AGAIN_SECONDS)

    def look(self) -> None:
        """Also where no pod changed: at a pause, once routes have moved."""
        with self._looking:
            self._compare()

    def _compare(self) -> None:
        led = self._led_to()
        pods = [one["metadata"]["labels"] for one in self._all(PODS) if is_ready(one)]
        if led != self._led_to():
            return
        self.looks += 1
        for name, (weight, selector) in led.items():
            self.shares |= {weight} if name.endswith("--canary") else set()
            if weight and not any(selector.items() <= labels.items() for labels in pods):
                self.nobody.append(f"{name} gets {weight} of the requests, and nobody of {pods} answers")

    def _led_to(self) -> dict[str, tuple[int, dict[str, str]]]:
        """Service → the weight that routes give it, and whom it selects."""
        selectors = {one["metadata"]["name"]: one["spec"]["selector"] for one in self._all(SERVICES)}
        rules = [rule for route in self._all(ROUTES) for rule in route["spec"]["rules"]]
        backends = [backend for rule in rules for backend in rule["backendRefs"]]
        return {one["name"]: (one.get("weight", 1), selectors.get(one["name"], {})) for one in backends}

    def _all(self, resource: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._outsider.get(resource, labelSelector=self._selector)["items"]
        return found


@contextmanager
def followed(outsiders: dict[str, Outsider], *, app: str) -> Iterator[dict[str, Led]]:
    """Look on all of these clusters for as long as the block runs."""
    found = {name: Led(one, app=app) for name, one in outsiders.items()}
    for one in found.values():
        one.start()
    try:
        yield found
    finally:
        for one in found.values():
            one.stop()
