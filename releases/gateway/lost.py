"""What Slipway set and an object does not have any more: removed, or moved to another key. Pure.

Removing leaves no trace: nobody owns what is not there. Where something of somebody else stands in its place, that is a
`Rival`: a cluster would refuse to have both, or have both and nobody wants it. What somebody else's value of another
field leaves no room for is not lost: it comes and goes with that field (see `ruled_out`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from releases.gateway.either import only_one
from releases.gateway.fields import MISSING, is_row, name_of_step, row_named
from releases.gateway.ownership import MANAGER
from releases.gateway.stated import KEY_DEFAULTS, NAME, Tree, row_step

Place = tuple[str, ...]
Fields = Mapping[str, Any]
Entry = Mapping[str, Any]

# How a workload rolls may be set with this type of a strategy only.
_STRATEGIES, _ROLLING = (".strategy", ".updateStrategy"), "RollingUpdate"


@dataclass(frozen=True, slots=True)
class Rival:
    """What stands in the place of something of ours: whose it is ("" for nobody's), since when, how it is called."""

    field: str
    place: Place
    manager: str
    at: str
    told: str | int


@dataclass(frozen=True, slots=True)
class Lost:
    """A field, or all of a row or a block, that is not there any more."""

    field: str
    rival: Rival | None


def lost(live: Mapping[str, Any], tree: Tree) -> Iterator[Lost]:
    """What of a tree (see `stated`) an object lacks: the outermost of what is missing."""
    of_theirs = {field for field, by in ruled_out(live).items() if _is_theirs(live, by)}
    for parent, inside, place in _missing(tree, live, ()):
        field = "".join(place)
        if field in of_theirs:
            continue
        yield Lost(field, _rival(field, _in_place_of(place, parent, inside), inside, place[:-1], live))


def rivals(live: Mapping[str, Any], tree: Tree) -> list[Rival]:
    """What of others stands in the way of a tree."""
    return [one.rival for one in lost(live, tree) if one.rival]


def ruled_out(live: Mapping[str, Any]) -> dict[str, Place]:
    """The fields of an object for which another one, as it is now, leaves no room: field → the place of that one."""
    found: dict[str, Place] = {}
    for strategy in _STRATEGIES:
        block = inside_of(live.get("spec"), strategy)
        kind = inside_of(block, ".type")
        if kind not in (MISSING, _ROLLING) and inside_of(block, ".rollingUpdate") is MISSING:
            found[f".spec{strategy}.rollingUpdate"] = (".spec", strategy, ".type")
    return found


def held_at(fields: Fields, place: Place) -> tuple[str, ...] | None:
    """The keys of a `fieldsV1` that lead to a place, fewer where something is owned as a whole; None where there is
    nothing.
    """
    keys: list[str] = []
    for step in place:
        if not fields:
            break
        key = next((key for key in fields if key != "." and _is_step(key, step)), None)
        if key is None:
            return None
        keys.append(key)
        fields = fields[key] or {}
    return tuple(keys)


def key_for(step: str) -> str:
    """The step of a name as a `fieldsV1` has it."""
    if step.startswith("."):
        return f"f:{step[1:]}"
    found = row_named(step)
    return "k:" + json.dumps(found[0] if found else {}, separators=(",", ":"), ensure_ascii=False)


def inside_of(item: Any, step: str) -> Any:
    """What is at a step; MISSING for nothing."""
    if step.startswith("."):
        found = item.get(step[1:]) if isinstance(item, Mapping) else None
        return MISSING if found is None else found
    wanted = row_named(step)
    rows = item if wanted and isinstance(item, Sequence) and not isinstance(item, str) else ()
    return next((one for one in rows if wanted and is_row(one, wanted[0])), MISSING)


def _missing(tree: Tree, live: Any, at: Place) -> Iterator[tuple[Tree, Any, Place]]:
    for step, inner in tree.items():
        if step == NAME:
            continue
        here = inside_of(live, step)
        if here is MISSING:
            yield tree, live, (*at, step)
        elif inner:
            yield from _missing(inner, here, (*at, step))


def _in_place_of(place: Place, tree: Tree, live: Any) -> str:
    """The step beside a missing one that takes its place; "" for none."""
    step = place[-1]
    if step.startswith("["):
        keys, name = list((row_named(step) or ({}, ""))[0]), tree[step].get(NAME)
        rows = live if name and isinstance(live, Sequence) else ()
        found = (row_step(row, keys) for row in rows if isinstance(row, Mapping) and row.get("name") == name)
    else:
        beside = live if isinstance(live, Mapping) else {}
        found = (f".{key}" for key in beside if only_one(place, key) and beside[key] is not None)
    return next((one for one in found if one not in tree), "")


def _rival(field: str, step: str, beside: Any, at: Place, live: Mapping[str, Any]) -> Rival | None:
    if not step:
        return None
    place = (*at, step)
    entries = [one for one in live["metadata"].get("managedFields") or [] if one.get("subresource") != "status"]
    held = [(len(held_at(one.get("fieldsV1") or {}, place) or ()), one) for one in entries]
    holders = [one for deep, one in held if deep == len(place)]
    others = [one for one in holders if not _is_ours(one)]
    # What somebody owns with all around it is a conflict that whoever applies meets; a list that is ours may be that
    # list alone, without a row.
    as_a_whole = any(deep and not _is_ours(one) for deep, one in held)
    if not others and (holders or as_a_whole):
        return None
    entry = others[0] if others else {}
    manager = "".join(filter(str.isprintable, str(entry.get("manager") or "")))[:128]
    return Rival(field, place, manager, str(entry.get("time") or "")[:40], _told(step, beside))


def _told(step: str, beside: Any) -> str | int:
    """How what took the place is called: the first part of a row's key, or the name of a block."""
    if step.startswith("."):
        return step[1:]
    row = inside_of(beside, step)
    value = next(iter((row_named(step) or ({}, ""))[0].values()), "") if row is not MISSING else ""
    return value if isinstance(value, int) else str(value)[:200]


def _is_theirs(live: Mapping[str, Any], place: Place) -> bool:
    """Whether somebody else has a field, and Slipway has not."""
    entries = (live.get("metadata") or {}).get("managedFields") or []
    holders = [one for one in entries if len(held_at(one.get("fieldsV1") or {}, place) or ()) == len(place)]
    return bool(holders) and not any(_is_ours(one) for one in holders)


def _is_ours(entry: Entry) -> bool:
    return entry.get("manager") == MANAGER


def _is_step(key: str, step: str) -> bool:
    if key.startswith("f:"):
        return key[2:] == step[1:] and step.startswith(".")
    name, _keys = name_of_step(key)
    one, other = row_named(name), row_named(step)
    if one is None or other is None:
        return False
    return bool({**KEY_DEFAULTS, **one[0]} == {**KEY_DEFAULTS, **other[0]})
