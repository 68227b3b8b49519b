"""What of a form means something to what is chosen in it, as `style={"only": {"kind": […]}}` of a field says. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def only(field: Any) -> tuple[str, tuple[str, ...]]:
    """The name of the field that is chosen from, and the values with which this one is shown; blank: with any."""
    for name, values in field.style.get("only", {}).items():
        return name, tuple(values)
    return "", ()


def meant(fields: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """What a form says, without the fields that are hidden beside what is chosen: nobody sees what stands in them.

    What is left out keeps its present value, or is what the operation makes of it.
    """
    return {name: one for name, one in data.items() if name not in fields or _is_shown(fields[name], data)}


def _is_shown(field: Any, data: Mapping[str, Any]) -> bool:
    name, values = only(field)
    return not name or name not in data or data[name] in values
