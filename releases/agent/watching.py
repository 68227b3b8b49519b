"""One kind of one cluster: list it, then watch it from there, for as long as it goes."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from releases.agent.backoff import Backoff
from releases.agent.session import TROUBLES, Refused, Session
from releases.agent.store import Key, Store, key_of
from releases.gateway.kinds import Kind
from releases.gateway.ownership import MANAGED_BY, MANAGER

PAGE = "250"
RELIST_SECONDS = 30 * 60.0
WATCH_SECONDS = (240, 480)
# A watch that ends sooner than this and said nothing is no good sign, though it is no error either.
SHORT_SECONDS = 1.0

OURS = f"{MANAGED_BY}={MANAGER}"


class KindWatch:
    """Keeps a store up to date. `changed` is called with the ids of apps, `seen` with each object."""

    def __init__(
        self,
        session: Session,
        kind: Kind,
        store: Store,
        *,
        changed: Callable[[str], None],
        seen: Callable[[dict[str, Any]], None] | None,
        works: Callable[[str], None],
        fails: Callable[[str, str], None],
    ) -> None:
        self._session, self.kind, self._store = session, kind, store
        self._changed, self._seen, self._works, self._fails = changed, seen, works, fails
        self._backoff = Backoff(random.random)
        self._version = ""
        self._relist_at = 0.0

    async def run(self) -> None:
        """Never ends by itself; cancel it."""
        while True:
            try:
                if not self._version or time.monotonic() > self._relist_at:
                    await self._list()
                started = time.monotonic()
                heard = await self._watch()
                if heard or time.monotonic() - started > SHORT_SECONDS:
                    self._backoff.reset()
                    continue
            except Refused as refusal:
                if refusal.status == 410:
                    self._version = ""
                else:
                    self._fails(self.kind.kind, str(refusal))
            except TROUBLES as error:
                self._fails(self.kind.kind, _reason(error))
            await asyncio.sleep(self._backoff.next())

    async def _list(self) -> None:
        """Page by page, so that a large cluster is never in memory as a whole; changes are told at the end."""
        seen: set[Key] = set()
        changed: set[str] = set()
        query = {"labelSelector": OURS, "limit": PAGE}
        while True:
            page = await self._session.get(self.kind.path, query)
            for item in page.get("items") or []:
                seen.add(key_of(self.kind.kind, item))
                if app_id := self._store.put(self.kind.kind, item, api_version=self.kind.api_version):
                    changed.add(app_id)
                self._look(item)
            metadata = page.get("metadata") or {}
            if not metadata.get("continue"):
                break
            query["continue"] = str(metadata["continue"])
        changed |= self._store.keep_only(self.kind.kind, seen)
        self._version = str(metadata.get("resourceVersion") or "")
        self._relist_at = time.monotonic() + RELIST_SECONDS * (1 - random.random() / 5)
        self._store.advance(self._version)
        self._works(self.kind.kind)
        for app_id in changed:
            self._changed(app_id)

    async def _watch(self) -> bool:
        """True when something was said before the server, or the quiet, ended it."""
        heard = opened = False
        query = {
            "labelSelector": OURS,
            "resourceVersion": self._version,
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(random.randint(*WATCH_SECONDS)),
        }
        try:
            async for event in self._session.watch(self.kind.path, query):
                if event.get("type") == "OPENED":
                    opened = True
                    self._works(self.kind.kind)
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
        if kind == "BOOKMARK":
            return
        if kind == "DELETED":
            app_id = self._store.remove(key_of(self.kind.kind, item))
        else:
            app_id = self._store.put(self.kind.kind, item, api_version=self.kind.api_version)
            self._look(item)
        if app_id:
            self._changed(app_id)

    def _look(self, item: dict[str, Any]) -> None:
        if self._seen is not None:
            self._seen(item)


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
