"""Open pages while Valkey is away: what it would have announced is read from the database."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import redis
from channels.db import database_sync_to_async
from django.db import transaction

from portal import live
from portal.live import rights, topics
from portal.live.publisher import Publisher
from portal.local import valkey
from tests.web.live_pages import MAY, Open, closing, hint, news, user_id, write

pytest_plugins = ["tests.web.live_fixtures"]
pytestmark = pytest.mark.django_db(
    transaction=True, available_apps=["portal.live", "tenants", "django.contrib.sessions"]
)


class Server:
    """A Valkey of this test's own, which can be ended and started again at the same address."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            port = listener.getsockname()[1]
        self._program = valkey.program(valkey.find(), folder=folder, port=port)
        self.address = valkey.address(folder=folder, port=port)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(self._program.argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with redis.Redis.from_url(self.address) as client:
            for _ in range(100):
                with suppress(redis.ConnectionError):
                    client.ping()
                    return
                time.sleep(0.05)
        raise AssertionError("Valkey did not start.")

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@pytest.fixture
def server(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Settings and publisher use a server of the test's own."""
    publisher = Publisher()
    monkeypatch.setattr(topics, "publisher", publisher)
    monkeypatch.setattr(rights, "publisher", publisher)
    own = Server(tmp_path)
    settings.REDIS_URL = own.address
    layer = settings.CHANNEL_LAYERS["default"]
    settings.CHANNEL_LAYERS = {"default": layer | {"CONFIG": layer["CONFIG"] | {"hosts": [own.address]}}}
    own.start()
    yield own
    own.stop()


async def test_without_valkey_a_page_opens_and_learns_of_changes_and_lost_rights(server: Server, opened: Open) -> None:
    MAY.update({("bob", "1"), ("bob", "2")})
    server.stop()
    took = []
    for _try in range(3):
        page = await opened("bob")
        started = time.monotonic()
        await page.watch("test_sheet:1", "test_sheet:2")
        await page.hears(hint)
        took.append(time.monotonic() - started)
    assert min(took) < 1
    await write("1", "x")
    assert await page.hears(lambda message: message.get("versions", {}).get("test_sheet:1") == 1)

    bob = await user_id("bob")

    @database_sync_to_async
    def take_right() -> None:
        with transaction.atomic():
            MAY.discard(("bob", "1"))
            live.rights_changed(bob)

    await take_right()
    assert await page.hears(closing) == {"closed": "test_sheet:1", "reason": "lost"}


async def test_when_valkey_comes_back_empty_an_open_page_hears_at_once_again(
    server: Server, opened: Open, settings: Any
) -> None:
    settings.LIVE_VERSIONS_SECONDS = 0.3
    MAY.add(("bob", "1"))
    page = await opened("bob")
    await page.watch("test_sheet:1")
    await page.hears(hint)
    server.stop()
    await write("1", "missed")
    assert await page.hears(lambda message: message.get("versions", {}).get("test_sheet:1") == 1)
    server.start()
    for attempt in range(2, 30):
        await write("1", str(attempt))
        await asyncio.sleep(0.3)
        with suppress(TimeoutError):
            if (await page.hears(lambda message: news(message) or hint(message), seconds=4)).get("full"):
                break
    took = []
    for word in ("heard", "heard again", "heard once more"):
        started = time.monotonic()
        await write("1", word)
        assert await page.hears(lambda message, word=word: message.get("fragments") == {"sheet": f"<p>{word}</p>"})
        took.append(time.monotonic() - started)
    assert min(took) < 1
