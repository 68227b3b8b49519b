"""Requests to one cluster as plain dicts: breaker before, errors of ours after. Everything else builds on it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from django.utils.translation import gettext as _

from portal import outbox
from portal.errors import ClusterAway, SlipwayError
from releases.gateway.breaker import Breaker
from releases.gateway.errors import AccessRefused, Busy, CredentialsRefused
from releases.gateway.kinds import Kind
from releases.gateway.refusals import Absent, Refusal, away
from tenants.clusters import Connection

if TYPE_CHECKING:
    from releases.gateway.transport import Wire

PAGE = 500
BUSY_TRIES = 3
BUSY_AT_MOST_SECONDS = 3.0
APPLY = "application/apply-patch+yaml"
JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"


# Nothing ever sets it: the place of a wait that has a limit.
_pause = threading.Event()


class Client:
    """Belongs to one thread. Opens its connection with the first request; `close` lends it to the next user."""

    def __init__(
        self,
        connection: Connection,
        *,
        breaker: Breaker | None = None,
        refused: Callable[[], None] = lambda: None,
        anew: Callable[[], Connection] | None = None,
    ) -> None:
        self.connection = connection
        self._breaker = breaker
        self._refused = refused
        self._anew = anew
        self._wire: Wire | None = None
        self._until: float | None = None
        self.newest_fence: Callable[[], int] | None = None

    def within(self, seconds: float) -> None:
        """All requests from now on have to be answered within so many seconds."""
        self._until = time.monotonic() + seconds

    @property
    def cluster(self) -> str:
        return self.connection.name

    @property
    def warned(self) -> tuple[str, ...]:
        """What the last answer warned of, as the cluster words it."""
        return self._wire.warned if self._wire is not None else ()

    def close(self) -> None:
        if self._wire is not None:
            from releases.gateway import transport

            transport.give_back(self._wire)
            self._wire = None

    def find(self, kind: Kind, name: str, *, namespace: str = "") -> dict[str, Any] | None:
        """The object, or None when there is none."""
        try:
            return self.json("GET", object_path(kind, name, namespace=namespace), what=f"{kind.kind} {name}")
        except Absent:
            return None

    def pages(
        self, kind: Kind, *, namespace: str, labels: str = "", fields: str = ""
    ) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
        """(list metadata, items) page by page. Raises Absent when the cluster does not serve the kind."""
        token = ""
        while True:
            query = [("limit", str(PAGE))]
            query += [(key, value) for key, value in _selectors(labels, fields, token) if value]
            page = self.json("GET", object_path(kind, "", namespace=namespace), what=kind.plural, query=query)
            metadata = page.get("metadata") or {}
            yield metadata, page.get("items") or []
            token = metadata.get("continue") or ""
            if not token:
                return

    def list(self, kind: Kind, *, namespace: str, labels: str = "", fields: str = "") -> list[dict[str, Any]]:
        """All objects that match; none when the cluster does not serve the kind."""
        try:
            return [
                item
                for _metadata, items in self.pages(kind, namespace=namespace, labels=labels, fields=fields)
                for item in items
            ]
        except Absent:
            return []

    def json(
        self,
        method: str,
        path: str,
        *,
        what: str,
        query: Sequence[tuple[str, str]] = (),
        body: Mapping[str, Any] | Sequence[Any] | None = None,
        content_type: str = "application/json",
    ) -> dict[str, Any]:
        """The answer as a dict."""
        raw = self.raw(method, path, what=what, query=query, body=body, content_type=content_type)
        try:
            answer = json.loads(raw or b"{}")
        except ValueError:
            raise away(self.cluster, _("its answer is not JSON")) from None
        if not isinstance(answer, dict):
            raise away(self.cluster, _("its answer is not an object"))
        return answer

    def raw(
        self,
        method: str,
        path: str,
        *,
        what: str,
        query: Sequence[tuple[str, str]] = (),
        body: Mapping[str, Any] | Sequence[Any] | None = None,
        content_type: str = "application/json",
    ) -> bytes:
        """The answer's bytes. A cluster that is busy is asked again twice, if it is to be for so short a time that
        whoever waits can wait on. Raises Busy otherwise, and whatever `refusals` makes of an answer.
        """
        for again in reversed(range(BUSY_TRIES)):
            try:
                return self._known(method, path, what=what, query=query, body=body, content_type=content_type)
            except Busy as busy:
                if not again or not self._can_wait(busy.after):
                    raise
                _pause.wait(busy.after)
        raise AssertionError("the last try returns or raises")

    def look(self, path: str, *, most: int) -> tuple[int, bytes]:
        """Status and first bytes of what answers a GET behind the API server, see `Wire.look`."""
        outbox.alive()
        if self._breaker is not None:
            self._breaker.check()
        try:
            found = self._connected().look(path, most=most, limit=self._left())
        except ClusterAway:
            self._drop()
            if self._breaker is not None:
                self._breaker.failed()
            raise
        self._alive()
        return found

    def _can_wait(self, seconds: float) -> bool:
        left = self._left()
        return seconds <= BUSY_AT_MOST_SECONDS and (left is None or seconds < left)

    def _known(self, method: str, path: str, **request: Any) -> bytes:
        """As `_once`; where the cluster does not know who is asking, once more with other credentials, if there are."""
        try:
            return self._once(method, path, **request)
        except CredentialsRefused:
            if self._anew is None:
                raise
            anew, self._anew = self._anew, None
        self._drop()
        self.connection = anew()
        return self._once(method, path, **request)

    def _once(
        self,
        method: str,
        path: str,
        *,
        what: str,
        query: Sequence[tuple[str, str]],
        body: Mapping[str, Any] | Sequence[Any] | None,
        content_type: str,
    ) -> bytes:
        """The breaker learns of every outcome: any answer but a failing server is a good one.

        A worker that was away for so long that another one has its row sends nothing any more (ClaimMoved).
        """
        outbox.alive()
        if self._breaker is not None:
            self._breaker.check()
        try:
            answer = self._connected().send(
                method, path, what=what, query=query, body=body, content_type=content_type, limit=self._left()
            )
        except ClusterAway:
            self._drop()
            if self._breaker is not None:
                self._breaker.failed()
            raise
        except AccessRefused:
            self._alive()
            self._refused()
            raise
        except (SlipwayError, Refusal):
            self._alive()
            raise
        self._alive()
        return answer

    def _left(self) -> float | None:
        return None if self._until is None else max(0.1, self._until - time.monotonic())

    def _alive(self) -> None:
        if self._breaker is not None:
            self._breaker.succeeded()

    def _connected(self) -> Wire:
        if self._wire is None:
            from releases.gateway import transport

            self._wire = transport.take(self.connection)
        return self._wire

    def _drop(self) -> None:
        """A connection that failed is not lent on."""
        if self._wire is not None:
            self._wire.close()
            self._wire = None


def object_path(kind: Kind, name: str, *, namespace: str = "", subresource: str = "") -> str:
    """The URL path of an object, or of its collection when `name` is empty."""
    root, _slash, plural = kind.path.rpartition("/")
    parts = [root]
    if kind.namespaced and namespace:
        parts.append(f"namespaces/{quote(namespace, safe='')}")
    parts.append(plural)
    parts += [quote(part, safe="") for part in (name, subresource) if part]
    return "/".join(parts)


def _selectors(labels: str, fields: str, token: str) -> list[tuple[str, str]]:
    return [("labelSelector", labels), ("fieldSelector", fields), ("continue", token)]
