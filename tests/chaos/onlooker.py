"""An open page: somebody watches every app the whole time, and comes back whenever the connection breaks."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Sequence

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

AGAIN_SECONDS = 0.3


class Onlooker:
    """`start`, then `end`. `messages` is how many came."""

    def __init__(self, url: str, *, session: str, topics: Sequence[str]) -> None:
        self._url, self._session, self._topics = url, session, list(topics)
        self._thread = threading.Thread(target=lambda: asyncio.run(self._watch()), name="onlooker", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self.messages = 0

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        if self._loop and self._task:
            self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join(30)

    async def _watch(self) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        try:
            while True:
                try:
                    await self._listen()
                except (OSError, WebSocketException, TimeoutError):
                    await asyncio.sleep(AGAIN_SECONDS)
        except asyncio.CancelledError:
            return

    async def _listen(self) -> None:
        address = self._url.replace("http", "ws", 1) + "/ws/live/"
        cookie = {"Cookie": f"sessionid={self._session}"}
        async with connect(address, origin=self._url, additional_headers=cookie, open_timeout=10) as socket:  # type: ignore[arg-type]  # the stub wants its own name for str
            await socket.send(json.dumps({"subscribe": self._topics, "versions": dict.fromkeys(self._topics, 0)}))
            async for _message in socket:
                self.messages += 1
