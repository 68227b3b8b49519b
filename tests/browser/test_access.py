"""Who sees what: the tenant's admin, the platform's operator, a viewer, and somebody from another tenant."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visit
from tests.browser.outside import Api
from tests.browser.stack import Stack

APP = "/t/boutique/apps/adservice/"
FORM = f"{APP}do/image.set/"
DESCRIPTION = "Ads, as Bob describes them"


@pytest.fixture(scope="module")
def described(api: Api) -> None:
    """Something that Bob did, which needs no release."""
    assert api.operate("adservice", "app.describe", title="Ads", description=DESCRIPTION).status == 200


def rows(page: Page, *texts: str) -> Locator:
    """The rows of the log that say all of this."""
    found = page.get_by_role("table").get_by_role("row")
    for text in texts:
        found = found.filter(has_text=text)
    return found


def test_that_alice_sees_who_did_what(visit: Visit, described: None) -> None:
    page = visit("alice")
    page.goto("/t/boutique/")
    page.get_by_role("link", name="Activity", exact=True).click()

    expect(page.get_by_role("heading", level=1, name="Activity")).to_be_visible()
    done = rows(page, "bob", "adservice").first
    expect(done).to_contain_text("Done")
    expect(rows(page, "engine", "frontend", "First deployment of the demo").first).to_be_visible()

    page.get_by_label("Person").fill("bob")
    page.get_by_role("button", name="Find").click()
    expect(rows(page, "engine")).to_have_count(0)
    done.locator("summary").click()
    expect(done.get_by_role("group", name="Changes")).to_contain_text(DESCRIPTION)


def test_that_olga_sees_what_was_done_in_all_tenants(visit: Visit, described: None) -> None:
    charlie = visit("charlie")
    charlie.goto("/t/harbor/do/app.create/")
    charlie.get_by_label("Name", exact=True).fill("lighthouse")
    charlie.get_by_label("Image").fill("registry.example.com/harbor/lighthouse:1.0")
    charlie.get_by_role("button", name="Save to draft").click()
    expect(charlie.get_by_role("heading", level=1, name="lighthouse")).to_be_visible()

    olga = visit("olga")
    olga.goto("/")
    olga.get_by_role("link", name="Audit", exact=True).click()

    expect(olga.get_by_role("heading", level=1, name="Audit")).to_be_visible()
    expect(rows(olga, "harbor", "charlie", "lighthouse").first).to_contain_text("Done")
    olga.get_by_label("Tenant").select_option("boutique")
    olga.get_by_label("App", exact=True).fill("adservice")
    olga.get_by_role("button", name="Find").click()
    expect(rows(olga, "boutique", "bob", "adservice").first).to_be_visible()
    expect(rows(olga, "harbor")).to_have_count(0)


def test_that_vera_sees_everything_and_is_offered_nothing_that_changes_it(visit: Visit) -> None:
    page = visit("vera")
    for path in ("/t/boutique/apps/", APP, f"{APP}configure/", f"{APP}releases/1/"):
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        main = page.get_by_role("main")
        expect(main.locator("a[href*='/do/']")).to_have_count(0)
        expect(main.locator("form[method=post]")).to_have_count(0)


def test_that_vera_is_told_why_a_form_is_not_for_her(visit: Visit) -> None:
    page = visit("vera")
    answer = page.goto(FORM)

    assert answer and answer.status == 403
    expect(page.get_by_role("heading", level=1)).to_have_text("You may not do that here")
    sentence = page.get_by_role("main").get_by_role("paragraph").first
    expect(sentence).to_contain_text("You need the right app.configure")


@pytest.mark.parametrize("path", ["/t/boutique/", "/t/boutique/apps/", APP, FORM, f"{APP}releases/1/"])
def test_that_for_charlie_the_tenant_of_others_is_not_there(visit: Visit, path: str) -> None:
    page = visit("charlie")
    answer = page.goto(path)

    assert answer and answer.status == 404
    expect(page.get_by_role("heading", level=1)).to_have_text("Not found")
    expect(page.get_by_text("boutique")).to_have_count(0)


def test_that_a_stranger_signs_in_first_and_comes_out_where_he_wanted(visit: Visit, stack: Stack) -> None:
    page = visit(None)
    page.goto(FORM)
    page.get_by_label("User name").fill("bob")
    page.get_by_label("Password").fill(stack.logins["bob"])
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("heading", level=1, name="Change image")).to_be_visible()


def test_that_a_wrong_password_is_answered_with_a_sentence(visit: Visit) -> None:
    page = visit(None)
    page.goto("/sign-in/")
    page.get_by_label("User name").fill("bob")
    page.get_by_label("Password").fill("not his password")
    page.get_by_role("button", name="Sign in").click()

    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("User name and password do not match.")
    expect(alert).to_be_focused()
    expect(page.get_by_label("User name")).to_have_value("bob")
