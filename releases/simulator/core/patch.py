"""JSON patch (RFC 6902) and JSON merge patch (RFC 7396)."""

from __future__ import annotations

from typing import Any

from . import errors
from .objects import clone

_LIMIT = 10_000


def merge_patch(target: Any, patch: Any) -> Any:
    """``target`` with ``patch`` merged in; null removes, lists are replaced."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge_patch(merged.get(key), value)
    return merged


def _failed() -> errors.ApiError:
    """An operation that does not fit. A real API server does not say which, or why, either."""
    return errors.ApiError(422, "Invalid", "the server rejected our request due to an error in our request")


def _steps(pointer: Any) -> list[str]:
    if not isinstance(pointer, str) or (pointer and not pointer.startswith("/")):
        raise _failed()
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def _place(container: list[Any], step: str, *, end: bool) -> int:
    if step == "-" and end:
        return len(container)
    if not step.isdigit() or int(step) >= len(container) + end:
        raise _failed()
    return int(step)


def _inside(document: Any, steps: list[str]) -> Any:
    for step in steps:
        if isinstance(document, dict) and step in document:
            document = document[step]
        elif isinstance(document, list):
            document = document[_place(document, step, end=False)]
        else:
            raise _failed()
    return document


def _found(document: Any, steps: list[str]) -> Any:
    """The value at a path. As with a real API server, one that an object lacks is null; what is beyond is refused."""
    if not steps:
        return document
    container = _inside(document, steps[:-1])
    return container.get(steps[-1]) if isinstance(container, dict) else _inside(container, steps[-1:])


def _add(document: Any, steps: list[str], value: Any) -> Any:
    if not steps:
        return value
    container = _inside(document, steps[:-1])
    if isinstance(container, dict):
        container[steps[-1]] = value
    elif isinstance(container, list):
        container.insert(_place(container, steps[-1], end=True), value)
    else:
        raise _failed()
    return document


def _remove(document: Any, steps: list[str]) -> Any:
    _inside(document, steps)
    container = _inside(document, steps[:-1])
    if not steps:
        raise _failed()
    if isinstance(container, dict):
        return container.pop(steps[-1])
    return container.pop(_place(container, steps[-1], end=False))


def json_patch(target: Any, operations: Any) -> Any:
    """``target`` after a list of operations; 422 when one does not fit (a failed ``test`` too)."""
    if not isinstance(operations, list) or len(operations) > _LIMIT:
        raise errors.bad_request(f"a JSON patch is a list of at most {_LIMIT} operations")
    document = clone(target)
    for row in operations:
        if not isinstance(row, dict):
            raise errors.bad_request("each operation of a JSON patch is an object")
        name, steps = row.get("op"), _steps(row.get("path"))
        if name in ("add", "replace", "test") and "value" not in row:
            raise _failed()
        if name == "add":
            document = _add(document, steps, clone(row["value"]))
        elif name == "replace":
            container = _inside(document, steps[:-1])
            if steps and not isinstance(container, dict):
                _remove(document, steps)
            document = _add(document, steps, clone(row["value"]))
        elif name == "remove":
            _remove(document, steps)
        elif name == "test":
            if _found(document, steps) != row["value"]:
                raise _failed()
        elif name in ("move", "copy"):
            origin = _steps(row.get("from"))
            value = _remove(document, origin) if name == "move" else clone(_found(document, origin))
            document = _add(document, steps, value)
        else:
            raise _failed()
    return document
