"""Forms in a real browser: the preview beside them, rows, the keyboard, and where the focus goes."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.web import ui_sample_forms
from tests.web.ui_browser import Stage, draw


@pytest.fixture
def form(stage: Stage) -> Stage:
    stage.pages["/preview/"] = draw("operations/preview.html", {"outcome": ui_sample_forms.outcome()})
    stage.open("/form/", draw("operations/form.html", ui_sample_forms.operation_form("plain")))
    return stage


def test_typing_shows_what_would_change_and_keeps_the_cursor(form: Stage) -> None:
    form.page.fill("[name=replicas]", "7")
    expect(form.page.locator("#preview")).to_contain_text("gcr.io/boutique/frontend:v0.10.2")
    expect(form.page.locator("[name=replicas]")).to_be_focused()
    assert len(form.posted) == 1
    assert 'name="replicas"\r\n\r\n7\r\n' in form.posted[0]


def test_the_reason_does_not_change_the_preview(form: Stage) -> None:
    form.page.fill("[name=note]", "because")
    form.page.fill("[name=replicas]", "7")
    expect(form.page.locator("#preview")).to_contain_text("What will change")
    form.page.wait_for_timeout(500)
    assert len(form.posted) == 1


def test_a_refused_input_is_answered_beside_the_form(form: Stage) -> None:
    sentence = "worker scales by itself. Change its limits instead."
    form.pages["/preview/"] = lambda _request: (422, draw("operations/preview.html", {"error": sentence}))
    form.page.fill("[name=replicas]", "7")
    expect(form.page.locator("#preview")).to_have_text(sentence)


@pytest.mark.parametrize("status", [403, 404])
def test_whoever_may_not_do_it_any_more_reads_why_instead_of_old_figures(form: Stage, status: int) -> None:
    sentence = "You need the right app.scale. Ask alice to give it to you."
    form.page.fill("[name=replicas]", "7")
    expect(form.page.locator("#preview")).to_contain_text("gcr.io/boutique/frontend:v0.10.2")
    form.pages["/preview/"] = lambda _request: (status, draw("operations/preview.html", {"error": sentence}))
    form.page.fill("[name=replicas]", "8")
    expect(form.page.locator("#preview")).to_have_text(sentence)


@pytest.mark.parametrize("status", [200, 403, 500, 502])
def test_a_page_instead_of_a_preview_takes_the_old_figures_away(form: Stage, status: int) -> None:
    form.page.fill("[name=replicas]", "7")
    expect(form.page.locator("#preview")).to_contain_text("gcr.io/boutique/frontend:v0.10.2")
    form.pages["/preview/"] = lambda _request: (status, "<!doctype html><h1>Sign in</h1>")
    form.page.fill("[name=replicas]", "8")
    expect(form.page.locator("#preview")).to_contain_text("This could not be worked out")
    expect(form.page.locator("#preview")).not_to_contain_text("gcr.io")
    expect(form.page.locator("[name=replicas]")).to_have_value("8")


def test_offline_the_old_figures_go_and_come_back_with_the_line(form: Stage) -> None:
    form.page.fill("[name=replicas]", "7")
    expect(form.page.locator("#preview")).to_contain_text("gcr.io/boutique/frontend:v0.10.2")
    form.page.route("**/preview/", lambda route: route.abort("internetdisconnected"))
    form.page.fill("[name=replicas]", "8")
    expect(form.page.locator("#preview")).to_contain_text("This could not be worked out")
    expect(form.page.locator("#preview")).not_to_have_attribute("aria-busy", "true")
    form.page.unroute("**/preview/")
    form.page.fill("[name=replicas]", "9")
    expect(form.page.locator("#preview")).to_contain_text("gcr.io/boutique/frontend:v0.10.2")


def test_rows_are_added_with_a_number_of_their_own_and_taken_away(form: Stage) -> None:
    names = (
        "[...document.querySelectorAll('[name^=env]')].map(input => input.name).filter(name => name.endsWith('name'))"
    )
    form.page.get_by_role("button", name="Add a variable").click()
    expect(form.page.locator("[name='env[2]name']")).to_be_focused()
    form.page.get_by_role("button", name="Remove this row").first.click()
    assert form.page.evaluate(names) == ["env[1]name", "env[2]name"]
    form.page.get_by_role("button", name="Add a variable").click()
    assert form.page.evaluate(names) == ["env[1]name", "env[2]name", "env[3]name"]
    assert form.page.url.endswith("/form/")


def test_the_first_error_has_the_focus(stage: Stage) -> None:
    stage.open("/form/", draw("operations/form.html", ui_sample_forms.operation_form("wrong")))
    expect(stage.page.locator("[name=replicas]")).to_be_focused()


@pytest.mark.parametrize(
    ("where", "focused"), [("cell", "[name='env[1]value']"), ("row", "[data-row] >> nth=1"), ("list", "[data-rows]")]
)
def test_an_error_in_a_list_has_the_focus_where_it_is(stage: Stage, where: str, focused: str) -> None:
    stage.open("/form/", draw("operations/form.html", ui_sample_forms.operation_form(f"wrong {where}")))
    expect(stage.page.locator(focused)).to_be_focused()


@pytest.mark.parametrize(
    ("case", "focused"),
    [
        ("plain", "[name=process]"),
        ("wrong", "[name=replicas]"),
        ("wrong cell", "[name='env[1]value']"),
        ("wrong row", "[data-row] >> nth=1"),
        ("wrong list", "[data-rows]"),
        ("conflict", "section[role=alert]"),
        ("danger", "[name=confirm]"),
    ],
)
def test_without_scripts_the_focus_is_at_what_is_wrong_or_comes_first(
    chromium: Browser, case: str, focused: str
) -> None:
    context = chromium.new_context(java_script_enabled=False)
    stage = Stage(context.new_page())
    stage.open("/form/", draw("operations/form.html", ui_sample_forms.operation_form(case)))
    expect(stage.page.locator(focused)).to_be_focused()
    context.close()


@pytest.mark.parametrize("name", ["replicas", "env[0]value"])
def test_enter_saves_and_adds_no_row(form: Stage, name: str) -> None:
    form.page.locator(f"[name='{name}']").press("Enter")
    form.page.wait_for_load_state()

    assert 'name="then"\r\n\r\n\r\n' in form.posted[-1] or "then=&" in form.posted[-1] + "&"
    assert "_add" not in form.posted[-1]


def test_the_button_that_enter_presses_is_no_stop_of_the_keyboard(form: Stage) -> None:
    form.page.locator("[name=process]").focus()
    form.page.keyboard.press("Shift+Tab")
    assert form.page.evaluate("document.activeElement.closest('[data-operation-form]')") is None
