"""Real time for a cluster: sleeps until something is due, does it in small portions, wakes the watchers."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from ..core.cluster import Cluster
from ..core.errors import ApiError
from ..core.kinds import Kind
from ..core.store import Change

_PORTION = 50
_log = logging.getLogger("slipway.simulator")


class Runner:
    """Holds a cluster's clock. ``speed`` is how many cluster seconds pass in a real one."""

    def __init__(self, cluster: Cluster, *, speed: float) -> None:
        self.cluster = cluster
        self.speed = speed
        self.dirty = asyncio.Event()
        self._began = time.monotonic()
        self._base = cluster.now
        self._wake = asyncio.Event()
        self._watchers: dict[str, set[asyncio.Event]] = {}
        cluster.store.listeners.append(self._heard)

    def now(self) -> float:
        """Cluster time at this moment."""
        return self._base + (time.monotonic() - self._began) * self.speed

    def _heard(self, kind: Kind, change: Change) -> None:
        self._wake.set()
        self.dirty.set()
        for watcher in self._watchers.get(kind.resource, ()):
            watcher.set()

    @contextmanager
    def watching(self, kind: Kind) -> Iterator[asyncio.Event]:
        """An event that is set whenever an object of ``kind`` changes."""
        signal = asyncio.Event()
        group = self._watchers.setdefault(kind.resource, set())
        group.add(signal)
        try:
            yield signal
        finally:
            group.discard(signal)

    def wake_watchers(self) -> None:
        for group in self._watchers.values():
            for signal in group:
                signal.set()

    async def sleep(self, seconds: float) -> None:
        """Wait so many cluster seconds."""
        await asyncio.sleep(max(0.0, seconds) / self.speed)

    def touch(self) -> Cluster:
        """The cluster with its clock set, for a request to be answered now."""
        self.cluster.touch(self.now())
        return self.cluster

    async def run(self) -> None:
        """Do what falls due, for ever; without anything due this costs nothing."""
        while True:
            self._wake.clear()
            due = self.cluster.next_event_at()
            if due is None:
                await self._wake.wait()
                continue
            wait = (due - self.now()) / self.speed
            if wait > 0:
                with suppress(TimeoutError):
                    async with asyncio.timeout(wait):
                        await self._wake.wait()
                continue
            try:
                self.cluster.advance(self.now(), limit=_PORTION)
            except (ApiError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
                _log.exception("a controller of cluster %s failed; its work is dropped", self.cluster.world.name)
            self.dirty.set()
            await asyncio.sleep(0)
