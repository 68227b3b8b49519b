"""What programs and servers answer, made fit to be kept: JSON that the database takes, of a bounded size. Pure."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

MOST = 8_192
"""Bytes of JSON that an output may have."""

_DEEPEST = 16


def read(text: str) -> Any:
    """The JSON in a text, `{}` where it holds none, or none that can be kept."""
    try:
        found = _plain(json.loads(text, parse_constant=_refuse), depth=0)
    except (ValueError, RecursionError):
        return {}
    return found if len(json.dumps(found)) <= MOST else {}


def last_of(lines: Iterable[str]) -> Any:
    """The JSON of the last line that is any object or list, `{}` where there is none."""
    for line in reversed([one.strip() for one in lines]):
        if line.startswith(("{", "[")) and (found := read(line)):
            return found
    return {}


def masked(value: Any, hidden: Iterable[str]) -> Any:
    """The same with every one of these texts blotted out, wherever it stands."""
    hidden = sorted({text for text in hidden if len(text) > 3}, key=len, reverse=True)
    if isinstance(value, str):
        for text in hidden:
            value = value.replace(text, "•••")
        return value
    if isinstance(value, dict):
        return {masked(key, hidden): masked(one, hidden) for key, one in value.items()}
    return [masked(one, hidden) for one in value] if isinstance(value, list) else value


def short(text: str, most: int) -> str:
    """The beginning of a text on one line, without what moves a cursor."""
    line = " ".join(str(_plain(text, depth=0)).split())
    line = "".join(char for char in line if char.isprintable())
    return line if len(line) <= most else f"{line[:most]}…"


def _plain(value: Any, *, depth: int) -> Any:
    """PostgreSQL keeps no NUL, no half of a surrogate pair and no infinity; expressions count to 63 bits."""
    if depth > _DEEPEST:
        raise ValueError("too deep")
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode().replace("\x00", "")
    if isinstance(value, dict):
        return {str(_plain(key, depth=depth)): _plain(one, depth=depth + 1) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one, depth=depth + 1) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("no number")
    if isinstance(value, int) and not isinstance(value, bool) and not -(2**63) <= value < 2**63:
        return str(value)
    return value


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is no JSON")
