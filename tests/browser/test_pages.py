"""Every page, for every kind of person: for small screens, for the keyboard, for those who do not see it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit

APP = "/t/boutique/apps/recommendationservice/"
PAGES = {
    "bob": [
        "/",
        "/go/",
        "/tenants/",
        "/account/",
        "/t/boutique/",
        "/t/boutique/apps/",
        "/t/boutique/apps/?q=nothing-like-this",
        "/t/boutique/do/app.create/",
        APP,
        f"{APP}configure/",
        f"{APP}releases/",
        f"{APP}releases/1/",
        f"{APP}do/image.set/",
        f"{APP}do/env.set/",
        f"{APP}do/placement.targets/",
        f"{APP}do/release.start/",
        f"{APP}do/release.rollback/",
        f"{APP}do/app.lock/",
    ],
    "alice": [
        "/t/boutique/members/",
        "/t/boutique/roles/",
        "/t/boutique/do/role.define/",
        "/t/boutique/quota/",
        "/t/boutique/do/quota.request/",
        "/t/boutique/activity/",
        "/t/boutique/activity/1/",
        "/account/sessions/",
        f"{APP}activity/",
        f"{APP}access/",
        f"{APP}usage/",
        f"{APP}do/app.delete/",
    ],
    "olga": [
        "/",
        "/platform/quota/",
        "/platform/tenants/",
        "/platform/tenants/boutique/",
        "/t/boutique/do/tenant.suspend/",
        "/platform/people/",
        "/platform/accounts/",
        "/platform/do/account.disable/?user=bob",
        "/platform/rules/",
        "/platform/clusters/",
        "/platform/audit/",
    ],
    "ada": ["/", "/platform/audit/"],
    "vera": ["/", APP, f"{APP}configure/"],
}

# What a person who does not see the page would stumble over.
NAMELESS = """() => [...document.querySelectorAll("input, select, textarea, button, a, summary")]
  .filter((one) => one.type !== "hidden" && one.checkVisibility())
  .filter((one) => ![...(one.labels ?? []), one].some((at) => at.textContent.trim()))
  .filter((one) => !one.matches("[aria-label]") && !one.querySelector("[aria-label]"))
  .map((one) => one.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize("name", PAGES)
def test_that_every_page_fits_a_small_screen_and_names_its_parts(visit: Visit, name: str) -> None:
    page = visit(name, width=390)
    for path in PAGES[name]:
        answer = page.goto(path)

        assert answer and answer.status == 200, path
        too_wide = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert too_wide <= 0, f"{path} is {too_wide} px too wide"
        assert page.get_by_role("heading", level=1).count() == 1, path
        assert page.get_by_role("main").count() == 1, path
        assert page.locator("html").get_attribute("lang") == "en", path
        assert len(page.title()) > 3, path
        assert page.evaluate(NAMELESS) == [], path


def test_that_the_navigation_opens_on_a_small_screen(visit: Visit) -> None:
    page = visit("bob", width=390)
    page.goto(APP)
    link = page.locator("#side").get_by_role("link", name="Apps", exact=True)
    expect(link).to_be_hidden()

    page.get_by_role("button", name="Navigation").click()
    link.click()

    expect(page.get_by_role("heading", level=1, name="Apps")).to_be_visible()


def test_that_a_form_can_be_filled_in_with_the_keyboard_alone(visit: Visit) -> None:
    page = visit("bob")
    page.goto(f"{APP}configure/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()

    page.goto(f"{APP}do/image.set/")
    expect(page.get_by_label("Process")).to_be_focused()
    for label in ("Image", "Why"):
        page.keyboard.press("Tab")
        expect(page.get_by_label(label)).to_be_focused()
    for button in ("Save to draft", "Save and deploy"):
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name=button)).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Cancel")).to_be_focused()


def test_that_after_a_refused_form_the_focus_is_at_the_first_error(visit: Visit) -> None:
    page = visit("bob")
    page.goto(f"{APP}do/image.set/")
    image = page.get_by_label("Image")
    image.fill("Not An Image")
    image.press("Enter")

    expect(image).to_have_attribute("aria-invalid", "true")
    expect(image).to_be_focused()
    expect(image).to_have_value("Not An Image")
    described = page.locator(f"#{(image.get_attribute('aria-describedby') or '').split()[0]}")
    expect(described).to_contain_text(".")


def test_that_a_dialog_opened_by_keyboard_gives_the_focus_back(visit: Visit) -> None:
    page = visit("bob")
    page.goto(f"{APP}configure/")
    pencil = page.get_by_role("link", name="Change: web", exact=True)
    pencil.focus()
    page.keyboard.press("Enter")

    dialog = page.get_by_role("dialog", name="Change image")
    expect(dialog).to_be_visible()
    expect(dialog.locator(":focus")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(pencil).to_be_focused()


def test_that_an_account_is_seen_to_with_the_keyboard_alone(visit: Visit) -> None:
    page = visit("olga")
    page.goto("/platform/accounts/")
    row = page.get_by_role("row", name="Vera Vidal")
    more = row.locator("summary")
    more.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(row.get_by_role("link", name="End all sessions…")).to_be_focused()
    page.keyboard.press("Enter")

    dialog = page.get_by_role("dialog", name="End all sessions")
    expect(dialog.get_by_label("User name")).to_have_value("vera")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_that_any_operation_is_found_by_typing(visit: Visit) -> None:
    page = visit("bob")
    page.goto("/")
    page.keyboard.press("Control+K")
    page.keyboard.type("scale recommendationservice web 4")
    hit = page.get_by_role("dialog").get_by_text("recommendationservice Scale web 4")
    expect(hit).to_be_visible()
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1, name="Scale")).to_be_visible()
    expect(page.get_by_label("Instances")).to_have_value("4")
