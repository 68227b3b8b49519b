"""HTTP to one cluster without threads: lists, watches, and small questions, all as raw JSON.

Like the gateway it takes nothing from the environment, follows no redirect, and looks at the address a name leads to.
A connection whose other end is gone without a word is found by the system's own keep-alive within half a minute.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import socket
import time
from collections.abc import AsyncIterator, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from django.conf import settings
from django.utils.translation import gettext as _

from releases.gateway.refusals import lacking
from releases.gateway.tls import tls_context
from tenants.clusters import Connection
from tenants.clusters.servers import peer_allowed

CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 10.0
ANSWERS_AT_ONCE = 16
PROBE_SECONDS = 5.0
QUIET_SECONDS = 40.0
MAX_LINE = 8 * 1024 * 1024
MAX_REFUSAL = 4096

TROUBLES = (aiohttp.ClientError, TimeoutError, OSError, ValueError)


class Refused(aiohttp.ClientError):
    """An answer that is not 2xx. `status` is the HTTP status or the code of an ERROR event, `body` what was said.

    `blind`: the cluster is there, and does not let Slipway's account look.
    """

    def __init__(self, status: int, body: bytes = b"") -> None:
        super().__init__(_why(status, body))
        self.status = status
        self.blind = status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


class Forbidden(aiohttp.ClientError):
    """The server's address is not one that clusters may have."""


class Session:
    """The connections to one cluster, to be used inside one event loop. Raises what `TROUBLES` lists.

    `refused` is set when the cluster did not accept the token; `use` takes a newer one for all requests from then on.
    """

    def __init__(self, connection: Connection) -> None:
        self.refused = asyncio.Event()
        self._token = connection.token
        self.heard_at = time.monotonic()  # when the cluster last said anything, whatever it was
        self._base = connection.server.rstrip("/")
        parts = urlsplit(self._base)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        _check_literal(parts.hostname or "", port)
        self._answers = asyncio.Semaphore(ANSWERS_AT_ONCE)
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                ssl=tls_context(connection) or True,
                resolver=_CheckedResolver(),
                socket_factory=_kept_alive,
                # A watch keeps its connection, so a bound here would let many of them shut out whoever asks.
                limit=0,
                limit_per_host=0,
            ),
            headers={"Accept": "application/json", "User-Agent": "slipway-agent"},
            trust_env=False,
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def close(self) -> None:
        await self._http.close()

    def use(self, token: str) -> None:
        """Sign in with this token from now on. What is open stays open: a cluster asks when a request begins."""
        self._token = token
        self.refused.clear()

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> dict[str, Any]:
        """An answer as a dict."""
        raw = await self.text(path, query)
        answer = json.loads(raw)
        if not isinstance(answer, dict):
            raise ValueError("the answer is not an object")
        return answer

    async def text(self, path: str, query: Mapping[str, str] | None = None) -> bytes:
        """An answer's body."""
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS, sock_read=ANSWER_SECONDS)
        async with self._answers, self._ask(path, query, timeout) as response:
            self.heard_at = time.monotonic()
            await self._check(response)
            return await response.read()

    async def probe(self) -> None:
        """Ask whether anybody is there; whatever the answer is, it is one."""
        timeout = aiohttp.ClientTimeout(total=PROBE_SECONDS)
        async with self._ask("/readyz", None, timeout):
            self.heard_at = time.monotonic()

    async def watch(self, path: str, query: Mapping[str, str]) -> AsyncIterator[dict[str, Any]]:
        """The events of a watch until the server ends it; TimeoutError after forty seconds without a word."""
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS, sock_read=QUIET_SECONDS)
        async with self._ask(path, {**query, "watch": "1"}, timeout) as response:
            await self._check(response)
            self.heard_at = time.monotonic()
            yield {"type": "OPENED"}
            buffer = bytearray()
            async for chunk in response.content.iter_any():
                self.heard_at = time.monotonic()
                buffer += chunk
                *lines, rest = buffer.split(b"\n")
                if len(rest) > MAX_LINE:
                    raise ValueError("an event is larger than 8 MiB")
                buffer = bytearray(rest)
                for line in lines:
                    if line.strip():
                        yield json.loads(line)

    def _ask(self, path: str, query: Mapping[str, str] | None, timeout: aiohttp.ClientTimeout) -> Any:
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else None
        return self._http.get(self._base + path, params=query, headers=headers, timeout=timeout, allow_redirects=False)

    async def _check(self, response: aiohttp.ClientResponse) -> None:
        if response.status == HTTPStatus.UNAUTHORIZED:
            self.refused.set()
        if not 200 <= response.status < 300:
            raise Refused(response.status, await response.content.read(MAX_REFUSAL))


def _why(status: int, body: bytes) -> str:
    mend = _("A platform operator can make the cluster ready again, or renew the access.")
    if status == HTTPStatus.UNAUTHORIZED:
        return _("It does not accept the credentials of Slipway's account there. {mend}").format(mend=mend)
    if status == HTTPStatus.FORBIDDEN:
        account, right = lacking(body) or (_("there"), _("do this"))
        sentence = _("Slipway's account {account} may not {right}. {mend}")
        return sentence.format(account=account, right=right, mend=mend)
    return _("it answers {status}").format(status=status)


class _CheckedResolver(AbstractResolver):
    def __init__(self) -> None:
        self._inner = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        usable = [entry for entry in found if _allowed(host, port, entry["host"])]
        if not usable:
            raise Forbidden(_("{host} leads to an address that is not among the allowed servers").format(host=host))
        return usable

    async def close(self) -> None:
        await self._inner.close()


def _check_literal(host: str, port: int) -> None:
    """aiohttp asks no resolver for a server that is written as an address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return
    if not _allowed(host, port, host):
        raise Forbidden(_("{host} is not among the allowed servers").format(host=host))


def _allowed(host: str, port: int, address: str) -> bool:
    return peer_allowed(host, port=port, peer=address, allowed=settings.SLIPWAY_CLUSTER_SERVERS_ALLOWED)


def _kept_alive(info: tuple[Any, ...]) -> socket.socket:
    family, kind, protocol, *_rest = info
    sock = socket.socket(family, kind, protocol)
    sock.setblocking(False)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (("TCP_KEEPIDLE", 10), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3)):
        if hasattr(socket, name):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    return sock
