"""Watches: events as they happen, from a version on, with bookmarks, until the client or the time is over."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from contextlib import suppress

from aiohttp import web

from ..core import errors
from ..core.objects import Object
from ..core.store import ADDED, DELETED, MODIFIED, Change
from ..core.validate import names
from . import listing, queries, rendering
from .faults import Faults
from .paths import Target
from .runner import Runner

_LONGEST = 3600.0
_BOOKMARK_EVERY = 60.0
_INITIAL_END = "k8s.io/initial-events-end"


class Watch:
    """One client's watch. Reads the kind's history by a cursor, so a slow client costs no memory but gets a 410."""

    def __init__(self, runner: Runner, faults: Faults, target: Target, query: queries.Query, *, accept: str) -> None:
        self.runner = runner
        self.faults = faults
        self.target = target
        self.query = query
        self.form = rendering.wanted(accept)
        self.include = query.get("includeObject", "Metadata")
        self.test = queries.matcher(query, kind=target.kind)
        self.bookmarks = queries.flag(query, "allowWatchBookmarks")
        queries.number(query, "limit")
        seconds = queries.number(query, "timeoutSeconds")
        self.until = time.monotonic() + (min(seconds, _LONGEST) if seconds else _LONGEST)
        self.initial: list[Object] | None = None
        self.cursor = self._start()

    def _start(self) -> int:
        """Where to begin; a watch without a version first sees everything there is."""
        store, kind = self.runner.cluster.store, self.target.kind
        ask_initial = queries.flag(self.query, "sendInitialEvents") if "sendInitialEvents" in self.query else None
        self._check(ask_initial)
        asked = queries.version(self.query, of_list=False)
        if ask_initial or (asked == 0 and ask_initial is None):
            self.initial = listing.items(self.runner.cluster, self.target, self._selectors())[0]
            return store.version
        # One that is still to come is waited for.
        if asked:
            store.since(kind, asked)
        return asked or store.version

    def _selectors(self) -> queries.Query:
        return {key: value for key, value in self.query.items() if key in ("labelSelector", "fieldSelector")}

    def _check(self, ask: bool | None) -> None:
        """Which options do not go together; ``ask`` is for what there is at first."""
        match, causes = self.query.get("resourceVersionMatch", ""), []
        if ask is not None and match != "NotOlderThan":
            words = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
            causes.append(names.forbidden("resourceVersionMatch", words))
        if match and ask is None:
            words = "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"
            causes.append(names.forbidden("resourceVersionMatch", words))
        if match and match != "NotOlderThan":
            causes.append(names.unsupported("resourceVersionMatch", match, ("NotOlderThan",)))
        if ask and not self.bookmarks:
            words = "sendInitialEvents requires setting allowWatchBookmarks to true"
            causes.append(names.forbidden("allowWatchBookmarks", words))
        if causes:
            raise errors.invalid_options(causes)

    def _concerns(self, obj: Object) -> bool:
        meta = obj["metadata"]
        if self.target.namespace and meta.get("namespace") != self.target.namespace:
            return False
        if self.target.name and meta["name"] != self.target.name:
            return False
        return self.test is None or self.test(obj)

    def _event(self, change: Change) -> bytes | None:
        """The event for this client; an object that comes into its selection was added, one that leaves deleted."""
        now = self._concerns(change.obj)
        before = change.old is not None and self._concerns(change.old)
        if change.type == DELETED:
            type_ = DELETED if before else ""
        elif now:
            type_ = MODIFIED if before else ADDED
        else:
            type_ = DELETED if before else ""
        if not type_:
            return None
        place = f"{type_}/{self.target.kind.version}/{self.form}/{self.include}"
        if self.form == rendering.TABLE or place not in change.cache:
            line = self._line(type_, change.obj)
            if self.form == rendering.TABLE:
                return line
            change.cache[place] = line
        cached: bytes = change.cache[place]
        return cached

    def _line(self, type_: str, obj: Object) -> bytes:
        now = self.runner.now()
        shown = rendering.one(obj, kind=self.target.kind, form=self.form, include=self.include, now=now)
        return rendering.to_bytes({"type": type_, "object": shown}) + b"\n"

    def _bookmark(self, *, initial: bool = False) -> bytes:
        meta: Object = {"resourceVersion": str(self.cursor)}
        if initial:
            meta["annotations"] = {_INITIAL_END: "true"}
        obj = {"kind": self.target.kind.kind, "apiVersion": self.target.kind.api_version, "metadata": meta}
        return rendering.to_bytes({"type": "BOOKMARK", "object": obj}) + b"\n"

    async def serve(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        response.enable_chunked_encoding()
        await response.prepare(request)
        with suppress(ConnectionResetError), self.runner.watching(self.target.kind) as signal:
            await self._stream(response, signal)
            await response.write_eof()
        return response

    async def _stream(self, response: web.StreamResponse, signal: asyncio.Event) -> None:
        if self.initial is not None:
            await self._write(response, (self._line(ADDED, obj) for obj in self.initial))
            if queries.flag(self.query, "sendInitialEvents"):
                await response.write(self._bookmark(initial=True))
            self.initial = None
        epoch, bookmark_at = self.faults.watch_epoch, time.monotonic() + _BOOKMARK_EVERY
        while (left := self.until - time.monotonic()) > 0 and epoch == self.faults.watch_epoch:
            signal.clear()
            if not self.faults.watches_silent:
                try:
                    changes = self.runner.cluster.store.since(self.target.kind, self.cursor)
                except errors.ApiError as error:
                    await response.write(rendering.to_bytes({"type": "ERROR", "object": error.status}) + b"\n")
                    return
                if changes:
                    self.cursor = changes[-1].version
                    await self._write(response, (self._event(change) for change in changes))
                    continue
            until_bookmark = bookmark_at - time.monotonic()
            if self.bookmarks and until_bookmark <= 0:
                self.cursor = max(self.cursor, self.runner.cluster.store.version)
                bookmark_at = time.monotonic() + _BOOKMARK_EVERY
                if not self.faults.watches_silent:
                    await response.write(self._bookmark())
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(min(left, until_bookmark) if self.bookmarks else left):
                    await signal.wait()

    async def _write(self, response: web.StreamResponse, lines: Iterable[bytes | None]) -> None:
        data = b"".join(line for line in lines if line)
        if data:
            await response.write(data)
