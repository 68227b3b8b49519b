"""Fields of which only one may be set: a probe has one handler, a variable a value or where that is read from. Pure.

Who has one of them stands in the way of another one, whatever that says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from releases.gateway.fields import MISSING, find

_HANDLERS = frozenset({"exec", "grpc", "httpGet", "sleep", "tcpSocket"})
_SOURCES = frozenset({"configMapKeyRef", "fieldRef", "resourceFieldRef", "secretKeyRef"})
_VALUES = frozenset({"value", "valueFrom"})
# By what holds them.
_ONE_OF: Mapping[str, frozenset[str]] = {
    ".livenessProbe": _HANDLERS,
    ".postStart": _HANDLERS,
    ".preStop": _HANDLERS,
    ".readinessProbe": _HANDLERS,
    ".startupProbe": _HANDLERS,
    ".valueFrom": _SOURCES,
}
_VARIABLE = r'.+\.env\[name="[^"]*"\]'
_BLOCKS = (
    (re.compile(r".+\](?:\.(?:liveness|readiness|startup)Probe|\.lifecycle\.(?:postStart|preStop))"), _HANDLERS),
    (re.compile(rf"{_VARIABLE}\.valueFrom"), _SOURCES),
    (re.compile(_VARIABLE), _VALUES),
)


def only_one(place: Sequence[str], other: str) -> bool:
    """Whether what stands at a place, step by step, and another key of the same block exclude each other."""
    *_rest, above, parent, step = ("", "", *place)
    if above == ".volumes":
        return "name" not in (step[1:], other)
    group = _VALUES if above == ".env" else _ONE_OF.get(parent, frozenset())
    return {step[1:], other} <= group


def others_of(field: str) -> Iterator[str]:
    """The names of the fields that may not be set beside one."""
    for block, group in _BLOCKS:
        if (found := block.match(field)) and (key := _next_key(field[found.end() :])) in group:
            yield from (f"{found[0]}.{other}" for other in sorted(group - {key}))


def excluded_by(field: str, other: str) -> str:
    """What of another field may not be set beside one, by its name; "" where both may be."""
    return next((one for one in others_of(field) if other == one or other.startswith((f"{one}.", f"{one}["))), "")


def instead_of(item: Mapping[str, Any], field: str) -> str:
    """The name of what an object has in the place of a field; "" for nothing."""
    return next((one for one in others_of(field) if find(item, one) is not MISSING), "")


def _next_key(rest: str) -> str:
    return re.split(r"[.\[]", rest[1:], maxsplit=1)[0] if rest.startswith(".") else ""
