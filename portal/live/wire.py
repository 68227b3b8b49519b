"""The hub's connection to the other processes: groups of the channel layer, and the list of what is watched.

Everything here may fail at any time and is then tried again by the next round; nothing raises.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any

from channels.layers import get_channel_layer
from django.conf import settings
from redis import RedisError
from redis import asyncio as aioredis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from portal.live.groups import CONTROL_GROUP, WATCHED_KEY, WATCHED_SECONDS, group_of

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 1.0
AWAY = (RedisError, OSError, TimeoutError)


class Wire:
    """Hands every message for the followed topics, and for the control group, to `hear`."""

    def __init__(self, hear: Callable[[dict[str, Any]], None]) -> None:
        # Set while Valkey does not answer.
        self.lost = asyncio.Event()
        self._hear = hear
        self._channel = ""
        self._followed: set[str] = set()
        self._joined: set[str] = set()
        self._changing = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        self._valkey: aioredis.Redis | None = None

    async def open(self) -> None:
        """Start listening, unless it does already."""
        async with self._changing:
            if self._tasks:
                return
            self._valkey = aioredis.Redis.from_url(
                settings.REDIS_URL,
                socket_timeout=PATIENCE_SECONDS,
                socket_connect_timeout=PATIENCE_SECONDS,
                retry=Retry(NoBackoff(), 1),
            )
            self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._mend())]
            await self._attempt(self._join)

    async def close(self) -> None:
        """Stop listening and leave all groups."""
        async with self._changing:
            tasks, self._tasks = self._tasks, []
            valkey, self._valkey = self._valkey, None
            if not self.lost.is_set():
                await self._attempt(self._leave_all)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if valkey is not None:
                await valkey.aclose()
            self.lost.clear()
            self._channel, self._followed, self._joined = "", set(), set()

    async def follow(self, topics: set[str], *, anew: bool = False) -> None:
        """Hear of exactly these topics, and let publishers know they are watched.

        `anew` says it again for topics that are known, which a Valkey that lost its data needs. With Valkey away this
        returns at once; what is followed is made up for when it is back.
        """
        self._followed = topics
        if not self.lost.is_set():
            async with self._changing:
                if self._tasks:
                    await self._attempt(lambda: self._reconcile(anew=anew))

    async def _reconcile(self, *, anew: bool) -> None:
        await self._join()
        layer: Any = get_channel_layer()
        followed = self._followed
        fresh = followed - self._joined
        for topic in fresh:
            await layer.group_add(group_of(topic), self._channel)
            self._joined.add(topic)
        await self._mark(followed if anew else fresh, tidy=anew)
        if anew:
            # Groups are left in the rounds only: a page that is reloaded comes back at once.
            for topic in self._joined - followed:
                await layer.group_discard(group_of(topic), self._channel)
                self._joined.discard(topic)

    async def _mark(self, topics: set[str], *, tidy: bool) -> None:
        if self._valkey is None:
            return
        now = time.time()
        if topics:
            await self._valkey.zadd(WATCHED_KEY, dict.fromkeys(topics, now + WATCHED_SECONDS))
        if tidy:
            await self._valkey.zremrangebyscore(WATCHED_KEY, "-inf", now)

    async def _join(self) -> None:
        if not self._channel:
            layer: Any = get_channel_layer()
            channel = await layer.new_channel()
            await layer.group_add(CONTROL_GROUP, channel)
            self._channel = channel

    async def _leave_all(self) -> None:
        layer: Any = get_channel_layer()
        if self._channel:
            await layer.group_discard(CONTROL_GROUP, self._channel)
            for topic in self._joined:
                await layer.group_discard(group_of(topic), self._channel)

    async def _attempt(self, act: Callable[[], Any]) -> None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS * 2):
                await act()
        except AWAY as error:
            if not self.lost.is_set():
                log.warning("Valkey does not answer (%s); open pages ask the database instead.", type(error).__name__)
            self.lost.set()
        else:
            self.lost.clear()

    async def _mend(self) -> None:
        while True:
            await asyncio.sleep(PATIENCE_SECONDS)
            if self.lost.is_set():
                async with self._changing:
                    await self._attempt(lambda: self._reconcile(anew=True))

    async def _listen(self) -> None:
        layer: Any = get_channel_layer()
        while True:
            if not self._channel:
                await asyncio.sleep(0.05)
                continue
            try:
                message = await layer.receive(self._channel)
            except AWAY:
                # A layer that keeps its groups in Valkey may have lost them: they are joined again.
                self._joined = set()
                self.lost.set()
                await asyncio.sleep(PATIENCE_SECONDS)
                continue
            try:
                self._hear(message)
            except (KeyError, TypeError):
                log.warning("A message on the channel layer could not be read; is another version running?")
