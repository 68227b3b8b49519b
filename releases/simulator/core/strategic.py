"""Strategic merge patch: lists merge by key, ``$patch`` and its relatives say what is not a merge."""

from __future__ import annotations

from typing import Any

from . import errors
from .fields import child_schema
from .objects import Object
from .schema.model import ListOf, Schema

_RETAIN = "$retainKeys"
_DIRECTIVE = "$patch"
_DELETE_PRIMITIVES = "$deleteFromPrimitiveList/"
_ORDER = "$setElementOrder/"


def strategic_merge(target: Any, patch: Object, schema: Schema) -> Object:
    """``target`` with ``patch`` merged in by the shape's merge keys; 400 for a directive nobody knows."""
    live = target if isinstance(target, dict) else {}
    directive = patch.get(_DIRECTIVE)
    if directive == "replace":
        return {key: value for key, value in patch.items() if key != _DIRECTIVE}
    if directive == "delete":
        return {}
    if directive not in (None, "merge"):
        raise errors.bad_request(f"Unknown patch type found: {directive}")
    merged = dict(live)
    if _RETAIN in patch:
        merged = {key: value for key, value in merged.items() if key in patch[_RETAIN]}
    orders: dict[str, list[Any]] = {}
    for key, value in patch.items():
        if key in (_DIRECTIVE, _RETAIN):
            continue
        if key.startswith(_DELETE_PRIMITIVES):
            field = key.removeprefix(_DELETE_PRIMITIVES)
            merged[field] = [item for item in merged.get(field, []) if item not in value]
        elif key.startswith(_ORDER):
            orders[key.removeprefix(_ORDER)] = value
        elif value is None:
            merged.pop(key, None)
        else:
            merged[key] = _value(merged.get(key), value, child_schema(schema, key))
    for field, order in orders.items():
        if isinstance(merged.get(field), list):
            merged[field] = _ordered(merged[field], order, child_schema(schema, field))
    return merged


def _value(live: Any, patch: Any, schema: Schema) -> Any:
    if isinstance(patch, dict):
        return strategic_merge(live, patch, schema)
    if isinstance(patch, list) and isinstance(schema, ListOf) and schema.merge_key:
        return _rows(live if isinstance(live, list) else [], patch, schema)
    return patch


def _rows(live: list[Any], patch: list[Any], schema: ListOf) -> list[Any]:
    key = schema.merge_key
    if key == "-":
        return live + [item for item in patch if item not in live]
    if any(isinstance(row, dict) and row.get(_DIRECTIVE) == "replace" and len(row) == 1 for row in patch):
        return [row for row in patch if _DIRECTIVE not in row]
    merged = list(live)
    for row in patch:
        if not isinstance(row, dict):
            raise errors.bad_request(f"a row of a list merged by {key} is an object")
        if key not in row:
            raise errors.bad_request(f"map: {row} does not contain declared merge key: {key}")
        places = [place for place, item in enumerate(merged) if item.get(key) == row[key]]
        if row.get(_DIRECTIVE) == "delete":
            merged = [item for item in merged if item.get(key) != row[key]]
        elif places:
            merged[places[0]] = strategic_merge(merged[places[0]], row, schema.item)
        else:
            merged.append(strategic_merge({}, row, schema.item))
    return merged


def _ordered(rows: list[Any], order: list[Any], schema: Schema) -> list[Any]:
    """Rows that ``order`` names in its order, the others after them."""
    key = schema.merge_key if isinstance(schema, ListOf) else ""
    names = [item.get(key) if isinstance(item, dict) else item for item in order]

    def rank(row: Any) -> int:
        name = row.get(key) if isinstance(row, dict) else row
        return names.index(name) if name in names else len(names)

    return sorted(rows, key=rank)
