"""Open pages for tests: a browser's side of the socket, people with sessions, and sheets that they watch."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.testing import ApplicationCommunicator
from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.test import Client

from portal import live
from portal.access import Actor
from portal.asgi import application

SHOWN: dict[str, str] = {}
MAY: set[tuple[str, str]] = set()


@live.renderer("test_sheet")
def show(sheet: str) -> dict[str, str]:
    return {"sheet": f"<p>{SHOWN.get(sheet, '')}</p>"}


@live.guard("test_sheet")
def may_see(actor: Actor, sheet: str) -> bool:
    return (actor.username, sheet) in MAY


class Page:
    """A browser's page with a socket."""

    def __init__(self, cookie: str = "", *, origin: str = "http://localhost") -> None:
        headers = [(b"origin", origin.encode()), (b"host", b"localhost")]
        if cookie:
            headers.append((b"cookie", f"{settings.SESSION_COOKIE_NAME}={cookie}".encode()))
        scope = {"type": "websocket", "path": "/ws/live/", "query_string": b"", "headers": headers, "subprotocols": []}
        self.socket = ApplicationCommunicator(application, scope)

    async def open(self) -> bool:
        await self.socket.send_input({"type": "websocket.connect"})
        answer = await self.socket.receive_output(timeout=30)
        return bool(answer["type"] == "websocket.accept")

    async def leave(self) -> None:
        await self.socket.send_input({"type": "websocket.disconnect", "code": 1001})
        await self.socket.wait(timeout=30)

    async def say(self, content: Any) -> None:
        text = content if isinstance(content, str) else json.dumps(content)
        await self.socket.send_input({"type": "websocket.receive", "text": text})

    async def watch(self, *topics: str, **versions: int) -> None:
        known = {f"test_sheet:{key}": value for key, value in versions.items()}
        await self.say({"subscribe": list(topics), "versions": known})

    async def hears(self, wanted: Callable[[dict[str, Any]], bool], *, seconds: float = 30) -> dict[str, Any]:
        """The next message that fits; others are passed over."""
        until = time.monotonic() + seconds
        while True:
            message = await self.socket.receive_output(timeout=max(0.01, until - time.monotonic()))
            assert message["type"] == "websocket.send", message
            content: dict[str, Any] = json.loads(message["text"])
            if wanted(content):
                return content

    async def hears_nothing(self, *, seconds: float = 0.3) -> bool:
        quiet: bool = await self.socket.receive_nothing(timeout=seconds)
        return quiet

    async def closes(self) -> int:
        """The code with which the server closes; messages before it are passed over."""
        while True:
            message = await self.socket.receive_output(timeout=30)
            if message["type"] == "websocket.close":
                return int(message.get("code", 1000))


def news(message: dict[str, Any]) -> bool:
    return "full" in message


def closing(message: dict[str, Any]) -> bool:
    return "closed" in message


def rights(message: dict[str, Any]) -> bool:
    return "rights" in message


def hint(message: dict[str, Any]) -> bool:
    return "versions" in message


Open = Callable[..., Awaitable[Page]]


@database_sync_to_async
def sign_in(name: str) -> str:
    """A new session; its key."""
    user, _ = get_user_model()._default_manager.get_or_create(username=name)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return str(client.cookies[settings.SESSION_COOKIE_NAME].value)


@database_sync_to_async
def write(sheet: str, text: str) -> None:
    """A change, as a writer makes it: the data and the version in one transaction."""
    with transaction.atomic():
        SHOWN[sheet] = text
        live.touch(f"test_sheet:{sheet}")


@database_sync_to_async
def user_id(name: str) -> Any:
    return get_user_model()._default_manager.get(username=name).pk
