"""An agent at work in a test: what it hears, and a way to wait for it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from django.db import connection

from releases.agent.agent import Agent

Answer = TypeVar("Answer")
LIMIT_SECONDS = 90
"""For a machine that does much else at the same time; nothing waits as long when all is well."""


class Heard:
    """Takes the place of the releases and keeps everything it is told."""

    def __init__(self) -> None:
        self.snapshots: list[tuple[str, str, dict[str, Any]]] = []
        self.states: list[tuple[str, str, str]] = []
        self.refuse = 0
        self._lock = threading.Lock()

    def observe(self, cluster_id: str, app_id: str, snapshot: dict[str, Any]) -> None:
        with self._lock:
            if self.refuse:
                self.refuse -= 1
                raise OSError("the database is away")
            self.snapshots.append((cluster_id, app_id, snapshot))

    def cluster_lost(self, cluster_id: str, reason: str) -> None:
        self.states.append((cluster_id, "lost", reason))

    def cluster_back(self, cluster_id: str) -> None:
        self.states.append((cluster_id, "back", ""))

    def of(self, app_id: str) -> list[dict[str, Any]]:
        """The snapshots of one app, in order."""
        return [snapshot for _cluster, heard, snapshot in list(self.snapshots) if heard == app_id]

    def last(self, app_id: str) -> dict[str, Any]:
        snapshots = self.of(app_id)
        return snapshots[-1] if snapshots else {"workloads": [], "replicasets": [], "pods": []}


@asynccontextmanager
async def listening(heard: Heard, *, holder: str = "") -> AsyncIterator[Agent]:
    """An agent that runs inside the block and ends in order with it."""
    agent, stop = Agent(listener=heard, holder=holder), asyncio.Event()
    running = asyncio.create_task(agent.run(stop))
    try:
        yield agent
    finally:
        stop.set()
        await asyncio.wait_for(running, LIMIT_SECONDS)


async def in_thread(function: Callable[..., Answer], *arguments: Any, **options: Any) -> Answer:
    """Call something that reads the database, away from the event loop; its connection is given back."""

    def call() -> Answer:
        try:
            return function(*arguments, **options)
        finally:
            connection.close()

    return await asyncio.to_thread(call)


async def until(
    check: Callable[[], object], *, seconds: float = LIMIT_SECONDS, why: str = "it did not happen in time"
) -> None:
    """Wait for something that is under way."""
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end, why
        await asyncio.sleep(0.01)
