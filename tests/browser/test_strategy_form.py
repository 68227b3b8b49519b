"""The form of a strategy, whose steps are shown where the strategy takes some, with JavaScript and without."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.outside import Api

APP = "shippingservice"
FORM = f"/t/boutique/apps/{APP}/do/release.strategy/"
STEPS = [{"kind": "traffic", "name": "half", "traffic": 50}, {"kind": "pause", "name": "look", "seconds": -1}]


def strategy(api: Api) -> tuple[str, list[str]]:
    """The kind and the names of the steps; a spec leaves out what is as usual."""
    found = api.app(APP)["spec"].get("release", {}).get("strategy", {})
    return found.get("kind", "rolling"), [step["name"] for step in found.get("steps", ())]


def chosen(page: Page, kind: str) -> None:
    page.goto(FORM)
    page.get_by_label("Strategy", exact=True).select_option(kind)


def test_a_canary_becomes_blue_green_and_rolling_with_its_rows_taken_out(visit: Visit, api: Api) -> None:
    api.deployed_first(APP)
    assert api.operate(APP, "release.strategy", kind="canary", steps=STEPS).status == 200
    page = visit("bob")
    chosen(page, "blue-green")
    row = page.get_by_role("group", name="Row", include_hidden=True)
    expect(row.first).to_be_hidden()
    expect(page.get_by_label("Preview", exact=True)).to_contain_text("Start a second full set")
    page.get_by_label("Strategy", exact=True).select_option("canary")
    expect(row.first).to_be_visible()
    page.get_by_label("Strategy", exact=True).select_option("blue-green")
    page.get_by_role("button", name="Save to draft").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Shipping")
    assert strategy(api) == ("blue-green", [])

    assert api.operate(APP, "release.strategy", kind="canary", steps=STEPS).status == 200
    chosen(page, "rolling")
    page.get_by_role("button", name="Save to draft").click()
    expect(row.first).to_contain_text("The step half does nothing in the strategy rolling.")
    page.get_by_role("button", name="Remove this row").first.click()
    page.get_by_role("button", name="Remove this row").click()
    expect(row).to_have_count(0)
    page.get_by_role("button", name="Save to draft").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Shipping")
    assert strategy(api) == ("rolling", [])


def test_the_same_without_javascript(visit: Visit, api: Api) -> None:
    api.deployed_first(APP)
    assert api.operate(APP, "release.strategy", kind="canary", steps=STEPS).status == 200
    page = visit("bob", javascript=False)
    chosen(page, "recreate")
    page.get_by_role("button", name="Save to draft").click()
    row = page.get_by_role("group", name="Row")
    expect(row.first).to_contain_text("The step half does nothing in the strategy recreate.")
    page.get_by_role("button", name="Remove this row").first.click()
    expect(row).to_have_count(1)
    expect(row.first.get_by_label("Name", exact=True)).to_have_value("look")
    page.get_by_role("button", name="Remove this row").click()
    page.get_by_role("button", name="Save to draft").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Shipping")
    assert strategy(api) == ("recreate", [])
