"""One form for all operations: turns an operation's input serializer into the view models that templates draw.

What was typed wins over what the address says (`?process=web`), and that over `initial`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from portal.operations.choosing import only
from portal.operations.fields import (
    DateField,
    MomentField,
    MultiPickerField,
    NumberPickerField,
    PickerField,
    SecretField,
    TextField,
    has_entries,
    may_be_blank,
)
from portal.operations.inputs import LIST_MARKER
from portal.operations.operation import Operation
from portal.ui.fields import INDEX, Choice, Field, Row

Choices = Mapping[str, Sequence[tuple[str, str]]]
SIDE_BY_SIDE = 5
MONO_WORDS = ("image", "path", "value", "command", "args", "env", "name", "dotenv", "kubeconfig")


@dataclass(frozen=True)
class Drawing:
    """What all fields of one form share."""

    pickers: Choices
    choices: Choices
    errors: Mapping[str, Sequence[str]]


def fields_of(
    operation: Operation, *, values: Mapping[str, Any], drawing: Drawing, hidden: Collection[str] = ()
) -> list[Field]:
    """The fields of an operation's form, filled; those in `hidden` are left out."""
    return [
        _draw(name, field, name=name, value=values.get(name, _default(field)), drawing=drawing)
        for name, field in operation.Input().fields.items()
        if name not in hidden
    ]


def _draw(key: str, field: Any, *, name: str, value: Any, drawing: Drawing, path: str = "") -> Field:
    path = path or name
    chooser, shown_with = only(field)
    shared: dict[str, Any] = {
        "name": name,
        "id": f"field-{name.replace('[', '-').replace(']', '-')}",
        "label": field.label or key.replace("_", " ").capitalize(),
        "help": field.help_text or "",
        "errors": tuple(drawing.errors.get(path, ())),
        "required": field.required and not isinstance(field, serializers.BooleanField),
        "mono": key in MONO_WORDS,
        "only": (chooser, " ".join(shown_with)),
    }
    if isinstance(field, serializers.ListSerializer):
        return _rows(key, field, value=value, shared=shared, drawing=drawing, path=path)
    if isinstance(field, MultiPickerField):
        picked = {str(one) for one in value or ()}
        choices = _choices(drawing.pickers.get(field.picker, ()), picked)
        return Field(kind="multi", choices=choices, marker=name + LIST_MARKER, **shared)
    if has_entries(field):
        return _entries(key, field, value=value, shared=shared, drawing=drawing, path=path)
    if isinstance(field, PickerField | NumberPickerField):
        return _picker(field, value=value, shared=shared, drawing=drawing)
    if isinstance(field, serializers.BooleanField):
        return Field(kind="checkbox", value=bool(value), **shared)
    if isinstance(field, serializers.ChoiceField):
        offered = drawing.choices.get(key) or _offered(field)
        # Where something is chosen already and nothing blank can be, there is nothing optional about it.
        settled = value not in ("", None) and not field.allow_blank
        shared["required"] = shared["required"] or settled
        return Field(kind="select", choices=_choices(offered, {str(value)}), value=value, **shared)
    if isinstance(field, SecretField):
        return Field(kind="secret", lines=field.lines, placeholder=field.style.get("placeholder", ""), **shared)
    if isinstance(field, DateField):
        return Field(kind="date", value=_text(value), **shared)
    if isinstance(field, MomentField):
        return Field(kind="moment", value=_text(value), **shared)
    if isinstance(field, TextField):
        text = _text(value)
        return Field(kind="textarea", value=text, lines=max(field.lines, text.count("\n") + 1), **shared)
    if isinstance(field, (serializers.IntegerField, serializers.FloatField)):
        shown = _text(value)
        return Field(kind="number", value=shown, min=field.min_value, max=field.max_value, **shared)
    text = _text(value)
    if "\n" in text or "\r" in text:  # an input of one line would take its breaks out without a word
        return Field(kind="textarea", value=text, lines=text.count("\n") + 1, **shared)
    return Field(kind="text", value=text, maxlength=getattr(field, "max_length", None), **shared)


def _picker(field: PickerField | NumberPickerField, *, value: Any, shared: dict[str, Any], drawing: Drawing) -> Field:
    offered = list(drawing.pickers.get(field.picker, ()))
    if not field.required:
        offered = [("", _("all") if field.picker == "process" else "—"), *offered]
    if value and str(value) not in {one for one, _label in offered}:
        offered.append((str(value), _("{name} (there is none)").format(name=value)))
    return Field(kind="select", value=value, choices=_choices(offered, {_text(value)}), **shared)


def _rows(key: str, field: Any, *, value: Any, shared: dict[str, Any], drawing: Drawing, path: str) -> Field:
    child = field.child.fields

    def row(index: int | str, cells: Mapping[str, Any]) -> Row:
        return Row(
            cells=[
                _draw(
                    name,
                    inner,
                    name=f"{shared['name']}[{index}]{name}",
                    value=cells.get(name, _default(inner)),
                    drawing=drawing,
                    path=f"{path}[{index}].{name}",
                )
                for name, inner in child.items()
            ],
            errors=tuple(drawing.errors.get(f"{path}[{index}]", ())),
            name=f"{shared['name']}[{index}]",
        )

    rows = [row(index, cells) for index, cells in enumerate(value or ()) if isinstance(cells, Mapping)]
    return _listed(rows or [row(0, {})], row(INDEX, {}), shared, wide=len(child) > SIDE_BY_SIDE)


def _entries(key: str, field: Any, *, value: Any, shared: dict[str, Any], drawing: Drawing, path: str) -> Field:
    def row(index: int | str, one: Any) -> Row:
        name = f"{shared['name']}[{index}]"
        cell = _draw(key, field.child, name=name, value=one, drawing=drawing, path=f"{path}[{index}]")
        return Row(cells=[replace(cell, label=field.child.label or shared["label"])], name=name)

    rows = [row(index, one) for index, one in enumerate(value or ())]
    # Where a blank entry is one, a row that is there has to be meant.
    return _listed(rows or ([] if may_be_blank(field) else [row(0, "")]), row(INDEX, ""), shared, plain=True)


def _listed(
    rows: Sequence[Row], blank: Row, shared: dict[str, Any], *, wide: bool = False, plain: bool = False
) -> Field:
    return Field(
        kind="rows",
        rows=rows,
        blank=blank,
        marker=shared["name"] + LIST_MARKER,
        add_label=_("Add a row"),
        wide=wide,
        plain=plain,
        **shared,
    )


def worded(operation: Operation, rows: Sequence[Mapping[str, Any]], drawing: Drawing) -> list[dict[str, Any]]:
    """Rows of `inputs.differences` with values as the form words them, and None for nothing."""
    fields = operation.Input().fields

    def side(row: Mapping[str, Any], name: str) -> str | None:
        return _worded(row["field"], fields[row["field"]], row[name], drawing)

    return [{**row, "theirs": side(row, "theirs"), "mine": side(row, "mine")} for row in rows]


def _worded(key: str, field: Any, value: Any, drawing: Drawing) -> str | None:
    if value in ("", None, []):
        return None
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        child = field if isinstance(field, MultiPickerField) else getattr(field, "child", None)
        return ", ".join(_worded(key, child, one, drawing) or "" for one in value)
    if isinstance(value, Mapping):
        inner = getattr(field, "fields", {})
        cells = ((name, _worded(name, inner.get(name), one, drawing)) for name, one in value.items())
        return " ".join(f"{getattr(inner.get(name), 'label', None) or name} {words}" for name, words in cells if words)
    picker = getattr(field, "picker", "")
    offered = drawing.pickers.get(picker, ()) if picker else drawing.choices.get(key) or _offered(field)
    return dict(offered).get(str(value), str(value))


def _offered(field: Any) -> list[tuple[str, str]]:
    return [(str(one), str(label)) for one, label in (getattr(field, "choices", None) or {}).items()]


def _choices(offered: Sequence[tuple[str, str]], picked: set[str]) -> tuple[Choice, ...]:
    return tuple(Choice(value=value, label=label, selected=value in picked) for value, label in offered)


def _default(field: Any) -> Any:
    default = getattr(field, "default", serializers.empty)
    return "" if default is serializers.empty or callable(default) else default


def _text(value: Any) -> str:
    return "" if value is None else str(value)
