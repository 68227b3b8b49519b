"""Fields of objects by the names that clusters give them: `.spec.template.spec.containers[name="web"].image`. Pure.

Those are the words of conflicts, made from `fieldsV1`. A name alone cannot be taken apart, since a key may hold dots;
so fields are always looked up in an object.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from releases.gateway.stated import KEY_DEFAULTS

MISSING: Any = object()
_DECODER = json.JSONDecoder()

_Place = tuple[str | int, ...]


def names_in(fields: Mapping[str, Any]) -> set[str]:
    """The names of the leaves in a `fieldsV1`; what only tells rows of a list apart is none."""
    return set(_leaves(fields, "", ()))


def lacking(fields: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    """A `fieldsV1` without what has these names, and without the keys of the rows that it stands in: a row is there as
    long as something of it is.
    """
    return _lacking(fields, names, "", ()) if names else dict(fields)


def find(item: Mapping[str, Any], name: str) -> Any:
    """The value of a field, MISSING where the object does not have it."""
    place = _place(item, name)
    return MISSING if place is None else _at(item, place)


def without(manifest: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    """A copy of the manifest that does not say anything about these fields."""
    left = copy.deepcopy(dict(manifest))
    for name in names:
        place = _place(left, name)
        if place:
            del _at(left, place[:-1])[place[-1]]
            if isinstance(place[-1], int) and not _at(left, place[:-1]):
                # A list without rows would say that there shall be none.
                del _at(left, place[:-2])[place[-2]]
    return left


def _leaves(fields: Mapping[str, Any], base: str, keys: Collection[str]) -> Iterator[str]:
    for step, inner in fields.items():
        if step == "." or (step.startswith("f:") and step[2:] in keys):
            continue
        name, rows = name_of_step(step)
        if not inner:
            yield base + name
        elif isinstance(inner, Mapping):
            yield from _leaves(inner, base + name, rows)


def _lacking(fields: Mapping[str, Any], names: Collection[str], base: str, keys: Collection[str]) -> dict[str, Any]:
    left: dict[str, Any] = {}
    for step, inner in fields.items():
        name, rows = ("", ()) if step == "." else name_of_step(step)
        if step != "." and base + name in names:
            continue
        rest = _lacking(inner, names, base + name, rows) if inner else inner
        if rest or not inner:
            left[step] = rest
    if left != fields:
        return {step: inner for step, inner in left.items() if step != "." and step[2:] not in keys}
    return left


def name_of_step(step: str) -> tuple[str, Collection[str]]:
    """A step of `fieldsV1` in the words of a conflict; of a row also by which of its fields it is told apart."""
    if step.startswith("f:"):
        return f".{step[2:]}", ()
    if step.startswith("k:"):
        keys: dict[str, Any] = json.loads(step[2:])
        told = ",".join(f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in keys.items())
        return f"[{told}]", keys
    return f"[={step[2:]}]", ()


def _at(item: Any, place: _Place) -> Any:
    for step in place:
        item = item[step]
    return item


def _place(item: Any, name: str) -> _Place | None:
    """Where in an object a field stands."""
    if not name:
        return ()
    if isinstance(item, Mapping):
        fitting = [key for key in item if name.startswith(f".{key}") and name[len(key) + 1 :][:1] in ("", ".", "[")]
        for key in sorted(fitting, key=len, reverse=True):
            rest = _place(item[key], name[len(key) + 1 :])
            if rest is not None:
                return (key, *rest)
    elif isinstance(item, Sequence) and not isinstance(item, str) and (row := row_named(name)):
        wanted, rest_of_name = row
        for number, one in enumerate(item):
            if is_row(one, wanted):
                rest = _place(one, rest_of_name)
                return None if rest is None else (number, *rest)
    return None


def row_named(name: str) -> tuple[dict[str, Any], str] | None:
    """`[name="web"].image` → ({"name": "web"}, ".image"); None where it does not begin with a row."""
    wanted: dict[str, Any] = {}
    end = 0
    while end == 0 or name[end : end + 1] == ",":
        key, equals, _rest = name[end + 1 :].partition("=")
        if not equals or name[0] != "[":
            return None
        try:
            wanted[key], end = _DECODER.raw_decode(name, end + len(key) + 2)
        except ValueError:
            return None
    return (wanted, name[end + 1 :]) if name[end : end + 1] == "]" else None


def is_row(one: Any, wanted: Mapping[str, Any]) -> bool:
    """Whether it is the row that has these keys."""
    if "" in wanted:
        return bool(one == wanted[""])
    return isinstance(one, Mapping) and all(one.get(key, KEY_DEFAULTS.get(key)) == wanted[key] for key in wanted)
