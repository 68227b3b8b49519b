"""A line break in text is kept, or refused with a sentence: no form loses it without a word."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from rest_framework import serializers

from portal.errors import Invalid, UserError
from portal.operations.forms import Drawing, fields_of
from portal.operations.operation import Operation
from portal.ui.fields import Field
from tests.operations.scenes import done, example, named
from tests.operations.stage import Shop
from tests.operations.test_every_operation import WRITING

BROKEN = "one\ntwo"
# The controls of a form that keep several lines.
KEEPING = ("textarea", "secret")


def broken_inputs(operation: type[Operation], text: str = BROKEN) -> Iterator[tuple[str, dict[str, Any]]]:
    """The example with a line break, or `text`, for each of its texts, those in rows too, and how a form calls it."""
    given = example(operation)
    for name, field in operation.Input().fields.items():
        if isinstance(field, serializers.ListSerializer):
            rows: Any = field
            row, *more = given.get(name) or _rows_like(operation, given, rows)
            for cell, inner in rows.child.fields.items():
                if isinstance(inner, serializers.CharField):
                    yield f"{name}[0]{cell}", given | {name: [row | {cell: text}, *more]}
        elif isinstance(field, serializers.CharField):
            yield name, given | {name: text}


def _rows_like(operation: type[Operation], given: dict[str, Any], rows: Any) -> list[dict[str, Any]]:
    """A row of another list of the same fields, or a blank one."""
    fields = operation.Input().fields
    alike = [given[name][:1] for name in given if type(getattr(fields[name], "child", None)) is type(rows.child)]
    return next((found for found in alike if found), [{}])


def drawn(operation: type[Operation], data: dict[str, Any], name: str) -> Field:
    fields = fields_of(operation(), values=data, drawing=Drawing({}, {}, {}))
    everything = [*fields, *(cell for field in fields for row in field.rows for cell in row.cells)]
    return next(one for one in everything if one.name == name)


@pytest.mark.parametrize("operation", WRITING, ids=named)
def test_a_form_shows_every_line_break_that_is_taken(shop: Shop, operation: type[Operation]) -> None:
    for name, data in broken_inputs(operation):
        try:
            done(shop, operation, data=data, dry_run=True)
        except UserError:
            continue
        assert drawn(operation, data, name).kind in KEEPING, name


def test_text_of_one_line_says_so_at_its_field(shop: Shop) -> None:
    with pytest.raises(Invalid, match="one line") as caught:
        shop.do("app.describe", title="Online\nShop")
    assert list(caught.value.fields) == ["title"]


@pytest.mark.parametrize("value", ["a\r\nb", "a\rb", "a\nb"])
def test_the_lines_of_a_variable_end_in_lf(shop: Shop, value: str) -> None:
    shop.do("env.set", env=[{"name": "MOTD", "value": value}], process="")

    draft = shop.again().draft
    assert draft is not None and draft.spec["env"][-1]["value"] == "a\nb"
