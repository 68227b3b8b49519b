"""The rules of a role: which requests they allow."""

from __future__ import annotations

from ..objects import Object
from .attributes import Attributes


def allows(rule: Object, wanted: Attributes) -> bool:
    """Whether one rule allows a request."""
    if not _has(rule, "verbs", wanted.verb):
        return False
    if wanted.path:
        return any(_url_matches(row, wanted.path) for row in rule.get("nonResourceURLs") or ())
    names = rule.get("resourceNames") or ()
    return (
        _has(rule, "apiGroups", wanted.group)
        and any(_resource_matches(row, wanted) for row in rule.get("resources") or ())
        and (not names or wanted.name in names)
    )


def _has(rule: Object, field: str, value: str) -> bool:
    rows = rule.get(field) or ()
    return "*" in rows or value in rows


def _resource_matches(row: str, wanted: Attributes) -> bool:
    if row in ("*", wanted.target):
        return True
    return bool(wanted.subresource) and row == f"*/{wanted.subresource}"


def _url_matches(row: str, path: str) -> bool:
    return row in ("*", path) or (row.endswith("*") and path.startswith(row.rstrip("*")))
