"""The view models of a form: what a field template needs to draw one field. Plain data, no behaviour.

`kind` chooses the template `components/fields/<kind>.html`. Names follow the nested form syntax `env[0]name`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise

Text = str | Promise

KINDS = ("text", "number", "select", "picker", "multi", "checkbox", "textarea", "secret", "rows", "hidden")
# Stands for the index in the blank row that the browser copies.
INDEX = "__index__"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    value: str
    label: Text
    detail: Text = ""
    selected: bool = False
    disabled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`name` is what the form calls it, as `env[2]`."""

    cells: Sequence[Field]
    errors: Sequence[Text] = ()
    name: str = ""
    autofocus: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field. `marker` is the name of a hidden input that says "this list or box was on the form".

    `only` is for what means something to some choices alone: the name of the field that is chosen from, and the values
    with which this one is shown. `wide`: rows of more fields than fit beside each other. `plain`: rows of one field
    each, which is called as the list is. `lines`: the height of
    text that may have several, where the browser does not let it grow.
    """

    kind: str
    name: str
    label: Text
    id: str = ""
    value: object = ""
    help: Text = ""
    errors: Sequence[Text] = ()
    required: bool = False
    choices: Sequence[Choice] = ()
    min: object = None
    max: object = None
    step: object = None
    unit: Text = ""
    maxlength: int | None = None
    placeholder: Text = ""
    mono: bool = False
    autofocus: bool = False
    readonly: bool = False
    marker: str = ""
    rows: Sequence[Row] = ()
    blank: Row | None = None
    add_label: Text = ""
    only: tuple[str, str] = ("", "")
    wide: bool = False
    plain: bool = False
    lines: int = 4
