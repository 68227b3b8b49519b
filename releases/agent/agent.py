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
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from releases.agent import leases
from releases.agent.cluster import ClusterWatch
from releases.agent.health import LOST_AFTER_SECONDS
from releases.agent.leases import HOLD_SECONDS, ROUND_SECONDS, Held
from releases.agent.signing import NotSignedIn, observer
from releases.agent.telling import Listener, tell_lost
from releases.gateway import SignedIn
from releases.taken import taken_over
from tenants.clusters.announcing import CHANNEL, anew

log = logging.getLogger("slipway.agent")

THREADS = 4
SIGNING_THREADS = 8  # each may hang at a cluster that is away, so they are not those that report
LISTEN_AGAIN_SECONDS = 5.0
SOON_SECONDS = 1.0
START_AGAIN_SECONDS = 10.0

Answer = TypeVar("Answer")


class Agent:
    """One per process. `listener` hears of everything; `holder` names this agent in the leases."""

    def __init__(self, *, listener: Listener, holder: str = "") -> None:
        self.holder = holder or f"{socket.gethostname()[:40]}-{os.getpid()}-{secrets.token_hex(3)}"
        self._listener = listener
        self._executor = ThreadPoolExecutor(THREADS, thread_name_prefix="agent")
        self._signing = ThreadPoolExecutor(SIGNING_THREADS, thread_name_prefix="agent-signing")
        self._renewing = ThreadPoolExecutor(1, thread_name_prefix="agent-leases")
        self._watches: dict[uuid.UUID, tuple[Held, asyncio.Task[None]]] = {}
        self._running: dict[uuid.UUID, ClusterWatch] = {}
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
                    async with asyncio.timeout(ROUND_SECONDS):
                        await self._poke.wait()
                except TimeoutError:
                    continue
        finally:
            listening.cancel()
            stopping.cancel()
            await self._end([task for _held, task in self._watches.values()])
            await self._try(partial(leases.release, self.holder), what="letting go of its clusters")
            self._executor.shutdown(wait=False, cancel_futures=True)
            self._signing.shutdown(wait=False, cancel_futures=True)
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
        failing_since = time.monotonic()
        while True:
            signed = await self._sign_in(held)
            if isinstance(signed, SignedIn):
                signed = NotSignedIn(await self._watch_one(held, signed))
                failing_since = time.monotonic()
            # Lost only after as long as a watch is given too, see `health`.
            early = signed.early or time.monotonic() - failing_since < LOST_AFTER_SECONDS
            if not early:
                lost = partial(tell_lost, self._listener, str(held.cluster_id), signed.why, blind=signed.blind)
                await self._try(lost, what="telling that a cluster is lost")
            await asyncio.sleep(SOON_SECONDS if early else START_AGAIN_SECONDS)

    async def _watch_one(self, held: Held, signed: SignedIn) -> str:
        """Watch until the watch ends by itself; the words why. Meanwhile new tokens follow the old ones."""
        name = signed.connection.name
        taken = await self._try(partial(taken_over, held.cluster_id), what="reading what was taken over on a cluster")
        watch = ClusterWatch(
            held,
            signed.connection,
            listener=self._listener,
            executor=self._executor,
            may_report=self.holds,
            taken=taken or (),
        )
        self._running[held.cluster_id] = watch
        tasks = [asyncio.create_task(watch.run()), asyncio.create_task(self._stay_signed_in(held, signed, watch))]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._running.pop(held.cluster_id, None)
            await self._end(tasks)
        error = next((one.exception() for one in tasks if not one.cancelled() and one.exception()), None)
        log.error("%s: the watch ended", name, exc_info=error)
        return str(error or "") or type(error).__name__

    async def _stay_signed_in(self, held: Held, signed: SignedIn, watch: ClusterWatch) -> None:
        """Never ends by itself. A cluster that is away for longer than a token lasts gets a new one when it is back."""
        wait = signed.renew_in
        while True:
            refused = asyncio.create_task(watch.refused())
            try:
                await asyncio.wait([refused], timeout=wait)
                if refused.done():
                    signed.forget()
            finally:
                await self._end([refused])
            newer = await self._sign_in(held)
            if isinstance(newer, SignedIn):
                signed, wait = newer, newer.renew_in
                watch.use(signed.connection.token)
            else:
                wait = SOON_SECONDS if newer.early else START_AGAIN_SECONDS
            # Whatever a cluster answers, it is not asked for tokens without pause.
            await asyncio.sleep(SOON_SECONDS)

    async def _sign_in(self, held: Held) -> SignedIn | NotSignedIn:
        what = "signing in to a cluster"
        signed = await self._try(partial(observer, held.cluster_id), what=what, executor=self._signing)
        return signed or NotSignedIn(_("the agent could not read its record"))

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
                    async for message in channel.listen():
                        self._poke.set()
                        self._hear(message.get("data"))
            except (RedisError, OSError) as error:
                log.info("Not hearing of new clusters at once: %s", type(error).__name__)
            await asyncio.sleep(LISTEN_AGAIN_SECONDS)

    def _hear(self, data: object) -> None:
        """What is open is begun again where a check found that rights are gone."""
        for cluster_id, watch in self._running.items():
            if data == anew(cluster_id).encode():
                watch.ask_anew()

    async def _try(
        self, function: Callable[[], Answer], *, what: str, executor: ThreadPoolExecutor | None = None
    ) -> Answer | None:
        """The function's answer from a thread; None, and a line in the log, when it raised.

        What may have to wait for a cluster has an executor other than the one in which leases are renewed.
        """
        future = asyncio.get_running_loop().run_in_executor(executor or self._renewing, _with_database, function)
        await asyncio.wait([future])
        if error := future.exception():
            log.error("The agent failed at %s: %s", what, error)
            return None
        return future.result()


def _with_database(function: Callable[[], Answer]) -> Answer:
    close_old_connections()
    try:
        return function()
    finally:
        close_old_connections()
