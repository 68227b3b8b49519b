"""Lists of status conditions: set one, drop one, keep its transition time."""

from __future__ import annotations

from ..objects import Object

Rows = list[Object]


def find(obj: Object, type_: str) -> Object | None:
    return next((row for row in obj.get("status", {}).get("conditions") or () if row["type"] == type_), None)


def put(rows: Rows | None, type_: str, status: str, reason: str, message: str, *, stamp: str) -> Rows:
    """The list with a condition set; untouched when it already says just that, as controllers do not repeat."""
    present = next((row for row in rows or () if row["type"] == type_), None)
    if present is not None and (present["status"], present["reason"]) == (status, reason):
        return list(rows or ())
    since = present["lastTransitionTime"] if present is not None and present["status"] == status else stamp
    row = {
        "type": type_,
        "status": status,
        "lastUpdateTime": stamp,
        "lastTransitionTime": since,
        "reason": reason,
        "message": message,
    }
    return [*(other for other in rows or () if other["type"] != type_), row]


def drop(rows: Rows | None, type_: str) -> Rows:
    return [row for row in rows or () if row["type"] != type_]
