"""Publishing after commit, from one background thread per process: it never blocks or fails the writer.

Touches of one topic are coalesced: the first goes out at once, then at most one every tenth of a second, rendered with
the newest version. Topics nobody watches are not rendered at all. With Valkey away, messages are dropped; the versions
that sockets hear every 5 s repair that.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import time
from collections import OrderedDict, deque
from typing import Any

import redis
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import close_old_connections
from redis.backoff import NoBackoff
from redis.retry import Retry

from portal.failpoints import reach
from portal.live import fragments
from portal.live.groups import CONTROL_GROUP, WATCHED_KEY, group_of
from portal.outbox.background import Background

log = logging.getLogger(__name__)

SPACING_SECONDS = 0.1
SEND_SECONDS = 2.0
WAITING_TOPICS = 10_000
REMEMBERED_TOPICS = 10_000
FAREWELL_SECONDS = 1.0


class Publisher:
    """What waits to be published, and the thread that does it."""

    def __init__(self) -> None:
        self._background = Background("live-publisher", serve=self._serve, reset=self._reset)

    def publish(self, raised: dict[str, int]) -> None:
        """Have the topics published, each with at least the given version. Returns at once."""
        with self._background.changed:
            for topic, version in raised.items():
                if topic in self._waiting or len(self._waiting) < WAITING_TOPICS:
                    self._waiting[topic] = max(version, self._waiting.get(topic, 0))
            self._wake()

    def control(self, order: dict[str, str]) -> None:
        """Tell every process with sockets that rights or a session changed."""
        with self._background.changed:
            self._orders.append(order)
            self._wake()

    def idle(self, *, timeout: float) -> bool:
        """Wait until everything is out, at most `timeout` seconds."""
        with self._background.changed:
            return self._background.changed.wait_for(
                lambda: not self._waiting and not self._orders and not self._busy, timeout
            )

    def _reset(self) -> None:
        self._waiting: dict[str, int] = {}
        self._orders: deque[dict[str, str]] = deque(maxlen=1000)
        self._busy = False
        self._failing = False
        # When each topic last went out, and with which version; the longest unused is forgotten first.
        self._sent: OrderedDict[str, tuple[float, int]] = OrderedDict()
        self._valkey: redis.Redis | None = None

    def _wake(self) -> None:
        self._background.start()
        self._background.changed.notify_all()

    def _serve(self) -> None:
        with asyncio.Runner() as runner:
            while True:
                topics, orders = self._take()
                try:
                    if orders:
                        runner.run(_send_orders(orders))
                    self._send_topics(runner, topics)
                    self._failing = False
                except Exception as error:  # Valkey or the database away: the versions every 5 s make up for it
                    if not self._failing:
                        log.warning("Open pages are not told of changes (%s); they ask.", type(error).__name__)
                    self._failing = True
                finally:
                    close_old_connections()
                    with self._background.changed:
                        self._busy = False
                        self._background.changed.notify_all()

    def _take(self) -> tuple[dict[str, int], list[dict[str, str]]]:
        changed = self._background.changed
        with changed:
            while True:
                now = time.monotonic()
                due_at = {topic: self._due_at(topic) for topic in self._waiting}
                topics = {topic: self._waiting.pop(topic) for topic, at in due_at.items() if at <= now}
                if topics or self._orders:
                    orders = list(self._orders)
                    self._orders.clear()
                    self._busy = True
                    return topics, orders
                changed.wait(min(due_at.values()) - now if due_at else None)

    def _due_at(self, topic: str) -> float:
        sent = self._sent.get(topic)
        return float("-inf") if sent is None else sent[0] + SPACING_SECONDS

    def _send_topics(self, runner: asyncio.Runner, raised: dict[str, int]) -> None:
        from portal.live.topics import versions  # topics publishes through this module

        raised = {topic: version for topic, version in raised.items() if version > self._sent_version(topic)}
        watched = self._watched(list(raised))
        for topic in watched:
            self._remember(topic, version=self._sent_version(topic))
        current = versions(*watched) if watched else {}
        for topic, version in current.items():
            text = fragments.message(topic, version=version)
            news = {"type": "live.news", "topic": topic, "version": version, "text": text}
            reach("publish.before")
            runner.run(_group_send(group_of(topic), news))
            reach("publish.after")
            self._remember(topic, version=version)

    def _watched(self, topics: list[str]) -> list[str]:
        if not topics:
            return []
        if self._valkey is None:
            self._valkey = redis.Redis.from_url(
                settings.REDIS_URL,
                socket_timeout=SEND_SECONDS,
                socket_connect_timeout=1,
                retry=Retry(NoBackoff(), 1),
            )
        until: Any = self._valkey.zmscore(WATCHED_KEY, topics)
        now = time.time()
        return [topic for topic, score in zip(topics, until, strict=True) if score is not None and score > now]

    def _sent_version(self, topic: str) -> int:
        sent = self._sent.get(topic)
        return 0 if sent is None else sent[1]

    def _remember(self, topic: str, *, version: int) -> None:
        self._sent[topic] = (time.monotonic(), version)
        self._sent.move_to_end(topic)
        if len(self._sent) > REMEMBERED_TOPICS:
            self._sent.popitem(last=False)


async def _send_orders(orders: list[dict[str, str]]) -> None:
    for order in orders:
        await _group_send(CONTROL_GROUP, {"type": "live.control", **order})


async def _group_send(group: str, message: dict[str, Any]) -> None:
    layer: Any = get_channel_layer()
    async with asyncio.timeout(SEND_SECONDS):
        await layer.group_send(group, message)


publisher = Publisher()

# A command line ends right after its commit; it may take a moment to tell the open pages.
atexit.register(lambda: publisher.idle(timeout=FAREWELL_SECONDS))
