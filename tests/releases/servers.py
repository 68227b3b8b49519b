"""A server outside, as steps of releases call it: real sockets, answers as the test says, all that came in is kept."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = tuple[int, Any]


@dataclass
class Asked:
    """One request that came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: str


@dataclass
class Outside:
    """`reply` is asked with each request: a status and what is sent as JSON, or bytes as they are."""

    url: str
    reply: Callable[[Asked], Reply]
    asked: list[Asked] = field(default_factory=list)


@contextmanager
def outside(reply: Callable[[Asked], Reply]) -> Iterator[Outside]:
    """A server for as long as the block runs."""
    known: list[Outside] = []

    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            came = Asked(self.command, self.path, headers, self.rfile.read(length).decode())
            known[0].asked.append(came)
            status, said = known[0].reply(came)
            body = said if isinstance(said, bytes) else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_HEAD = _any

        def log_message(self, format: str, *args: Any) -> None:
            """The test says what it wants to know."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    known.append(Outside(f"http://127.0.0.1:{server.server_port}", reply))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield known[0]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
