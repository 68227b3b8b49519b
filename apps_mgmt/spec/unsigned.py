"""Addresses without who signs in there: `https://user:password@host` becomes `https://…@host`. Pure.

What takes an address refuses one that says who signs in. These are for what was stored before it did: it can be seen,
and still is no address that anything calls.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_ADDRESS = re.compile(r"\A(\w+://)[^/?#]*@")
_IN_TEXT = re.compile(r"(?<=://)[^\s/?#]*@")
_KEPT = "…@"


def unsigned(address: str) -> str:
    """One address."""
    return _ADDRESS.sub(rf"\1{_KEPT}", address)


def unsigned_in(given: Any) -> Any:
    """JSON in which what is called `url` is an address; all else stays as it is."""
    if isinstance(given, Mapping):
        return {
            name: unsigned(one) if name == "url" and isinstance(one, str) else unsigned_in(one)
            for name, one in given.items()
        }
    return [unsigned_in(one) for one in given] if isinstance(given, list | tuple) else given


def unsigned_rows(rows: Any) -> list[dict[str, Any]]:
    """Rows {label, before, after, …} of a change, whose texts hold addresses."""
    return [
        {name: _IN_TEXT.sub(_KEPT, one) if isinstance(one, str) else one for name, one in row.items()} for row in rows
    ]
