"""The cells of a step in a real browser: those its kind does not read are hidden, unless something stands there."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from apps_mgmt.operations.releasing.strategy import SetStrategy
from portal.operations.forms import Drawing, fields_of
from tests.web import ui_sample_forms
from tests.web.ui_browser import Stage, draw


@pytest.fixture
def row(stage: Stage) -> Locator:
    """The first row of the form of a canary."""
    drawing = Drawing(pickers={"role": [("approver", "Approver")]}, choices={}, errors={})
    fields = fields_of(SetStrategy(), values={"kind": "canary"}, drawing=drawing)
    stage.pages["/preview/"] = draw("operations/preview.html", {"outcome": ui_sample_forms.outcome()})
    stage.open("/form/", draw("operations/form.html", ui_sample_forms.operation_form("plain") | {"fields": fields}))
    return stage.page.get_by_role("group", name="Row").first


def kind(row: Locator, name: str) -> None:
    row.locator("[name$=']kind']").select_option(name)


def cell(row: Locator, name: str) -> Locator:
    return row.locator(f"[name$=']{name}']").first


TYPED = [("build", "image", "builder:1"), ("note", "text", "Look."), ("traffic", "traffic", "0")]


@pytest.mark.parametrize(("its", "name", "typed"), TYPED, ids=[name for _its, name, _typed in TYPED])
def test_what_was_typed_for_another_kind_stays_in_sight_until_it_is_taken_out(
    row: Locator, its: str, name: str, typed: str
) -> None:
    kind(row, its)
    cell(row, name).fill(typed)
    kind(row, "batch")
    expect(cell(row, name)).to_be_visible()
    expect(cell(row, "seconds")).to_be_hidden()
    cell(row, name).fill("")
    expect(cell(row, name)).to_be_hidden()


def test_so_does_what_was_ticked_or_chosen(row: Locator) -> None:
    kind(row, "job")
    cell(row, "once").check()
    kind(row, "apply")
    cell(row, "part").select_option("needs")
    kind(row, "approval")
    cell(row, "roles").check()
    kind(row, "batch")
    for name in ("once", "part", "roles"):
        expect(cell(row, name)).to_be_visible()
    cell(row, "once").uncheck()
    cell(row, "part").select_option("")
    cell(row, "roles").uncheck()
    for name in ("once", "part", "roles"):
        expect(cell(row, name)).to_be_hidden()


def test_where_another_strategy_takes_no_steps_the_rows_are_hidden_whatever_stands_in_them(row: Locator) -> None:
    kind(row, "build")
    cell(row, "image").fill("builder:1")
    row.page.locator("[name=kind]").select_option("blue-green")
    expect(row.page.locator("[name='steps[0]kind']")).to_be_hidden()
    expect(row.page.locator("[name=batch]")).to_be_hidden()
    expect(row.page.locator("[name=keep]")).to_be_visible()
