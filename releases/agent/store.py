"""What a cluster last said about everything of ours, indexed by app. Pure.

Thousands of instances are held here, so each object is kept trimmed and packed, and opened when its app is reported.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from releases.gateway.kinds import WORKLOADS
from releases.gateway.ownership import APP_ID, controller_of, has_fields
from releases.gateway.taken import Taken, taken_in
from releases.gateway.trimming import trim

Key = tuple[str, str, str]  # kind, namespace, name

_PLACES = {"Pod": "pods", "ReplicaSet": "replicasets"}


class _Entry(NamedTuple):
    """`app_id` is "" for what is held until its owner is known, `owner` the uid of what it belongs to. `aside`: it
    was told by a watch of its namespace and not by that of what carries Slipway's label.
    """

    app_id: str
    version: str
    check: int
    packed: bytes
    owner: str = ""
    uid: str = ""
    aside: bool = False


class Store:
    """Objects of one cluster.

    Most carry the id of their app. The ReplicaSets and Pods of a workload that was taken over do not: they are put in
    `by_owner`, and belong to the app of whatever owns them, in whichever order the cluster tells of the two. The
    workload itself may lose its labels, and is then told `by_owner` as well: it is known by its uid.
    """

    def __init__(self) -> None:
        self._entries: dict[Key, _Entry] = {}
        self._apps: dict[str, set[Key]] = {}
        self._words: dict[Key, tuple[str, Mapping[str, Any]]] = {}
        self._owners: dict[str, str] = {}  # uid → app
        self._below: dict[str, set[Key]] = {}  # uid → what it owns
        self._taken: dict[str, Taken] = {}  # uid → the workload as it was taken over
        self._unseen: set[str] = set()  # those of them that were not met since this store began
        self._newest = 0

    def expect(self, taken: Iterable[Taken]) -> None:
        """Know these to have been taken over, whatever their labels say when they are met."""
        for one in taken:
            self._taken[one.uid] = one
            self._unseen.add(one.uid)

    def put(self, kind: str, item: Mapping[str, Any], *, api_version: str = "", by_owner: bool = False) -> str | None:
        """Take an object in. The id of its app when anything an observation reads has changed, else None."""
        key = key_of(kind, item)
        metadata = item.get("metadata") or {}
        uid = str(metadata.get("uid", ""))
        taken = self._as_taken(kind, item)
        owner = controller_of(item) if by_owner and kind not in WORKLOADS else ""
        labelled = "" if by_owner else str((metadata.get("labels") or {}).get(APP_ID, ""))
        app_id = taken.app_id if taken else self._owners.get(owner, "") if by_owner else labelled
        if not (owner or app_id):
            return self.remove(key, by_owner=by_owner)
        self.advance(str(metadata.get("resourceVersion", "")))
        trimmed = taken.told(item) if taken else trim(item, kind=kind, api_version=api_version)
        version = str(trimmed["metadata"].pop("resourceVersion", ""))
        raw = json.dumps(trimmed, separators=(",", ":"), ensure_ascii=False).encode()
        before = self._entries.get(key)
        check = hash(raw)
        if before is not None and before.check == check and before.app_id == app_id:
            self._entries[key] = before._replace(version=version, aside=by_owner)
            return None
        if before is not None and before.uid != uid:
            self._forget_chain(key, before)
            self._words.pop(key, None)  # another object of that name, as a StatefulSet makes it, said nothing yet
        packed = zlib.compress(raw, 1)
        self._entries[key] = _Entry(app_id, version, check, packed, owner, uid, aside=by_owner)
        self._index(key, before.app_id if before else "", app_id)
        if owner:
            self._below.setdefault(owner, set()).add(key)
        if owner or taken:
            self._own(uid, app_id)
        return app_id or (before.app_id if before else "") or None

    def remove(self, key: Key, *, by_owner: bool = False) -> str | None:
        """Forget an object. The id of its app when it was known, else None."""
        entry = self._entries.get(key)
        if entry is None or entry.aside != by_owner:
            return None
        del self._entries[key]
        self._words.pop(key, None)
        self._index(key, entry.app_id, "")
        self._forget_chain(key, entry)
        return entry.app_id or None

    def keep_only(self, kind: str, seen: Collection[Key], *, space: str = "") -> set[str]:
        """After a list of one kind: what it did not hold is gone. The ids of the apps that lost something.

        With `space`, the list was of what goes by owners in that namespace.
        """
        gone = [
            key
            for key, entry in self._entries.items()
            if key[0] == kind and key not in seen and entry.aside == bool(space) and space in ("", key[1])
        ]
        return {app_id for key in gone if (app_id := self.remove(key, by_owner=bool(space)))}

    def adopted_spaces(self) -> set[str]:
        """The namespaces with workloads that were taken over: there, instances go by their owners.

        One that is gone may have lost its label only, for as long as what it ran is there.
        """
        return {one.namespace for one in self._taken.values() if self._may_run(one)}

    def is_late(self, kind: str, item: Mapping[str, Any]) -> bool:
        """Whether an event tells of an earlier time than what is held; a list never does, it is as the cluster is."""
        entry, version = self._entries.get(key_of(kind, item)), str((item.get("metadata") or {}).get("resourceVersion"))
        return entry is not None and is_earlier(version, entry.version)

    def app_of(self, key: Key) -> str:
        """The app that an object belongs to; "" where it is not held, or belongs to none."""
        entry = self._entries.get(key)
        return entry.app_id if entry else ""

    def advance(self, version: str) -> None:
        """Note a resource version; it is the newest one that snapshots tell."""
        if version.isdecimal():
            self._newest = max(self._newest, int(version))

    def rewind(self, version: str) -> None:
        """The cluster was put back to this resource version: the newest one is not what it was."""
        if version.isdecimal():
            self._newest = int(version)

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

    def _as_taken(self, kind: str, item: Mapping[str, Any]) -> Taken | None:
        """The workload as it was taken over; None for what was not, and what was given back."""
        if kind not in WORKLOADS:
            return None
        uid = str((item.get("metadata") or {}).get("uid", ""))
        self._unseen.discard(uid)
        known, said = self._taken.get(uid), taken_in(item, kind)
        if known is not None and (known.is_lost(item) or (said is None and has_fields(item))):
            return known
        if said is not None:
            self._taken[uid] = said
        else:
            self._taken.pop(uid, None)
        return said

    def _may_run(self, taken: Taken) -> bool:
        entry = self._entries.get(taken.key)
        there = entry is not None and entry.uid == taken.uid
        return there or taken.uid in self._unseen or bool(self._below.get(taken.uid))

    def _index(self, key: Key, before: str, after: str) -> None:
        if before == after:
            return
        keys = self._apps.get(before, set())
        keys.discard(key)
        if before and not keys:
            self._apps.pop(before, None)
        if after:
            self._apps.setdefault(after, set()).add(key)

    def _own(self, uid: str, app_id: str) -> None:
        """Whatever an object owns belongs to its app, and so on; to none when it belongs to none."""
        if app_id:
            self._owners[uid] = app_id
        else:
            self._owners.pop(uid, None)
        for key in self._below.get(uid, ()):
            entry = self._entries[key]
            if entry.app_id != app_id:
                self._entries[key] = entry._replace(app_id=app_id)
                self._index(key, entry.app_id, app_id)
                self._own(entry.uid, app_id)

    def _forget_chain(self, key: Key, entry: _Entry) -> None:
        self._own(entry.uid, "")
        siblings = self._below.get(entry.owner, set())
        siblings.discard(key)
        if not siblings:
            self._below.pop(entry.owner, None)


def is_earlier(version: str, other: str) -> bool:
    """Whether one resource version is before another; False where either is not a number."""
    return version.isdecimal() and other.isdecimal() and int(version) < int(other)


def key_of(kind: str, item: Mapping[str, Any]) -> Key:
    metadata = item.get("metadata") or {}
    return kind, str(metadata.get("namespace", "")), str(metadata.get("name", ""))
