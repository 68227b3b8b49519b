"""The WebSocket of a page: it says which topics it shows, and hears of them while its user may watch them.

From the page:  `{"subscribe": [topic, …], "versions": {topic: number}, "unsubscribe": [topic, …]}`
To the page:    `{"topic", "version", "full": true, "fragments": {element id: html}}`: show this
                `{"topic", "version", "full": false}`: there is something new, fetch it
                `{"versions": {topic: number}}` at once and every 5 s: if a number is higher than yours, fetch it
                `{"rights": "changed"}`: what depends on what its user may do, fetch again
                `{"closed": topic, "reason"}`: `refused` (not yours or not there), `lost` (no longer yours), `limit`
Close codes: 4401 the session ended, 4429 too many messages or sockets, 4400 not understood, 1009 message too large.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from typing import Any

from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.db import Error

from portal.live import standing
from portal.live.groups import session_digest
from portal.live.hub import Hub, hub
from portal.live.registry import TOPIC

MAX_TOPICS = 20
MAX_MESSAGE_BYTES = 8 * 1024
MAX_SOCKETS_PER_USER = 50
# A page sends one message when it opens; a burst is a page that comes back with much to say.
BURST_MESSAGES = 20
MESSAGES_PER_SECOND = 2.0

ENDED = 4401
NOT_UNDERSTOOD = 4400
TOO_MANY = 4429
TOO_LARGE = 1009
TRY_LATER = 1013


class LiveConsumer(AsyncJsonWebsocketConsumer):
    """One socket. The hub of the process listens for all of them, so none needs a channel of its own."""

    channel_layer_alias = "the hub listens"

    def __init__(self) -> None:
        super().__init__()
        self.session_key = ""
        self.session = ""
        self.user_id = ""
        self.topics: set[str] = set()
        self._hub: Hub | None = None
        self._offered: dict[str, int] = {}
        self._outgoing: dict[str, str] = {}
        self._something = asyncio.Event()
        self._closing = 0
        self._closed = False
        self._writer: asyncio.Task[None] | None = None
        self._allowance = float(BURST_MESSAGES)
        self._asked_at = time.monotonic()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            if self._writer is not None:
                self._writer.cancel()
            if self._hub is not None:
                await self._hub.leave(self)

    async def connect(self) -> None:
        user, session = self.scope.get("user"), self.scope.get("session")
        if user is None or session is None or not user.is_authenticated or not user.is_active:
            await self.close()
            return
        self.session_key = session.session_key or ""
        self.session = session_digest(self.session_key)
        self.user_id = str(user.pk)
        if hub().count_of(self.user_id) >= MAX_SOCKETS_PER_USER:
            await self.close(TOO_MANY)
            return
        self._hub = hub()
        try:
            await self._hub.enter(self)
        except Error:
            await self.close(TRY_LATER)
            return
        await self.accept()
        self._writer = asyncio.create_task(self._write())

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any) -> None:
        if self._closed:
            return
        if text_data is None:
            await self.close(NOT_UNDERSTOOD)
        elif len(text_data) > MAX_MESSAGE_BYTES or len(text_data.encode()) > MAX_MESSAGE_BYTES:
            await self.close(TOO_LARGE)
        elif not self._within_rate():
            await self.close(TOO_MANY)
        else:
            await self._understand(text_data)

    async def close(self, code: int | bool | None = None, reason: str | None = None) -> None:
        """Close the socket, once."""
        if not self._closed:
            self._closed = True
            await super().close(code, reason)

    def offer(self, topic: str, *, version: int, text: str) -> None:
        """Send a topic's message unless the page has that version or a later one."""
        if topic in self.topics and version > self._offered.get(topic, 0):
            self._offered[topic] = version
            self._send_soon(f"topic {topic}", text)

    def tell_versions(self, versions: dict[str, int]) -> None:
        """Send the versions of the socket's topics."""
        if versions:
            self._send_soon("versions", json.dumps({"versions": versions}))

    def tell_rights(self) -> None:
        """Tell the page that its user's rights changed."""
        self._send_soon("rights", json.dumps({"rights": "changed"}))

    def drop(self, topic: str, *, reason: str) -> None:
        """Tell the page that a topic is closed; whatever was waiting to be sent of it is not sent."""
        self._offered.pop(topic, None)
        self._outgoing.pop(f"topic {topic}", None)
        self._send_soon(f"closed {topic}", json.dumps({"closed": topic, "reason": reason}))

    def end(self) -> None:
        """Close the socket, because its session or its user's account has ended."""
        self._closing = ENDED
        self._something.set()

    async def _understand(self, text: str) -> None:
        try:
            content = json.loads(text)
            subscribe = _topics(content.get("subscribe", []))
            unsubscribe = _topics(content.get("unsubscribe", []))
            versions = _versions(content.get("versions", {}))
        except (ValueError, TypeError, AttributeError, RecursionError):
            await self.close(NOT_UNDERSTOOD)
            return
        for topic in unsubscribe:
            self._of_hub.unwatch(self, topic)
            self._offered.pop(topic, None)
        try:
            await self._subscribe(subscribe, versions=versions)
        except Error:
            await self.close(TRY_LATER)

    async def _subscribe(self, topics: list[str], *, versions: dict[str, int]) -> None:
        room = MAX_TOPICS - len(self.topics)
        fresh = [topic for topic in dict.fromkeys(topics) if topic not in self.topics]
        for topic in fresh[room:]:
            self.drop(topic, reason="limit")
        asked = fresh[:room]
        found = await standing.in_thread(standing.look, self.session_key, asked)
        if not found.signed_in or found.user_id != self.user_id:
            self.end()
            return
        for topic in asked:
            if topic not in found.allowed:
                self.drop(topic, reason="refused")
        allowed = [topic for topic in asked if topic in found.allowed]
        if not allowed:
            return
        self._offered |= {topic: versions.get(topic, -1) for topic in allowed}
        present = await self._of_hub.watch(self, allowed)
        for topic, version in present.items():
            if versions.get(topic, -1) > version:
                # A number that never was; what the page shows cannot be trusted.
                self._offered[topic] = -1
            if self._offered.get(topic, version) < version:
                version, text = await self._of_hub.message(topic, version=version)
                self.offer(topic, version=version, text=text)
        self.tell_versions(present)

    @property
    def _of_hub(self) -> Hub:
        if self._hub is None:
            raise RuntimeError("A socket that was not let in has no hub.")
        return self._hub

    def _within_rate(self) -> bool:
        now = time.monotonic()
        self._allowance = min(BURST_MESSAGES, self._allowance + (now - self._asked_at) * MESSAGES_PER_SECOND)
        self._asked_at = now
        self._allowance -= 1
        return self._allowance >= 0

    def _send_soon(self, key: str, text: str) -> None:
        # A later message under the same key takes the place of one not yet sent: a slow page gets the newest only.
        self._outgoing.pop(key, None)
        self._outgoing[key] = text
        self._something.set()

    async def _write(self) -> None:
        # A page that has gone away makes the send fail; its disconnect is on the way.
        with contextlib.suppress(OSError, RuntimeError):
            while True:
                await self._something.wait()
                self._something.clear()
                while self._outgoing and not self._closing and not self._closed:
                    await self.send(text_data=self._outgoing.pop(next(iter(self._outgoing))))
                if self._closing:
                    await self.close(self._closing)
                    return


def _topics(given: Any) -> list[str]:
    if not isinstance(given, list) or len(given) > 2 * MAX_TOPICS:
        raise ValueError
    if not all(isinstance(topic, str) and TOPIC.fullmatch(topic) for topic in given):
        raise ValueError
    return given


def _versions(given: Any) -> dict[str, int]:
    if not isinstance(given, dict) or not all(type(number) is int for number in given.values()):
        raise ValueError
    return given
