"""Quota from end to end: asked for, decided, there at once."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Visit


def test_that_alice_asks_for_more_and_olga_grants_a_part_of_it(visit: Visit) -> None:
    alice = visit("alice")
    alice.goto("/")
    alice.get_by_role("link", name="Quota", exact=True).click()
    alice.get_by_role("listitem").filter(has_text="Services").get_by_role("link").click()
    alice.get_by_label("New limit").fill("many")
    alice.get_by_label("Reason").fill("A data base for each of the new apps")
    expect(alice.get_by_role("region", name="Preview")).to_contain_text("a whole number, for example 20")
    alice.get_by_label("New limit").fill("60")
    expect(alice.get_by_role("region", name="Preview")).to_contain_text("waits for a platform operator")
    alice.get_by_role("button", name="Save").click()
    expect(alice.get_by_role("row", name="Services")).to_contain_text("Waiting")

    olga = visit("olga")
    olga.goto("/")
    olga.get_by_role("link", name="1 quota request waits for a decision").click()
    expect(olga.get_by_role("heading", level=1, name="Quota requests")).to_be_visible()
    asked = olga.get_by_role("region", name="Online Boutique: Services")
    expect(asked).to_contain_text("A data base for each of the new apps")
    asked.get_by_role("link", name="Grant").click()
    olga.get_by_label("Another value").fill("30")
    olga.get_by_label("Comment").fill("Thirty for now")
    expect(olga.get_by_role("region", name="Preview")).to_contain_text("granted: 30")
    olga.get_by_role("button", name="Save").click()
    expect(asked).to_have_count(0)

    alice.reload()
    row = alice.get_by_role("row", name="Services")
    expect(row).to_contain_text("Granted")
    expect(row).to_contain_text("Thirty for now")
    expect(alice.get_by_role("main")).to_contain_text("0 of 30")


def test_that_a_reason_without_a_space_stays_on_the_page(visit: Visit) -> None:
    alice = visit("alice", width=1440)
    alice.goto("/t/boutique/do/quota.request/?dimension=routes")
    alice.get_by_label("New limit").fill("70")
    alice.get_by_label("Reason").fill("W" * 300)
    alice.get_by_role("button", name="Save").click()
    expect(alice.get_by_role("row", name="Routes")).to_contain_text("Waiting")

    too_wide = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    olga = visit("olga", width=1440)
    for page, path in ((alice, "/t/boutique/quota/"), (olga, "/platform/quota/")):
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(path)
            expect(page.get_by_role("main")).to_contain_text("W" * 300)
            assert page.evaluate(too_wide) == 0, (path, width)
    alice.get_by_role("row", name="Routes").get_by_role("link", name="Withdraw").click()
    alice.get_by_role("button", name="Save").click()
    expect(alice.get_by_role("row", name="Routes")).to_contain_text("Withdrawn")
