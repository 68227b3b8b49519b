"""Pages of an app that are open while others change it, release it and take it away."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.outside import Api
from tests.browser.stack import Stack

APP = "/t/boutique/apps/fleeting/"
IMAGE = "registry.example.com/fleeting"


def opened(visit: Visit, path: str) -> Page:
    page = visit("bob")
    page.goto(APP + path)
    expect(page.locator("[data-live-state]").first).to_have_attribute("data-state", "live")
    return page


def test_that_open_pages_of_an_app_follow_it_to_its_end(visit: Visit, api: Api, stack: Stack) -> None:
    data = {"name": "fleeting", "image": f"{IMAGE}:1.0", "port": 8080, "replicas": 1}
    assert api.post("/tenants/boutique/operations/app.create", data).status == 200
    settings, history = opened(visit, "configure/"), opened(visit, "releases/")

    assert api.operate("fleeting", "image.set", process="web", image=f"{IMAGE}:2.0").status == 200
    expect(settings.locator(".line").filter(has_text=f"{IMAGE}:2.0").first).to_be_visible()

    assert api.operate("fleeting", "release.start").status == 200
    expect(history.get_by_role("row").filter(has_text="bob")).to_have_count(1)
    overview, release = opened(visit, ""), opened(visit, "releases/1/")

    stack.manage(
        *("operate", "app.delete", "--tenant", "boutique", "--app", "fleeting", "--user", "alice"), "confirm=fleeting"
    )
    for page in (settings, history, overview, release):
        expect(page.get_by_text("This app was deleted by alice.")).to_be_visible()
    for page in (settings, history, overview):
        expect(page.locator("[data-refresh-on^='app:']")).to_have_count(0)
