"""Answers as bytes: whole objects, bare metadata or tables, as the ``Accept`` header asks."""

from __future__ import annotations

import json
from typing import Any

from ..core import versions
from ..core.kinds import Kind
from ..core.objects import Object
from .tables import table

WHOLE = "whole"
TABLE = "table"
METADATA = "metadata"


def wanted(accept: str) -> str:
    """Which of the forms the first acceptable media type means."""
    for part in accept.split(","):
        words = [word.strip() for word in part.split(";")]
        if words[0] not in ("application/json", "*/*", "application/*", ""):
            continue
        if "as=Table" in words:
            return TABLE
        if "as=PartialObjectMetadata" in words or "as=PartialObjectMetadataList" in words:
            return METADATA
        return WHOLE
    return WHOLE


def to_bytes(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def bare(obj: Object) -> Object:
    return {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": obj["metadata"]}


def untold(obj: Object) -> Object:
    """An object of a list of a built-in kind, which tells the kind of all that is in it."""
    return {key: value for key, value in obj.items() if key not in ("apiVersion", "kind")}


def one(obj: Object, *, kind: Kind, form: str, include: str, now: float) -> Object:
    """One object in the asked form."""
    if form == TABLE:
        return table(kind, [obj], version=obj["metadata"].get("resourceVersion", ""), include=include, now=now)
    shown = versions.shown(obj, kind)
    return bare(shown) if form == METADATA else shown


def many(items: list[Object], *, kind: Kind, form: str, include: str, now: float, meta: Object) -> Object:
    """A list in the asked form; ``meta`` has the version and where to go on."""
    if form == TABLE:
        shown = table(kind, items, version=meta["resourceVersion"], include=include, now=now)
        shown["metadata"] = meta
        return shown
    items = [versions.shown(obj, kind) for obj in items]
    if form == METADATA:
        rows = [bare(obj) for obj in items]
        return {
            "kind": "PartialObjectMetadataList",
            "apiVersion": "meta.k8s.io/v1",
            "metadata": meta,
            "items": rows,
        }
    rows = items if kind.custom else [untold(obj) for obj in items]
    return {"kind": f"{kind.kind}List", "apiVersion": kind.api_version, "metadata": meta, "items": rows}
