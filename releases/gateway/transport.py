"""The official client, set up from nothing but a `Connection`. Imported with the first request, never before.

The client would read proxies from the environment, follow redirects and try again by itself; here it does none of it:
the outbox retries, and a redirect could lead the credentials elsewhere. Errors are made without their cause attached,
because the client's own exceptions carry headers and bodies.
"""

from __future__ import annotations

import re
import ssl
import threading
import time
from collections.abc import Sequence
from typing import Any

import urllib3
from django.conf import settings
from django.utils.translation import gettext as _
from kubernetes.client.api_client import ApiClient
from kubernetes.client.configuration import Configuration
from kubernetes.client.exceptions import ApiException
from kubernetes.dynamic import DynamicClient

from releases.checked_peers import checked_pools
from releases.gateway.errors import AccessRefused
from releases.gateway.refusals import away, handshake, refusal
from releases.gateway.tls import tls_context
from tenants.clusters import Connection

CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0
IDLE_SECONDS = 60.0
IDLE_PER_CLUSTER = 4
_ESCAPED = re.compile(r"\\(.)")


class Wire:
    """One client for one user at a time: `take` lends it out, `give_back` keeps its open connection for the next."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.idle_since = 0.0
        self.warned: tuple[str, ...] = ()
        configuration = Configuration(host=connection.server, proxy="", no_proxy="", retries=False)
        if connection.token:
            configuration.api_key = {"authorization": f"Bearer {connection.token}"}
        client = ApiClient(configuration)
        client.user_agent = "slipway"
        client.rest_client.pool_manager = _Pools(connection)
        self._client = client
        self._dynamic = DynamicClient(client, discoverer=_NoDiscovery)

    def send(
        self,
        method: str,
        path: str,
        *,
        what: str,
        query: Sequence[tuple[str, str]] = (),
        body: object = None,
        content_type: str = "application/json",
        limit: float | None = None,
    ) -> bytes:
        """The body of a 2xx answer. Everything else is an exception from `refusals`; `what` is for its sentence.

        `limit`: seconds that are left for it, where that is less than it usually has.
        """
        name = self.connection.name
        connect, read = (min(usual, limit or usual) for usual in (CONNECT_SECONDS, READ_SECONDS))
        try:
            response = self._dynamic.request(
                method,
                path,
                body=body,
                query_params=list(query),
                content_type=content_type,
                serialize=False,
                _request_timeout=(connect, read),
            )
            self.warned = tuple(map(_warning, response.headers.getlist("Warning")))
            return bytes(response.data)
        except ApiException as error:
            if not error.status:
                raise handshake(name, str(error.reason)) from None
            said = error.headers or {}
            headers = {"retry_after": said.get("Retry-After"), "location": said.get("Location")}
            raise refusal(error.status, error.body, cluster=name, what=what, **headers) from None
        except urllib3.exceptions.NewConnectionError:
            raise away(name, _("no connection")) from None
        except urllib3.exceptions.TimeoutError:
            raise away(name, _("it took too long")) from None
        except (urllib3.exceptions.HTTPError, OSError):
            raise away(name, _("no connection")) from None

    def look(self, path: str, *, most: int, limit: float | None = None) -> tuple[int, bytes]:
        """Status and first bytes of whatever answers a GET behind the API server. Raises ClusterAway for no answer.

        Not for the API itself: an instance that says 401 says nothing of Slipway's credentials.
        """
        name = self.connection.name
        connect, read = (min(usual, limit or usual) for usual in (CONNECT_SECONDS, READ_SECONDS))
        headers = {"User-Agent": "slipway", "Accept": "*/*"}
        if self.connection.token:
            headers["Authorization"] = f"Bearer {self.connection.token}"
        timeout = urllib3.Timeout(connect=connect, read=read)
        pools = self._client.rest_client.pool_manager
        try:
            url = self.connection.server + path
            answer = pools.request("GET", url, headers=headers, timeout=timeout, preload_content=False)
            try:
                return int(answer.status), bytes(answer.read(most) or b"")
            finally:
                answer.close()
        except (urllib3.exceptions.HTTPError, OSError):
            raise away(name, _("no connection")) from None

    def close(self) -> None:
        self._client.close()


_idle: dict[Connection, list[Wire]] = {}
_lock = threading.Lock()


def take(connection: Connection) -> Wire:
    """A client nobody else holds. Raises ClusterAway when the connection's certificates cannot be read."""
    stale: list[Wire] = []
    with _lock:
        limit = time.monotonic() - IDLE_SECONDS
        for key in list(_idle):
            stale += [wire for wire in _idle[key] if wire.idle_since < limit]
            _idle[key] = [wire for wire in _idle[key] if wire.idle_since >= limit]
            if not _idle[key]:
                del _idle[key]
        waiting = _idle.get(connection)
        wire = waiting.pop() if waiting else None
    for old in stale:
        old.close()
    if wire is not None:
        return wire
    try:
        return Wire(connection)
    except (ssl.SSLError, OSError):
        raise away(connection.name, _("its certificates cannot be read")) from None


def give_back(wire: Wire) -> None:
    """Keep the client for the next one who asks, or close it when enough are kept."""
    wire.idle_since = time.monotonic()
    with _lock:
        waiting = _idle.setdefault(wire.connection, [])
        if len(waiting) < IDLE_PER_CLUSTER:
            waiting.append(wire)
            return
    wire.close()


def _warning(header: str) -> str:
    """The text of a `Warning` header, `299 - "text"`, in which quotes are escaped."""
    return _ESCAPED.sub(r"\1", header.partition('"')[2].removesuffix('"'))


class _NoDiscovery:
    """The dynamic client would ask for every group at once and keep the answer in a shared temporary file."""

    def __init__(self, client: DynamicClient, cache_file: str | None) -> None:
        self.client = client


def _elsewhere(host: str) -> Exception:
    sentence = _("{host} leads to an address that is not among the allowed servers. A platform operator can add it.")
    return AccessRefused(sentence.format(host=host))


_POOLS = checked_pools(allowed=lambda: settings.SLIPWAY_CLUSTER_SERVERS_ALLOWED, refusal=_elsewhere)


class _Pools(urllib3.PoolManager):
    def __init__(self, connection: Connection) -> None:
        context = tls_context(connection)
        options: dict[str, Any] = {"ssl_context": context} if context else {}
        super().__init__(num_pools=1, maxsize=1, retries=False, **options)
        self.pool_classes_by_scheme = _POOLS

    def urlopen(  # type: ignore[override]  # the class above overrides its own parent with this signature
        self, method: str, url: str, redirect: bool = True, **options: Any
    ) -> Any:
        return super().urlopen(method, url, redirect=False, **options)
