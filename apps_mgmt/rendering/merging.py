"""What changed between two manifests, brought into a third that says the same in its own spelling. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# By what the rows of a list are told apart, as the API server does. Any other list is one value.
KEYS: Mapping[str, tuple[str, ...]] = {
    "containers": ("name",),
    "initContainers": ("name",),
    "volumes": ("name",),
    "env": ("name",),
    "envFrom": ("configMapRef.name", "secretRef.name"),
    "imagePullSecrets": ("name",),
    "hostAliases": ("ip",),
    "ports": ("containerPort", "protocol"),
    "volumeMounts": ("mountPath",),
    "topologySpreadConstraints": ("topologyKey", "whenUnsatisfiable"),
}
USUAL = {"protocol": "TCP"}
_NOTHING: Any = object()


def merged(kept: Any, was: Any, now: Any, *, name: str = "") -> Any:
    """`kept` with what differs between `was` and `now`; itself, to the letter, where these are equal.

    What `was` did not say and `now` says is set, what `now` no longer says goes, and what only `kept` says stays.
    `name` is the field they stand in, which tells how rows of a list are told apart.
    """
    if was == now:
        return kept
    if isinstance(kept, Mapping) and isinstance(now, Mapping):
        return _fields(kept, was if isinstance(was, Mapping) else {}, now)
    if name in KEYS and isinstance(kept, list) and isinstance(now, list):
        return _rows(kept, was if isinstance(was, list) else [], now, name=name)
    return now


def _fields(kept: Mapping[str, Any], was: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key in dict.fromkeys((*kept, *now)):
        here, old, new = (one.get(key, _NOTHING) for one in (kept, was, now))
        value = _one(here, old, new, name=key)
        if value is not _NOTHING:
            found[key] = value
    return found


def _rows(kept: list[Any], was: list[Any], now: list[Any], *, name: str) -> list[Any]:
    here, old, new = ({_key(row, name): row for row in rows} for rows in (kept, was, now))
    values = (_one(here.get(key, _NOTHING), old.get(key, _NOTHING), new.get(key, _NOTHING)) for key in {**here, **new})
    return [value for value in values if value is not _NOTHING]


def _one(here: Any, old: Any, new: Any, *, name: str = "") -> Any:
    if old == new:
        return here
    if new is _NOTHING and name in KEYS and isinstance(here, list):
        return merged(here, old, [], name=name) or _NOTHING
    if here is _NOTHING or new is _NOTHING:
        return new
    return merged(here, old, new, name=name)


def _key(row: Mapping[str, Any], name: str) -> tuple[Any, ...]:
    return tuple(_at(row, field) for field in KEYS[name])


def _at(row: Mapping[str, Any], path: str) -> Any:
    field, _dot, rest = path.partition(".")
    value = row.get(field, USUAL.get(field))
    return _at(value, rest) if rest and isinstance(value, Mapping) else value
