"""One hub per process: it listens for all sockets of the process, and tells them the versions every 5 s.

It exists while there are sockets. Whatever the number of sockets, a message is received once, the versions are one
query, and a topic's latest message is kept for the next one who subscribes. Sends go through each socket's own writer,
so one slow browser holds up nobody.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from django.conf import settings

from portal.live import fragments, standing
from portal.live.wire import Wire

log = logging.getLogger(__name__)

# How many sockets each round checks although nothing was announced: the longest unchecked first.
CHECKED_PER_ROUND = 50
# With Valkey away nothing is announced, so the rounds come closer: a lost right still acts within about a second.
ROUND_WITHOUT_WIRE_SECONDS = 1.0


class Socket(Protocol):
    """What the hub knows of a consumer."""

    session_key: str
    session: str
    user_id: str
    topics: set[str]

    def offer(self, topic: str, *, version: int, text: str) -> None: ...
    def tell_versions(self, versions: dict[str, int]) -> None: ...
    def tell_rights(self) -> None: ...
    def drop(self, topic: str, *, reason: str) -> None: ...
    def end(self) -> None: ...


def round_seconds() -> float:
    """`LIVE_VERSIONS_SECONDS`: how often sockets are told the versions of their topics."""
    return float(getattr(settings, "LIVE_VERSIONS_SECONDS", 5.0))


class Hub:
    """The sockets of one event loop and what they watch."""

    def __init__(self) -> None:
        self.sockets: set[Socket] = set()
        self._watchers: dict[str, set[Socket]] = {}
        self._latest: dict[str, tuple[int, str]] = {}
        self._rendering: dict[str, asyncio.Lock] = {}
        self._rights: dict[str, int] = {}
        self._checked: dict[Socket, float] = {}
        self._wire = Wire(self._hear)
        self._rounds: asyncio.Task[None] | None = None
        self._checks: set[asyncio.Task[None]] = set()

    async def enter(self, socket: Socket) -> None:
        """Take a socket in; before anything it may watch is looked up, so that no change of rights is missed."""
        self.sockets.add(socket)
        self._checked[socket] = time.monotonic()
        if self._rounds is None:
            self._rounds = asyncio.create_task(self._go_round())
        await self._wire.open()
        if socket.user_id not in self._rights:
            _, rights = await standing.in_thread(standing.present, [], [socket.user_id])
            self._rights.setdefault(socket.user_id, rights[socket.user_id])

    async def leave(self, socket: Socket) -> None:
        """Let a socket go; with the last one, the hub rests."""
        self.sockets.discard(socket)
        self._checked.pop(socket, None)
        for topic in list(socket.topics):
            self.unwatch(socket, topic)
        if all(other.user_id != socket.user_id for other in self.sockets):
            self._rights.pop(socket.user_id, None)
        if not self.sockets:
            rounds, self._rounds = self._rounds, None
            if rounds is not None:
                rounds.cancel()
            await self._wire.close()

    async def watch(self, socket: Socket, topics: list[str]) -> dict[str, int]:
        """Subscribe a socket that may watch these topics; their versions, read after the subscription stands."""
        for topic in topics:
            socket.topics.add(topic)
            self._watchers.setdefault(topic, set()).add(socket)
        await self._wire.follow(set(self._watchers))
        versions, rights = await standing.in_thread(standing.present, topics, [socket.user_id])
        if rights[socket.user_id] != self._rights.get(socket.user_id):
            # Changed while this was going on: the order to check may have come before the subscription was there.
            self._check_soon([socket])
        return versions

    def unwatch(self, socket: Socket, topic: str) -> None:
        """End one subscription."""
        socket.topics.discard(topic)
        watchers = self._watchers.get(topic, set())
        watchers.discard(socket)
        if not watchers:
            self._watchers.pop(topic, None)
            self._latest.pop(topic, None)
            self._rendering.pop(topic, None)

    async def message(self, topic: str, *, version: int) -> tuple[int, str]:
        """The message that shows a topic as it is, at `version` or later; rendered once for all who ask together."""
        async with self._rendering.setdefault(topic, asyncio.Lock()):
            known = self._latest.get(topic)
            if known is not None and known[0] >= version:
                return known
            text = await standing.in_thread(fragments.message, topic, version=version)
            return self._keep(topic, version=version, text=text)

    def count_of(self, user_id: str) -> int:
        """How many sockets a user has in this process."""
        return sum(socket.user_id == user_id for socket in self.sockets)

    def _keep(self, topic: str, *, version: int, text: str) -> tuple[int, str]:
        known = self._latest.get(topic)
        if known is not None and known[0] >= version:
            return known
        if topic in self._watchers:
            self._latest[topic] = (version, text)
        return version, text

    def _hear(self, message: dict[str, Any]) -> None:
        if message["type"] == "live.news":
            topic, version, text = message["topic"], message["version"], message["text"]
            self._keep(topic, version=version, text=text)
            for socket in list(self._watchers.get(topic, ())):
                socket.offer(topic, version=version, text=text)
        elif message["type"] == "live.control":
            self._obey(message)

    def _obey(self, order: dict[str, Any]) -> None:
        if order["act"] == "end_session":
            concerned = [socket for socket in self.sockets if socket.session == order["session"]]
        else:
            concerned = [socket for socket in self.sockets if socket.user_id == order["user"]]
        if order["act"] == "check":
            self._check_soon(concerned)
        else:
            for socket in concerned:
                socket.end()

    def _check_soon(self, sockets: list[Socket]) -> None:
        if sockets:
            task = asyncio.create_task(self._check_changed(sockets))
            self._checks.add(task)
            task.add_done_callback(self._checks.discard)

    async def _check_changed(self, sockets: list[Socket]) -> None:
        """Close what is lost, and tell the pages that stay: what they offer to do may be another now."""
        await self._check(sockets)
        for socket in self.sockets.intersection(sockets):
            socket.tell_rights()

    async def _go_round(self) -> None:
        while True:
            usual = round_seconds()
            if self._wire.lost.is_set():
                await asyncio.sleep(min(usual, ROUND_WITHOUT_WIRE_SECONDS))
            else:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(usual):
                        await self._wire.lost.wait()
            try:
                await self._round()
            except Exception as error:  # the database may be away: the sockets stay, and the next round tries again
                log.warning("Open pages could not be told the versions of their topics (%s).", type(error).__name__)

    async def _round(self) -> None:
        users = {socket.user_id for socket in self.sockets}
        versions, rights = await standing.in_thread(standing.present, list(self._watchers), list(users))
        changed = {user for user, version in rights.items() if self._rights.get(user, version) != version}
        for socket in list(self.sockets):
            socket.tell_versions({topic: versions[topic] for topic in socket.topics if topic in versions})
        for socket in [one for one in self.sockets if one.user_id in changed]:
            socket.tell_rights()
        waiting_longest = sorted(self.sockets, key=lambda socket: self._checked.get(socket, 0.0))[:CHECKED_PER_ROUND]
        if await self._check([*{*waiting_longest, *(one for one in self.sockets if one.user_id in changed)}]):
            self._rights.update({user: version for user, version in rights.items() if user in self._rights})
        await self._wire.follow(set(self._watchers), anew=True)

    async def _check(self, sockets: list[Socket]) -> bool:
        complete = True
        for socket in sockets:
            topics = sorted(socket.topics)
            try:
                found = await standing.in_thread(standing.look, socket.session_key, topics)
            except Exception as error:  # not knowing closes nothing; the rounds ask again
                log.warning("The rights of an open page could not be checked (%s).", type(error).__name__)
                complete = False
                continue
            self._checked[socket] = time.monotonic()
            if socket not in self.sockets:
                self._checked.pop(socket, None)
            elif not found.signed_in or found.user_id != socket.user_id:
                socket.end()
            else:
                for topic in topics:
                    if topic not in found.allowed and topic in socket.topics:
                        self.unwatch(socket, topic)
                        socket.drop(topic, reason="lost")
        return complete


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]
