"""Where objects live: one rising resource version, indexes by namespace and owner, and a window of changes per kind.

A stored object is never altered in place; every change puts a new one, so history and watchers may share the old.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import Any

from . import errors
from .kinds import KINDS, Kind
from .objects import Object, key_of

ADDED = "ADDED"
MODIFIED = "MODIFIED"
DELETED = "DELETED"


class Change:
    """One step of one object's history. ``cache`` is for readers that render it once for all."""

    __slots__ = ("cache", "obj", "old", "type", "version")

    def __init__(self, version: int, type_: str, obj: Object, *, old: Object | None) -> None:
        self.version = version
        self.type = type_
        self.obj = obj
        self.old = old
        self.cache: dict[str, Any] = {}


Listener = Callable[[Kind, Change], None]
Dependent = tuple[Kind, str, str]


class Store:
    """All objects of one cluster. ``window`` is how many changes of a kind can still be watched from the past."""

    def __init__(self, *, window: int) -> None:
        self.version = 1
        self.window = window
        self.listeners: list[Listener] = []
        self._objects: dict[str, dict[str, dict[str, Object]]] = {kind.resource: {} for kind in KINDS}
        self._dependents: dict[str, set[Dependent]] = {}
        self._uids: dict[str, Dependent] = {}
        self._history: dict[str, list[Change]] = {kind.resource: [] for kind in KINDS}
        self._floor: dict[str, int] = dict.fromkeys(self._objects, 0)

    def get(self, kind: Kind, namespace: str, name: str) -> Object | None:
        return self._objects[kind.resource].get(namespace, {}).get(name)

    def need(self, kind: Kind, namespace: str, name: str) -> Object:
        obj = self.get(kind, namespace, name)
        if obj is None:
            raise errors.not_found(kind, name)
        return obj

    def each(self, kind: Kind, *, namespace: str = "") -> Iterator[Object]:
        """Objects of one namespace, or of all when it is empty; in no particular order."""
        spaces = self._objects[kind.resource]
        if namespace:
            yield from list(spaces.get(namespace, {}).values())
            return
        for space in list(spaces.values()):
            yield from list(space.values())

    def count(self, kind: Kind, *, namespace: str = "") -> int:
        spaces = self._objects[kind.resource]
        return len(spaces.get(namespace, {})) if namespace else sum(len(space) for space in spaces.values())

    def by_uid(self, uid: str) -> tuple[Kind, Object] | None:
        place = self._uids.get(uid)
        obj = self.get(*place) if place is not None else None
        return (place[0], obj) if place is not None and obj is not None else None

    def dependents(self, uid: str) -> list[tuple[Kind, Object]]:
        """Everything that names ``uid`` as an owner."""
        found: list[tuple[Kind, Object]] = []
        for kind, namespace, name in sorted(self._dependents.get(uid, ()), key=lambda row: row[1:]):
            obj = self.get(kind, namespace, name)
            if obj is not None:
                found.append((kind, obj))
        return found

    def put(self, kind: Kind, obj: Object) -> Object:
        """Store ``obj`` as the next version of itself and tell everyone; returns what is stored."""
        obj = {**obj, "metadata": {**obj["metadata"], "resourceVersion": str(self.version + 1)}}
        self.take(kind, obj, gone=False)
        return obj

    def remove(self, kind: Kind, obj: Object) -> Object:
        """Take an object out; the last event carries the version of the removal."""
        namespace, name = key_of(obj)
        old = self._objects[kind.resource][namespace][name]
        last = {**old, "metadata": {**old["metadata"], "resourceVersion": str(self.version + 1)}}
        self.take(kind, last, gone=True)
        return last

    def take(self, kind: Kind, obj: Object, *, gone: bool) -> None:
        """Store or take out ``obj`` at the version that it carries, higher than any before, and tell everyone."""
        namespace, name = key_of(obj)
        space = self._objects[kind.resource].setdefault(namespace, {})
        old = space.pop(name, None) if gone else space.get(name)
        self.version = int(obj["metadata"]["resourceVersion"])
        if not gone:
            space[name] = obj
        self._index(kind, old, None if gone else obj)
        type_ = DELETED if gone else ADDED if old is None else MODIFIED
        self._record(kind, Change(self.version, type_, obj, old=old))

    def _index(self, kind: Kind, old: Object | None, new: Object | None) -> None:
        if new is None and old is not None:
            self._uids.pop(old["metadata"]["uid"], None)
        elif new is not None and old is None:
            self._uids[new["metadata"]["uid"]] = (kind, *key_of(new))
        before = {row["uid"] for row in old["metadata"].get("ownerReferences") or ()} if old else set()
        after = {row["uid"] for row in new["metadata"].get("ownerReferences") or ()} if new else set()
        if before == after:
            return
        namespace, name = key_of(new or old or {})
        for uid in before - after:
            rows = self._dependents.get(uid, set())
            rows.discard((kind, namespace, name))
            if not rows:
                self._dependents.pop(uid, None)
        for uid in after - before:
            self._dependents.setdefault(uid, set()).add((kind, namespace, name))

    def _record(self, kind: Kind, change: Change) -> None:
        history = self._history[kind.resource]
        history.append(change)
        if len(history) > 2 * self.window:
            self._floor[kind.resource] = history[self.window - 1].version
            del history[: self.window]
        for listener in self.listeners:
            listener(kind, change)

    def since(self, kind: Kind, version: int) -> list[Change]:
        """Changes after ``version``; 410 when the window no longer reaches back to it."""
        if version < self._floor[kind.resource]:
            raise errors.gone(f"too old resource version: {version} ({self._floor[kind.resource]})")
        history = self._history[kind.resource]
        return history[bisect_right(history, version, key=lambda change: change.version) :]

    def at(self, kind: Kind, version: int, *, namespace: str = "") -> list[Object]:
        """Objects as they were at ``version``; 410 as ``since``."""
        changes = self.since(kind, version)
        found = {key_of(obj): obj for obj in self.each(kind, namespace=namespace)}
        for change in reversed(changes):
            key = key_of(change.obj)
            if namespace and key[0] != namespace:
                continue
            if change.old is None:
                del found[key]
            else:
                found[key] = change.old
        return list(found.values())

    def compact(self) -> None:
        """Forget every change so far: whoever watches from the past is told 410."""
        for resource, history in self._history.items():
            history.clear()
            self._floor[resource] = self.version

    def dump(self) -> list[Object]:
        return [obj for kind in KINDS for obj in self.each(kind)]

    def load(self, objects: list[Object], *, version: int) -> None:
        """Take over objects as they are, without events; history starts at ``version``."""
        by_name = {(kind.api_version, kind.kind): kind for kind in KINDS}
        for obj in objects:
            kind = by_name[(obj["apiVersion"], obj["kind"])]
            namespace, name = key_of(obj)
            self._objects[kind.resource].setdefault(namespace, {})[name] = obj
            self._index(kind, None, obj)
        self.version = version
        self.compact()
