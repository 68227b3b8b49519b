"""``managedFields``: who owns which field, and what a write changes about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import versions
from .fields import Path, changes, from_fields, owned_only, to_fields
from .kinds import Kind
from .objects import Object
from .schema import schema_of

APPLY = "Apply"
UPDATE = "Update"
BEFORE_APPLY = "before-first-apply"
FORGET: list[dict[str, Any]] = [{}]


@dataclass(frozen=True, slots=True)
class Owner:
    """One writer of one object: the same name owns separately through Apply, Update and a subresource.

    ``version``: of an Update in another version than the kept one, which owns separately, too.
    """

    manager: str
    operation: str = UPDATE
    subresource: str = ""
    version: str = ""


@dataclass(slots=True)
class Share:
    """What an owner owns, since when, and in which version."""

    paths: set[Path]
    api_version: str
    time: str


Shares = dict[Owner, Share]


def since(owner: Owner, time: str) -> str:
    """What is written down as the time of a write: of scaling none."""
    return "" if owner.subresource == "scale" else time


def read(obj: Object) -> Shares:
    shares: Shares = {}
    for entry in obj["metadata"].get("managedFields") or ():
        operation, version = entry.get("operation", UPDATE), entry["apiVersion"]
        apart = version if operation == UPDATE and version != obj["apiVersion"] else ""
        owner = Owner(entry.get("manager", ""), operation, entry.get("subresource", ""), apart)
        shares[owner] = Share(from_fields(entry.get("fieldsV1") or {}), version, entry.get("time", ""))
    return shares


def put(obj: Object, entries: list[dict[str, Any]]) -> None:
    """Set the ``managedFields`` of an object; without an owner there are none."""
    obj["metadata"].pop("managedFields", None)
    if entries:
        obj["metadata"]["managedFields"] = entries


def write(shares: Shares) -> list[dict[str, Any]]:
    """The ``managedFields`` list: Apply entries first, then by time, as the API server sorts them."""
    entries: list[dict[str, Any]] = []
    for owner, share in sorted(shares.items(), key=lambda row: (row[0].operation, row[1].time, row[0].manager)):
        if not share.paths:
            continue
        entry: dict[str, Any] = {
            "manager": owner.manager,
            "operation": owner.operation,
            "apiVersion": share.api_version,
            "fieldsType": "FieldsV1",
            "fieldsV1": to_fields(share.paths),
        }
        if share.time:
            entry["time"] = share.time
        if owner.subresource:
            entry["subresource"] = owner.subresource
        entries.append(entry)
    return entries


def _stated(new: Object) -> Shares | None:
    """The ownership an update itself states; None when it states none, or nothing that can be read."""
    entries = new["metadata"].get("managedFields")
    if not entries:
        return None
    if entries == FORGET:
        return {}
    for entry in entries:
        words = [entry.get(field) for field in ("manager", "operation", "apiVersion")]
        if not all(isinstance(word, str) and word for word in words) or entry["operation"] not in (APPLY, UPDATE):
            return None
        if not _is_tree(entry.get("fieldsV1") or {}):
            return None
    return read(new) or None


def _is_tree(fields: Any) -> bool:
    return isinstance(fields, dict) and all(_is_tree(inner) for inner in fields.values())


def _changed(old: Object, new: Object, kind: Kind, *, status: bool) -> tuple[set[Path], set[Path]]:
    """What was written and what was removed, as this version tells it."""
    before = versions.shown(old, kind) if old else old
    written, removed = changes(before, versions.shown(new, kind), schema_of(kind))
    return owned_only(written, status=status), owned_only(removed, status=status)


def after_update(old: Object | None, new: Object, kind: Kind, *, owner: Owner, time: str) -> list[dict[str, Any]]:
    """``managedFields`` after an ordinary write: the writer owns what it changed, others lose what was changed.

    The objects are as they are kept; ``kind`` is the version that was written in.

    An update may state the ownership to start from, as a migration to server-side apply does, and ``[{}]`` forgets it
    all; an update of a subresource may not, and what cannot be read is passed over. Once forgotten, nobody is written
    down until the object is applied: then all that is there belongs to ``BEFORE_APPLY``.
    """
    stated = None if owner.subresource else _stated(new)
    live = read(old) if old is not None else {}
    shares = live if stated is None else stated
    if old is not None and not shares:
        return []
    # What another version cannot tell of the old is nothing that a write in that version takes away.
    before = versions.kept(versions.shown(old, kind), kind) if old is not None else {}
    status = owner.subresource == "status"
    seen: dict[Kind, tuple[set[Path], set[Path]]] = {}
    for other, share in shares.items():
        if other != owner:
            form = versions.called(kind, share.api_version)
            if form not in seen:
                seen[form] = _changed(before, new, form, status=status)
            share.paths = share.paths - seen[form][0] - seen[form][1]
    written, removed = seen.get(kind) or _changed(before, new, kind, status=status)
    if written or removed:
        share = shares.setdefault(owner, Share(set(), kind.api_version, time))
        share.paths = (share.paths | written) - removed
        share.time = since(owner, time)
        share.api_version = kind.api_version
    return write(shares)
