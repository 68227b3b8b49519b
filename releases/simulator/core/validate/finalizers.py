"""Finalizers: what an API server knows by itself, or a name with the domain of who made it up."""

from __future__ import annotations

from ..errors import Cause
from . import names

_KNOWN = ("orphan", "foregroundDeletion", "kubernetes")
_FIELD = "metadata.finalizers"


def finalizers(listed: list[str], *, custom: bool) -> list[Cause]:
    """Of custom objects the API server only warns where there is no domain."""
    causes: list[Cause] = []
    for place, name in enumerate(listed):
        causes += names.qualified_name(_FIELD, name)
        if not custom and "/" not in name and name not in _KNOWN:
            words = "name is neither a standard finalizer name nor is it fully qualified"
            causes.append(names.bad(f"{_FIELD}[{place}]", name, words))
    if {"orphan", "foregroundDeletion"} <= set(listed):
        causes.append(names.bad(_FIELD, listed, "finalizer orphan and foregroundDeletion cannot be both set"))
    return causes
