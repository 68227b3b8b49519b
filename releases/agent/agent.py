"""The agent process: leases clusters, watches those it holds, lets go in order."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import socket
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import redis.asyncio
from django.conf import settings
from django.db import close_old_connections
from redis.exceptions import RedisError

from portal.errors import SlipwayError
from releases.agent import leases
from releases.agent.cluster import ClusterWatch, Listener
from releases.agent.leases import HOLD_SECONDS, ROUND_SECONDS, Held
from tenants.clusters import OBSERVER, Connection, connection
from tenants.clusters.announcing import CHANNEL

log = logging.getLogger("slipway.agent")

THREADS = 4
LISTEN_AGAIN_SECONDS = 5.0
START_AGAIN_SECONDS = 10.0

Answer = TypeVar("Answer")


class Agent:
    """One per process. `listener` hears of everything; `holder` names this agent in the leases."""

    def __init__(self, *, listener: Listener, holder: str = "") -> None:
        self.holder = holder or f"{socket.gethostname()[:40]}-{os.getpid()}-{secrets.token_hex(3)}"
        self._listener = listener
        self._executor = ThreadPoolExecutor(THREADS, thread_name_prefix="agent")
        self._renewing = ThreadPoolExecutor(1, thread_name_prefix="agent-leases")
        self._watches: dict[uuid.UUID, tuple[Held, asyncio.Task[None]]] = {}
        self._poke = asyncio.Event()
        self._renewed_at = float("-inf")

    async def run(self, stop: asyncio.Event) -> None:
        """Watch until `stop` is set, then let go of everything."""
        listening = asyncio.create_task(self._listen())
        stopping = asyncio.create_task(stop.wait())
        stopping.add_done_callback(lambda _task: self._poke.set())
        try:
            while not stop.is_set():
                self._poke.clear()
                await self._round()
                try:
                    await asyncio.wait_for(self._poke.wait(), ROUND_SECONDS)
                except TimeoutError:
                    continue
        finally:
            listening.cancel()
            stopping.cancel()
            await self._end([task for _held, task in self._watches.values()])
            await self._try(partial(leases.release, self.holder), what="letting go of its clusters")
            self._executor.shutdown(wait=False, cancel_futures=True)
            self._renewing.shutdown(wait=False)

    def holds(self) -> bool:
        """Whether the leases are surely still this agent's: renewed within the time they last."""
        return time.monotonic() - self._renewed_at < HOLD_SECONDS

    async def _round(self) -> None:
        asked_at = time.monotonic()
        held = await self._try(partial(leases.renew, self.holder), what="renewing its leases")
        if held is not None:
            self._renewed_at = asked_at
            await self._watch({entry.cluster_id: entry for entry in held})
        elif not self.holds() and self._watches:
            # Another agent may have them by now. What is written goes through one of us only.
            log.warning("The leases ran out. Nothing is watched until the database answers again.")
            await self._watch({})

    async def _watch(self, held: dict[uuid.UUID, Held]) -> None:
        """Start and end watches so that exactly those of `held` run, each on its newest version."""
        old = [cluster_id for cluster_id, (entry, _task) in self._watches.items() if held.get(cluster_id) != entry]
        await self._end([self._watches.pop(cluster_id)[1] for cluster_id in old])
        for cluster_id, entry in held.items():
            if cluster_id not in self._watches:
                self._watches[cluster_id] = (entry, asyncio.create_task(self._keep_watching(entry)))

    async def _keep_watching(self, held: Held) -> None:
        """One cluster, again and again, whatever happens to its watch: the others must not notice."""
        while True:
            opened = await self._try(partial(_connection, held.cluster_id), what="reading a cluster's credentials")
            if isinstance(opened, Connection):
                watch = ClusterWatch(
                    held, opened, listener=self._listener, executor=self._executor, may_report=self.holds
                )
                watching = asyncio.create_task(watch.run())
                try:
                    await asyncio.wait([watching])
                finally:
                    await self._end([watching])
                if not watching.cancelled() and (error := watching.exception()):
                    log.error("%s: the watch ended", opened.name, exc_info=error)
                    opened = str(error) or type(error).__name__
            if isinstance(opened, str):
                lost = partial(self._listener.cluster_lost, str(held.cluster_id), opened)
                await self._try(lost, what="telling that a cluster is lost")
            await asyncio.sleep(START_AGAIN_SECONDS)

    async def _end(self, tasks: list[asyncio.Task[None]]) -> None:
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _listen(self) -> None:
        """Hear at once of clusters that were added or changed; the rounds would notice a little later."""
        while True:
            try:
                async with redis.asyncio.Redis.from_url(settings.REDIS_URL) as client, client.pubsub() as channel:
                    await channel.subscribe(CHANNEL)
                    async for _message in channel.listen():
                        self._poke.set()
            except (RedisError, OSError) as error:
                log.info("Not hearing of new clusters at once: %s", type(error).__name__)
            await asyncio.sleep(LISTEN_AGAIN_SECONDS)

    async def _try(self, function: Callable[[], Answer], *, what: str) -> Answer | None:
        """The function's answer from a thread of its own; None, and a line in the log, when it raised."""
        future = asyncio.get_running_loop().run_in_executor(self._renewing, _with_database, function)
        await asyncio.wait([future])
        if error := future.exception():
            log.error("The agent failed at %s: %s", what, error)
            return None
        return future.result()


def _connection(cluster_id: uuid.UUID) -> Connection | str:
    """The connection, or the sentence why there is none."""
    try:
        return connection(cluster_id, OBSERVER)
    except SlipwayError as error:
        return str(error)


def _with_database(function: Callable[[], Answer]) -> Answer:
    close_old_connections()
    try:
        return function()
    finally:
        close_old_connections()
