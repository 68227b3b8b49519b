"""What a cluster last said about everything of ours, indexed by app. Pure.

Thousands of instances are held here, so each object is kept trimmed and packed, and opened when its app is reported.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from releases.gateway.ownership import APP_ID
from releases.gateway.trimming import trim

Key = tuple[str, str, str]  # kind, namespace, name

_PLACES = {"Pod": "pods", "ReplicaSet": "replicasets"}


class _Entry(NamedTuple):
    app_id: str
    version: str
    check: int
    packed: bytes


class Store:
    """Objects of one cluster."""

    def __init__(self) -> None:
        self._entries: dict[Key, _Entry] = {}
        self._apps: dict[str, set[Key]] = {}
        self._words: dict[Key, tuple[str, Mapping[str, Any]]] = {}
        self._newest = 0

    def put(self, kind: str, item: Mapping[str, Any], *, api_version: str = "") -> str | None:
        """Take an object in. The id of its app when anything an observation reads has changed, else None."""
        key = key_of(kind, item)
        metadata = item.get("metadata") or {}
        app_id = str((metadata.get("labels") or {}).get(APP_ID, ""))
        if not app_id:
            return self.remove(key)
        self.advance(str(metadata.get("resourceVersion", "")))
        trimmed = trim(item, kind=kind, api_version=api_version)
        version = str(trimmed["metadata"].pop("resourceVersion", ""))
        raw = json.dumps(trimmed, separators=(",", ":"), ensure_ascii=False).encode()
        before = self._entries.get(key)
        check = hash(raw)
        if before is not None and before.check == check and before.app_id == app_id:
            self._entries[key] = before._replace(version=version)
            return None
        self._entries[key] = _Entry(app_id, version, check, zlib.compress(raw, 1))
        self._apps.setdefault(app_id, set()).add(key)
        return app_id

    def remove(self, key: Key) -> str | None:
        """Forget an object. The id of its app when it was known, else None."""
        entry = self._entries.pop(key, None)
        self._words.pop(key, None)
        if entry is None:
            return None
        keys = self._apps.get(entry.app_id, set())
        keys.discard(key)
        if not keys:
            self._apps.pop(entry.app_id, None)
        return entry.app_id

    def keep_only(self, kind: str, seen: Collection[Key]) -> set[str]:
        """After a list of one kind: what it did not hold is gone. The ids of the apps that lost something."""
        gone = [key for key in self._entries if key[0] == kind and key not in seen]
        return {app_id for app_id in map(self.remove, gone) if app_id}

    def advance(self, version: str) -> None:
        """Note a resource version; it is the newest one that snapshots tell."""
        if version.isdecimal():
            self._newest = max(self._newest, int(version))

    def set_words(self, key: Key, *, token: str, words: Mapping[str, Any]) -> str | None:
        """Keep what an instance said at one restart. The id of its app, None when it is gone meanwhile."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        self._words[key] = (token, words)
        return entry.app_id

    def words_token(self, key: Key) -> str:
        """For which restart the words of an instance were kept; "" for none."""
        return self._words.get(key, ("", {}))[0]

    def drop_words(self, key: Key) -> None:
        self._words.pop(key, None)

    def apps(self) -> list[str]:
        return list(self._apps)

    def snapshot(self, app_id: str) -> dict[str, Any]:
        """`{workloads, replicasets, pods, resource_version}` of an app, each list by name; empty when it is gone."""
        found: dict[str, Any] = {"workloads": [], "replicasets": [], "pods": []}
        for key in sorted(self._apps.get(app_id, ())):
            entry = self._entries[key]
            item = json.loads(zlib.decompress(entry.packed))
            item["metadata"]["resourceVersion"] = entry.version
            if key in self._words:
                item["words"] = self._words[key][1]
            found[_PLACES.get(key[0], "workloads")].append(item)
        found["resource_version"] = str(self._newest)
        return found


def key_of(kind: str, item: Mapping[str, Any]) -> Key:
    metadata = item.get("metadata") or {}
    return kind, str(metadata.get("namespace", "")), str(metadata.get("name", ""))
