"""Many open pages: raw WebSocket clients that note when they heard of a topic."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

# The server lets a person have fifty.
PER_USER = 40


@dataclass
class Socket:
    """`heard` holds (version, `time.time()`) of each message with the topic's content; `told` the highest number in
    any message of it, which is how a page finds out that it missed one."""

    connection: ClientConnection
    topic: str
    heard: list[tuple[int, float]] = field(default_factory=list)
    told: int = 0

    async def listen(self) -> None:
        with suppress(ConnectionClosed):
            async for text in self.connection:
                at = time.time()
                self._take(json.loads(text), at=at)

    async def watch(self, topic: str, *, version: int) -> None:
        """Show this topic only from now on."""
        before, self.topic, self.told = self.topic, topic, version
        self.heard.clear()
        message: dict[str, Any] = {"subscribe": [topic], "versions": {topic: version}}
        if before and before != topic:
            message["unsubscribe"] = [before]
        await self.connection.send(json.dumps(message))

    def _take(self, message: dict[str, Any], *, at: float) -> None:
        if message.get("topic") == self.topic:
            self.heard.append((message["version"], at))
            self.told = max(self.told, message["version"])
        elif "versions" in message:
            self.told = max(self.told, message["versions"].get(self.topic, 0))
        assert "closed" not in message, f"the server closed {message}"


class Crowd:
    """Sockets of one run, opened one after the other so that the opening is not what is measured."""

    def __init__(self) -> None:
        self.sockets: list[Socket] = []
        self._listening: list[asyncio.Task[None]] = []

    async def open(self, url: str, *, sessions: Sequence[str], count: int) -> None:
        address = url.replace("http", "ws", 1) + "/ws/live/"
        for number in range(count):
            cookie = {"Cookie": f"sessionid={sessions[number // PER_USER]}"}
            # Origin has to be one of ours, as a browser's would be.
            opened = await connect(address, origin=url, additional_headers=cookie, compression=None, open_timeout=30)  # type: ignore[arg-type]  # the stub wants its own name for str
            socket = Socket(opened, "")
            self.sockets.append(socket)
            self._listening.append(asyncio.create_task(socket.listen()))

    async def close(self) -> None:
        await asyncio.gather(*[socket.connection.close() for socket in self.sockets], return_exceptions=True)
        for task in self._listening:
            await task
