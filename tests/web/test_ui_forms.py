"""Forms in a real browser: the preview beside them, rows, the keyboard, and where the focus goes."""

from __future__ import annotations

import re

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


@pytest.mark.parametrize("name", ["replicas", "env[0]name"])
def test_enter_saves_and_adds_no_row(form: Stage, name: str) -> None:
    form.page.locator(f"[name='{name}']").press("Enter")
    form.page.wait_for_load_state()

    assert 'name="then"\r\n\r\n\r\n' in form.posted[-1] or "then=&" in form.posted[-1] + "&"
    assert "_add" not in form.posted[-1]


def test_the_button_that_enter_presses_is_no_stop_of_the_keyboard(form: Stage) -> None:
    form.page.locator("[name=process]").focus()
    form.page.keyboard.press("Shift+Tab")
    assert form.page.evaluate("document.activeElement.closest('[data-operation-form]')") is None


@pytest.fixture
def secret(stage: Stage) -> Stage:
    """A form with a kubeconfig to paste, as it is answered: refused for its name, with nothing of the secret in it."""
    stage.pages["/preview/"] = draw("operations/preview.html", {"outcome": ui_sample_forms.outcome()})
    stage.pages["/clusters/east/"] = "<h1>East</h1>"
    refused = draw("operations/form.html", ui_sample_forms.secret_form(wrong=True, version=2))
    stage.pages["/form/"] = lambda request: (
        (422, refused)
        if request.method == "POST"
        else (200, draw("operations/form.html", ui_sample_forms.secret_form()))
    )
    stage.open("/form/")
    stage.page.fill("[name=kubeconfig]", "users: [secret]")
    stage.page.fill("[name=password]", "hunter2")
    stage.page.fill("[name=name]", "Not a name")
    return stage


def send(form: Stage) -> None:
    form.page.get_by_role("button", name="Add a cluster").click()


def test_a_refused_form_keeps_its_secrets_and_says_what_is_wrong_at_its_field(secret: Stage) -> None:
    page = secret.page
    send(secret)
    expect(page.get_by_text("A name has small letters.")).to_be_visible()
    expect(page.locator("[name=kubeconfig]")).to_have_value("users: [secret]")
    expect(page.locator("[name=password]")).to_have_value("hunter2")
    expect(page.locator("[name=name]")).to_have_value("Not a name")
    expect(page.locator("[name=name]")).to_be_focused()
    expect(page.locator("[name=kubeconfig]")).to_have_attribute("aria-invalid", "true")
    # The next try is made from what is there now, and is sent whole.
    send(secret)
    expect(page.locator("[name=version]")).to_have_value("2")
    page.wait_for_function("!document.querySelector('form').inert")
    last = secret.posted[-1]
    assert "users: [secret]" in last and "hunter2" in last and 'name="version"\r\n\r\n2\r\n' in last


def test_a_secret_of_several_lines_is_masked_until_somebody_wants_to_see_it(secret: Stage) -> None:
    field = secret.page.locator("[name=password]")
    one = field.bounding_box()
    field.fill("-----BEGIN\nMIIE\nEND-----")
    many = field.bounding_box()

    assert one and many and many["height"] > one["height"] + 20
    assert field.evaluate("field => getComputedStyle(field).webkitTextSecurity") == "disc"
    secret.page.locator("[name=password] + .unmask").get_by_role("checkbox", name="Show what is typed").check()
    assert field.evaluate("field => getComputedStyle(field).webkitTextSecurity") == "none"
    send(secret)
    expect(secret.page.locator("[aria-invalid=true]").first).to_be_visible()
    assert "-----BEGIN\r\nMIIE\r\nEND-----" in secret.posted[-1]


def test_a_form_with_a_secret_goes_where_its_answer_leads(secret: Stage) -> None:
    secret.page.route("**/form/", lambda route: route.fulfill(status=204, headers={"HX-Redirect": "/clusters/east/"}))
    send(secret)
    expect(secret.page.get_by_role("heading", name="East")).to_be_visible()


@pytest.mark.parametrize("status", [403, 500, 0])
def test_what_could_not_be_sent_is_still_in_the_form(secret: Stage, status: int) -> None:
    if status:
        secret.pages["/form/"] = lambda _request: (status, "<!doctype html><h1>Sign in</h1>")
    else:
        secret.page.route("**/form/", lambda route: route.abort("internetdisconnected"))
    send(secret)
    expect(secret.page.locator("#preview")).to_contain_text("What you typed is still here")
    expect(secret.page.locator("[name=kubeconfig]")).to_have_value("users: [secret]")
    expect(secret.page.get_by_role("button", name="Add a cluster")).to_be_focused()


def test_whoever_signed_in_elsewhere_sends_it_with_the_token_of_the_new_session(secret: Stage) -> None:
    form = draw("operations/form.html", ui_sample_forms.secret_form())
    fresh = re.sub(r'(csrfmiddlewaretoken" value=")[^"]*', r"\1of-the-new-session", form)
    wrong = draw("operations/form.html", ui_sample_forms.secret_form(wrong=True, version=2))
    answers = iter([(401, "<!doctype html><h1>You are signed out</h1>"), (422, wrong)])
    secret.pages["/form/"] = lambda request: next(answers) if request.method == "POST" else (200, fresh)
    send(secret)
    expect(secret.page.locator("#preview")).to_contain_text("What you typed is still here")
    send(secret)
    expect(secret.page.get_by_text("A name has small letters.")).to_be_visible()
    first, then = secret.posted[-2:]
    assert "of-the-new-session" not in first and "of-the-new-session" in then and "hunter2" in then


def test_a_refused_form_in_a_dialog_stays_there_with_its_secret(secret: Stage) -> None:
    page = secret.page
    secret.open(
        "/list/", draw("layouts/console.html", {}).replace("</main>", '<a href="/form/" data-dialog>Add</a></main>')
    )
    page.get_by_role("link", name="Add").click()
    dialog = page.get_by_role("dialog")
    dialog.locator("[name=kubeconfig]").fill("users: [secret]")
    dialog.get_by_role("button", name="Add a cluster").click()
    expect(dialog.get_by_text("A name has small letters.")).to_be_visible()
    expect(dialog.locator("[name=kubeconfig]")).to_have_value("users: [secret]")
    assert page.evaluate("document.querySelector('dialog form').action").endswith("/form/")
