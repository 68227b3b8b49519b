"""Where the keyboard stands when a form opens: at what is wrong, else where one types first. Pure.

`autofocus` says it, so that it holds without scripts as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from portal.ui.fields import Field, Row

# What of the form's own may have the focus: the sentence above it, the name that confirms, the reason.
ERROR, CONFIRM, NOTE = "error", "confirm", "note"


def focused(
    fields: Sequence[Field], *, error: bool, confirm: bool, wrongly_confirmed: bool, added: str = ""
) -> tuple[list[Field], str]:
    """The fields, one of them focused; or none of them, and which part of the form it is instead.

    `error`: a sentence stands above the form. `confirm`: it asks for a name, `wrongly_confirmed` if that is what is
    wrong. `added`: the list that has just got one row more.
    """
    wrong = next((one for one in fields if _is_wrong(one)), None)
    if error:
        return list(fields), ERROR
    if wrong is None and wrongly_confirmed:
        return list(fields), CONFIRM
    grown = next((one for one in fields if one.name == added), None)
    here = wrong or grown or next(iter(fields), None)
    if here is None:
        return [], CONFIRM if confirm else NOTE
    there = _last_row(here) if here is grown else _inside(here)
    return [there if one is here else one for one in fields], ""


def _is_wrong(field: Field) -> bool:
    return bool(field.errors) or any(row.errors or any(map(_is_wrong, row.cells)) for row in field.rows)


def _inside(field: Field) -> Field:
    """The field with the focus on itself; a list has it on its wrong row or cell, else in its first row."""
    if field.errors or not field.rows:
        return replace(field, autofocus=True)
    for index, row in enumerate(field.rows):
        if row.errors:
            return _with_row(field, index, replace(row, autofocus=True))
        if any(map(_is_wrong, row.cells)):
            return _with_row(field, index, _at_cell(row))
    return _with_row(field, 0, _at_cell(field.rows[0]))


def _last_row(field: Field) -> Field:
    return _with_row(field, len(field.rows) - 1, _at_cell(field.rows[-1])) if field.rows else _inside(field)


def _at_cell(row: Row) -> Row:
    here = next((one for one in row.cells if one.errors), row.cells[0])
    return replace(row, cells=[replace(one, autofocus=True) if one is here else one for one in row.cells])


def _with_row(field: Field, index: int, row: Row) -> Field:
    return replace(field, rows=[row if place == index else one for place, one in enumerate(field.rows)])
