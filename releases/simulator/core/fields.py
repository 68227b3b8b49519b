"""Sets of field paths: what an object holds, what changed, and the ``fieldsV1`` form of it.

A path is a tuple of steps in the spelling of ``fieldsV1``: ``f:name`` for a field, ``k:{"name":"web"}`` for a row of a
map list, ``v:"x"`` for a member of a set.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from .objects import Object
from .schema.model import ANY, ListOf, MapOf, Schema, Struct

Path = tuple[str, ...]
_UNOWNED_TOP = frozenset({"apiVersion", "kind"})
_OWNED_META = frozenset({"f:labels", "f:annotations", "f:ownerReferences", "f:finalizers", "f:generateName"})


def child_schema(schema: Schema, key: str) -> Schema:
    if isinstance(schema, Struct):
        return schema.fields.get(key, ANY)
    return schema.value if isinstance(schema, MapOf) else ANY


def is_granular(value: Any, schema: Schema) -> bool:
    """Whether the members of this value are owned one by one."""
    if isinstance(value, dict):
        return not (isinstance(schema, Struct | MapOf) and schema.atomic)
    return isinstance(value, list) and isinstance(schema, ListOf) and schema.mode != "atomic"


def row_key(item: Any, schema: ListOf) -> str:
    """The step that names one row of a list."""
    if schema.mode == "set" or not isinstance(item, dict):
        return "v:" + json.dumps(item, separators=(",", ":"))
    keys = {key: item.get(key, schema.key_defaults.get(key)) for key in sorted(schema.keys)}
    return "k:" + json.dumps({key: value for key, value in keys.items() if value is not None}, separators=(",", ":"))


def members(value: Any, schema: Schema) -> Iterator[tuple[str, Any, Schema]]:
    """Step, value and shape of everything directly inside a granular value."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield "f:" + key, item, child_schema(schema, key)
    elif isinstance(schema, ListOf):
        for item in value:
            yield row_key(item, schema), item, schema.item


def duplicates(value: Any, schema: Schema, *, base: Path = ()) -> Iterator[tuple[Path, str]]:
    """Where a list has more than one row of a key, and the step that names it."""
    if not value or not is_granular(value, schema):
        return
    seen: set[str] = set()
    for step, item, shape in members(value, schema):
        if isinstance(value, list) and step in seen:
            yield base, step
        seen.add(step)
        yield from duplicates(item, shape, base=(*base, step))


def field_set(value: Any, schema: Schema, *, base: Path = ()) -> set[Path]:
    """The paths an applied configuration states: its leaves, and the rows of its map lists."""
    found: set[Path] = set()
    _collect(value, schema, base, found, parents=False)
    return found


def _collect(value: Any, schema: Schema, base: Path, found: set[Path], *, parents: bool) -> None:
    if not value or not is_granular(value, schema):
        found.add(base)
        return
    if parents:
        found.add(base)
    in_list = isinstance(value, list)
    for step, item, shape in members(value, schema):
        path = (*base, step)
        if in_list:
            found.add(path)
            if not isinstance(item, dict):
                continue
        _collect(item, shape, path, found, parents=parents)


def changes(old: Any, new: Any, schema: Schema, *, base: Path = ()) -> tuple[set[Path], set[Path]]:
    """``(set or altered, removed)`` paths between two values of one shape."""
    written: set[Path] = set()
    removed: set[Path] = set()
    _compare(old, new, schema, base, written, removed)
    return written, removed


def _compare(old: Any, new: Any, schema: Schema, base: Path, written: set[Path], removed: set[Path]) -> None:
    if old is new or (old == new and type(old) is type(new)):
        return
    if not (is_granular(old, schema) and is_granular(new, schema) and type(old) is type(new)):
        written.add(base)
        if is_granular(new, schema):
            _collect(new, schema, base, written, parents=True)
        return
    before = {step: item for step, item, _ in members(old, schema)}
    after: set[str] = set()
    for step, item, shape in members(new, schema):
        after.add(step)
        path = (*base, step)
        if step in before or _stands(shape):
            _compare(before.get(step, type(item)()), item, shape, path, written, removed)
        else:
            _collect(item, shape, path, written, parents=True)
            written.add(path)
    for step, item, shape in members(old, schema):
        path = (*base, step)
        if step not in after and _stands(shape):
            _compare(item, type(item)(), shape, path, written, removed)
        elif step not in after:
            removed.add(path)
            _collect(item, shape, path, removed, parents=True)


def _stands(schema: Schema) -> bool:
    return not isinstance(schema, MapOf) and schema.standing


def owned_only(paths: Iterable[Path], *, status: bool) -> set[Path]:
    """Without the fields nobody owns: identity, bookkeeping, and ``status`` or ``spec`` as the endpoint has it."""
    kept: set[Path] = set()
    for path in paths:
        if not path or path[0][2:] in _UNOWNED_TOP:
            continue
        if path[0] == "f:metadata" and (len(path) == 1 or path[1] not in _OWNED_META):
            continue
        if path[0] == "f:status" if not status else path[0] not in ("f:status", "f:metadata"):
            continue
        kept.add(path)
    return kept


def differing(live: Any, config: Any, schema: Schema, *, base: Path = ()) -> set[Path]:
    """The paths both values have, at different values; what merges is looked at member by member."""
    if live is config or live == config:
        return set()
    if not (is_granular(live, schema) and is_granular(config, schema)):
        return {base}
    present = {step: item for step, item, _ in members(live, schema)}
    found: set[Path] = set()
    for step, item, shape in members(config, schema):
        if step in present:
            found |= differing(present[step], item, shape, base=(*base, step))
    return found


def to_fields(paths: Iterable[Path]) -> dict[str, Any]:
    """``fieldsV1``: nested maps, with ``.`` where a path that has members is itself in the set."""
    root: dict[str, Any] = {}
    for path in sorted(paths):
        place = root
        for step in path:
            place = place.setdefault(step, {})
        place["."] = {}
    _drop_dots(root)
    return root


def _drop_dots(place: dict[str, Any]) -> None:
    for key, inner in place.items():
        if key != ".":
            if set(inner) == {"."}:
                del inner["."]
            else:
                _drop_dots(inner)


def from_fields(fields: dict[str, Any], *, base: Path = ()) -> set[Path]:
    """The paths of a ``fieldsV1`` tree."""
    found: set[Path] = set()
    for step, inner in fields.items():
        if step == ".":
            found.add(base)
        elif inner:
            found |= from_fields(inner, base=(*base, step))
        else:
            found.add((*base, step))
    return found


def show(path: Path) -> str:
    """A path in the words of a conflict: ``.spec.template.spec.containers[name="web"].image``."""
    parts: list[str] = []
    for step in path:
        if step.startswith("f:"):
            parts.append("." + step[2:])
        elif step.startswith("k:"):
            keys = json.loads(step[2:])
            parts.append("[" + ",".join(f"{key}={json.dumps(value)}" for key, value in keys.items()) + "]")
        else:
            parts.append(f"[={step[2:]}]")
    return "".join(parts)


def with_parents(paths: Iterable[Path]) -> set[Path]:
    """The paths and everything they lie in."""
    return {path[:length] for path in paths for length in range(1, len(path) + 1)}


def with_structs(paths: Iterable[Path], schema: Schema) -> set[Path]:
    """The paths and every struct field they lie in. Keys of maps and rows of lists are left out: those are there, or
    not, by themselves; a struct goes as a whole, with what was filled in by default, once nobody states any of it.
    """
    found: set[Path] = set()
    for path in paths:
        shape = schema
        for length, step in enumerate(path, 1):
            if isinstance(shape, Struct) and step[2:] in shape.fields:
                found.add(path[:length])
            shape = child_schema(shape, step[2:]) if step.startswith("f:") else _row_schema(shape)
        found.add(path)
    return found


def _row_schema(schema: Schema) -> Schema:
    return schema.item if isinstance(schema, ListOf) else ANY


def removed_at(obj: Object, schema: Schema, paths: Iterable[Path], *, keep: set[Path]) -> Object:
    """A copy without these paths; maps left empty go too unless ``keep`` names them."""
    tree: dict[str, Any] = {}
    for path in paths:
        place = tree
        for step in path:
            place = place.setdefault(step, {})
        place["-"] = {}
    result = _without(obj, schema, tree, (), keep)
    return result if isinstance(result, dict) else {}


def _without(value: Any, schema: Schema, tree: dict[str, Any], base: Path, keep: set[Path]) -> Any:
    if not is_granular(value, schema):
        return value
    kept: list[tuple[str, Any]] = []
    for step, item, shape in members(value, schema):
        inner = tree.get(step)
        if inner is None:
            kept.append((step, item))
        elif "-" not in inner:
            smaller = _without(item, shape, inner, (*base, step), keep)
            if smaller or not item or (*base, step) in keep:
                kept.append((step, smaller))
    if isinstance(value, list):
        return [item for _, item in kept]
    return {step[2:]: item for step, item in kept}
