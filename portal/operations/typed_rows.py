"""A row more, or one less, in a list of a form without JavaScript: what was typed stays, and nothing is performed."""

from __future__ import annotations

import re
from typing import Any

from django.http import QueryDict
from rest_framework import serializers

from portal.operations import inputs
from portal.operations.fields import has_entries
from portal.operations.operation import Operation

ADD, REMOVE = "_add", "_remove"
"""The names of the buttons: `_add` says a list, `_remove` a row of one, as `env[2]`."""

_ROW = re.compile(r"(?P<name>\w+)\[\d+\]")


def is_asked(data: QueryDict) -> bool:
    """Whether one of these buttons sent the form."""
    return ADD in data or REMOVE in data


def changed_in(data: QueryDict) -> str:
    """The list that gets a row more, or one less; blank where the form does not say."""
    if ADD in data:
        return str(data[ADD])
    row = _ROW.fullmatch(str(data.get(REMOVE, "")))
    return row["name"] if row else ""


def rows(operation: type[Operation], data: QueryDict) -> dict[str, Any]:
    """`{list: rows}` as typed, those left blank too, with one more or without the one taken out; else nothing."""
    name = changed_in(data)
    field = operation.Input().fields.get(name)
    if not isinstance(field, serializers.ListSerializer) and not has_entries(field):
        return {}
    if ADD in data:
        return {name: [*inputs.rows_as_typed(field, data, name), "" if has_entries(field) else {}]}
    left = data.copy()
    for key in [key for key in left if key.startswith(str(data[REMOVE]))]:
        del left[key]
    return {name: inputs.rows_as_typed(field, left, name)}
