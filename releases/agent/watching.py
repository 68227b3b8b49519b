"""One kind of one cluster: list it, then watch it from there, for as long as it goes.

A watch from a version that the cluster has not reached is taken, and silent until it gets there. That is what a watch
is after somebody put the cluster's store back to an earlier state, so before one is opened again the cluster is asked
at which version it is.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.utils.translation import gettext as _

from releases.agent.backoff import Backoff
from releases.agent.session import TROUBLES, Refused, Session
from releases.agent.store import Key, Store, is_earlier, key_of
from releases.gateway.client import object_path
from releases.gateway.kinds import Kind
from releases.gateway.ownership import MANAGED_BY, MANAGER

PAGE = "250"
RELIST_SECONDS = 30 * 60.0
WATCH_SECONDS = (240, 480)
# A watch that ends sooner than this and said nothing is no good sign, though it is no error either.
SHORT_SECONDS = 1.0

OURS = f"{MANAGED_BY}={MANAGER}"
# What a namespace holds besides: among it are the instances of workloads that were taken over.
OTHERS = f"{MANAGED_BY}!={MANAGER}"


def watch_name(kind: Kind, space: str) -> str:
    """What a watch is called where it is told how it is."""
    return f"{kind.kind} in {space}" if space else kind.kind


class KindWatch:
    """Keeps a store up to date. `changed` is called with the ids of apps, `seen` with each object of theirs.

    It watches what carries Slipway's label, everywhere; or, with a `space`, what does not in that namespace: of that
    the store tells what belongs to an app by its owners.

    `missing` is called when the cluster does not serve the kind, of one that it need not serve; without it, that is a
    failure like any other. `unseen` is called with the reason when the cluster does not let Slipway look at a kind that
    the rest can do without.
    """

    def __init__(
        self,
        session: Session,
        kind: Kind,
        store: Store,
        *,
        changed: Callable[[str], None],
        seen: Callable[[dict[str, Any]], None] | None,
        works: Callable[[str], None],
        fails: Callable[..., None],
        missing: Callable[[], None] | None = None,
        unseen: Callable[[str], None] | None = None,
        space: str = "",
    ) -> None:
        self._session, self.kind, self._store = session, kind, store
        self._space, self._selector = space, OTHERS if space else OURS
        self._path, self._name = object_path(kind, "", namespace=space), watch_name(kind, space)
        self._changed, self._seen, self._works, self._fails = changed, seen, works, fails
        self._missing, self._unseen = missing, unseen
        self.is_missing = False
        self._backoff = Backoff(random.random)
        self._version = ""
        self._relist_at = 0.0  # now
        self._hurried = asyncio.Event()
        self._open: asyncio.Task[bool] | None = None

    def ask_anew(self) -> None:
        """End a watch that is open and begin it again: a cluster asks for rights only when a request begins, so one
        that is open outlives a right that was taken away.
        """
        if self._open is not None:
            self._open.cancel()

    def hurry(self) -> None:
        """Try again now, if it waits to: something else of the cluster works again."""
        self._hurried.set()

    async def run(self) -> None:
        """Never ends by itself; cancel it."""
        while True:
            try:
                if time.monotonic() > self._relist_at or await self._went_back():
                    await self._list()
                started = time.monotonic()
                heard = await self._hold_open()
                if heard or time.monotonic() - started > SHORT_SECONDS:
                    self._backoff.reset()
                    continue
            except Refused as refusal:
                if refusal.status == HTTPStatus.GONE:
                    self._relist_at = 0.0
                elif refusal.status == HTTPStatus.NOT_FOUND and self._missing is not None:
                    # Only of the kind is anything said by that. Whether it is there in another version is asked now.
                    self.is_missing, self._relist_at = True, 0.0
                    self._missing()
                elif refusal.status == HTTPStatus.FORBIDDEN and self._unseen is not None:
                    self._relist_at = 0.0
                    self._unseen(str(refusal))
                else:
                    self._fails(self._name, str(refusal), blind=refusal.blind)
            except TROUBLES as error:
                self._fails(self._name, _reason(error))
            await self._pause(self._backoff.next())

    async def _pause(self, seconds: float) -> None:
        self._hurried.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._hurried.wait()
        except TimeoutError:
            return

    async def _list(self) -> None:
        """Page by page, so that a large cluster is never in memory as a whole; changes are told at the end."""
        seen: set[Key] = set()
        changed: set[str] = set()
        query = {"labelSelector": self._selector, "limit": PAGE}
        while True:
            page = await self._session.get(self._path, query)
            for item in page.get("items") or []:
                seen.add(key_of(self.kind.kind, item))
                changed |= self._put(item)
            metadata = page.get("metadata") or {}
            if not metadata.get("continue"):
                break
            query["continue"] = str(metadata["continue"])
        changed |= self._store.keep_only(self.kind.kind, seen, space=self._space)
        version = str(metadata.get("resourceVersion") or "")
        if is_earlier(version, self._version):
            self._store.rewind(version)
        self._version = version
        self._relist_at = time.monotonic() + RELIST_SECONDS * (1 - random.random() / 5)
        self._store.advance(version)
        self.is_missing = False
        self._works(self._name)
        for app_id in changed:
            self._changed(app_id)

    async def _went_back(self) -> bool:
        """Whether the cluster is at an earlier version than it was: its store was put back."""
        page = await self._session.get(self._path, {"labelSelector": self._selector, "limit": "1"})
        return is_earlier(str((page.get("metadata") or {}).get("resourceVersion")), self._version)

    async def _hold_open(self) -> bool:
        """Watch, until it ends or has to be asked for anew; that counts as a sign that all goes well."""
        self._open = opened = asyncio.create_task(self._watch())
        try:
            await asyncio.wait([opened])
            return opened.cancelled() or opened.result()
        finally:
            self._open = None
            if not opened.done():
                opened.cancel()
                await asyncio.wait([opened])

    async def _watch(self) -> bool:
        """True when something was said before the server, or the quiet, ended it."""
        heard = opened = False
        query = {
            "labelSelector": self._selector,
            "resourceVersion": self._version,
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(random.randint(*WATCH_SECONDS)),
        }
        try:
            async for event in self._session.watch(self._path, query):
                if event.get("type") == "OPENED":
                    opened = True
                    self._works(self._name)
                    continue
                heard = True
                self._take(event)
                if time.monotonic() > self._relist_at:
                    break
        except TimeoutError:
            # Quiet for too long: the connection may be half open, so a new one goes on from the same version.
            if not opened:
                raise
        return heard

    def _take(self, event: dict[str, Any]) -> None:
        item = event.get("object") or {}
        kind = event.get("type")
        if kind == "ERROR":
            raise Refused(int(item.get("code") or 500))
        self._version = str((item.get("metadata") or {}).get("resourceVersion") or self._version)
        self._store.advance(self._version)
        if kind == "BOOKMARK" or self._store.is_late(self.kind.kind, item):
            return
        if kind == "DELETED":
            gone = self._store.remove(key_of(self.kind.kind, item), by_owner=bool(self._space))
            changed = {gone} if gone else set()
        else:
            changed = self._put(item)
        for app_id in changed:
            self._changed(app_id)

    def _put(self, item: dict[str, Any]) -> set[str]:
        """The apps that have something to be told: two where somebody gave an object the label of another one."""
        kind, key = self.kind, key_of(self.kind.kind, item)
        before = self._store.app_of(key)
        app_id = self._store.put(kind.kind, item, api_version=kind.api_version, by_owner=bool(self._space))
        after = self._store.app_of(key)
        if self._seen is not None and after:
            self._seen(item)
        return {one for one in (app_id, before if before != after else "") if one}


def _reason(error: Exception) -> str:
    """A few words for people; the text of a network error names addresses and says little."""
    if isinstance(error, TimeoutError):
        return _("it took too long")
    if isinstance(error, ValueError):
        return _("its answer cannot be read")
    text = type(error).__name__.lower()
    if "ssl" in text or "certificate" in text:
        return _("its certificate is not the one expected")
    return _("no connection")
