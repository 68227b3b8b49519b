"""One request to a server that somebody named: no redirects, no proxies, no internal addresses, and not for long."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

import urllib3
from django.utils.translation import gettext as _

from apps_mgmt.spec.unsigned import unsigned
from portal.errors import Invalid, PlatformError, UserError
from releases.checked_peers import checked_pools
from tenants.clusters.servers import check_server

SECONDS = 10.0
MOST_BYTES = 64 * 1024


@dataclass(frozen=True)
class Answer:
    """What a server said. Of a long body the first `MOST_BYTES`."""

    status: int
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


class OffLimits(UserError):
    """The address is not one that may be called."""

    default_code = "server_forbidden"


class Unreached(PlatformError):
    """Nothing came back in time. Whoever asked may ask again."""

    default_code = "server_unreached"


def check_address(url: str, *, allowed: Sequence[str]) -> None:
    """Raise OffLimits for an address that no call may go to, as far as its text tells."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        raise _forbidden(unsigned(url)) from None
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    if "@" in parts.netloc or "\\" in url or any(ord(letter) <= 32 or ord(letter) == 127 for letter in url):
        raise _forbidden(host or unsigned(url))
    try:
        check_server(f"{parts.scheme}://{host}{port}", allowed=allowed)
    except Invalid:
        raise _forbidden(host or unsigned(url)) from None


def send(
    method: str, url: str, *, headers: Mapping[str, str], body: str, allowed: Sequence[str], seconds: float = SECONDS
) -> Answer:
    """Ask once. `allowed` are the servers besides public https ones. Raises OffLimits, and Unreached."""
    check_address(url, allowed=allowed)
    with _limit(seconds) as limit, urllib3.PoolManager(num_pools=1, retries=False, timeout=seconds) as pools:
        pools.pool_classes_by_scheme = checked_pools(allowed=lambda: allowed, refusal=_forbidden, opened=limit.opened)
        try:
            answer = pools.request(
                method,
                url,
                body=body.encode() if body else None,
                headers=dict(headers),
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
            with answer:
                said = Answer(status=answer.status, body=answer.read(MOST_BYTES) or b"")
            if limit.over:
                raise TimeoutError  # what was cut off by us looks like a whole answer
            return said
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            sentence = _("{server} did not answer ({error}).")
            host = urlsplit(url).hostname or ""
            raise Unreached(sentence.format(server=host, error=type(error).__name__)) from None


class _Limit:
    """Connections that end when the time is over: a server that says a byte now and then would otherwise keep a worker
    for as long as it likes.
    """

    def __init__(self) -> None:
        self.over = False
        self._twins: list[socket.socket] = []

    def opened(self, sock: socket.socket) -> None:
        # A twin, because TLS takes the socket itself away.
        self._twins.append(socket.socket(fileno=os.dup(sock.fileno())))

    def end(self) -> None:
        self.over = True
        for twin in self._twins:
            with suppress(OSError):
                twin.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        for twin in self._twins:
            twin.close()


@contextmanager
def _limit(seconds: float) -> Iterator[_Limit]:
    limit = _Limit()
    timer = threading.Timer(seconds, limit.end)
    timer.daemon = True
    timer.start()
    try:
        yield limit
    finally:
        timer.cancel()
        limit.close()


def _forbidden(host: str) -> OffLimits:
    sentence = _("{server} may not be called: it is an internal address, or not https. Ask a platform operator.")
    return OffLimits(sentence.format(server=host))
