"""Where the sentences of an error stand in a form. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from portal.errors import Invalid, Refused, SlipwayError
from portal.operations.confirming import CONFIRM
from portal.operations.fields import has_entries
from portal.operations.operation import Operation

_ROW = re.compile(r"(?P<name>\w+)\[\d+\](?:\.(?P<cell>\w+))?")


def errors_of(error: SlipwayError | None) -> Mapping[str, Sequence[str]]:
    """The path of a field, or of a cell in a row → what is wrong there."""
    if isinstance(error, Refused):
        return error.told
    return error.fields if isinstance(error, Invalid) else {}


def all_shown(error: SlipwayError, operation: type[Operation], hidden: Collection[str]) -> bool:
    """Whether every sentence of the error stands at a field of the form already."""
    shown = {name: one for name, one in operation.Input().fields.items() if name == CONFIRM or name not in hidden}
    errors = errors_of(error)
    return bool(errors) and all(_stands_at(name, shown) for name in errors)


def _stands_at(path: str, fields: Mapping[str, Any]) -> bool:
    row = _ROW.fullmatch(path)
    if row is None:
        return path in fields
    rows = fields.get(row["name"])
    cells = getattr(getattr(rows, "child", None), "fields", ())
    return row["cell"] in cells if row["cell"] else bool(cells) or has_entries(rows)
