"""An ASGI application that answers with the address the server takes for the caller's, and with the scheme."""

from __future__ import annotations

from typing import Any


async def application(scope: Any, _receive: Any, send: Any) -> None:
    said = f"{scope['client'][0]} {scope['scheme']}".encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(said))]})
    await send({"type": "http.response.body", "body": said})
