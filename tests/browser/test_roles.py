"""A role from end to end: made in the matrix, given, widened on one app; and what its holder can do then."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.stack import Stack

APP, OTHER = "/t/boutique/apps/emailservice/", "/t/boutique/apps/paymentservice/"
PASSWORD = "Seven-ducks-on-the-pond"


@pytest.fixture
def dora(visit: Visit, stack: Stack) -> Page:
    """Somebody who has an account and nothing else, after her first sign-in."""
    first = stack.manage("account", "add", "dora", "--mail", "dora@example.com", "--name", "Dora Dahl").splitlines()[-1]
    page = visit(None)
    page.goto("/")
    page.get_by_label("User name").fill("dora")
    page.get_by_label("Password").fill(first)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_label("The same again").fill(PASSWORD)
    page.get_by_role("button", name="Change the password").click()
    page.goto("/")
    expect(page.get_by_role("heading", name="No tenant yet")).to_be_visible()
    return page


def offered(page: Page, path: str) -> list[str]:
    """The buttons on the page of an app that do something to it."""
    page.goto(path)
    actions = page.locator("[id$=-actions]").first
    expect(actions).to_be_visible()
    return [one.strip() for one in actions.get_by_role("link").all_inner_texts()]


def test_that_alice_makes_a_role_and_gives_it_and_its_holder_can_do_just_that(visit: Visit, dora: Page) -> None:
    alice = visit("alice")
    alice.goto("/")
    alice.get_by_role("link", name="Roles", exact=True).click()
    alice.get_by_role("link", name="Define a role").click()
    alice.get_by_label("Name", exact=True).fill("releaser")
    alice.get_by_label("Title").fill("Releaser")
    for right in ("See apps, their settings", "Deploy, abort and roll back", "See the tenant, its quota"):
        alice.get_by_label(right).check()
    alice.get_by_role("button", name="Save").click()
    expect(alice.get_by_role("columnheader", name="Releaser")).to_be_visible()

    alice.get_by_role("link", name="Members", exact=True).click()
    alice.get_by_role("link", name="Add a member").click()
    alice.get_by_label("User name").fill("dora")
    alice.get_by_role("button", name="Save").click()
    alice.get_by_label("Role of dora").select_option(label="Releaser")
    alice.get_by_role("row", name="Dora Dahl").get_by_role("button", name="Change").click()
    expect(alice.get_by_role("main")).to_contain_text("Gave dora the role releaser")

    dora.goto("/")
    dora.get_by_role("link", name="Roles", exact=True).click()
    expect(dora.get_by_role("columnheader", name="Releaser")).to_contain_text("your role")
    assert "Deploy" in offered(dora, APP) and "Scale" not in offered(dora, APP)

    alice.goto(APP)
    alice.get_by_role("link", name="Access", exact=True).click()
    alice.get_by_role("link", name="Give access").click()
    alice.get_by_label("Member").select_option("dora")
    alice.get_by_label("Role on this app").select_option("operator")
    alice.get_by_role("button", name="Save").click()
    expect(alice.get_by_role("row", name="Dora Dahl")).to_contain_text("Operator")

    assert {"Deploy", "Scale"} <= set(offered(dora, APP)), "on the app she was given more"
    assert "Scale" not in offered(dora, OTHER), "on no other"
