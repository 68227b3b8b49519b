"""Tables whose rows end in actions: those stay in sight, however long what a row is of."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Visit, sign_in
from tests.browser.stack import Stack

EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0"
)
PEOPLE = {
    "maximiliane.hohenfels": "Maximiliane Theodora Annabella von Hohenfels-Brandenstein zu Lichtenberg und Rosenau",
    "bartholomew": "Bartholomew Montgomery-Featherstonehaugh-Cholmondeley-Wolstenholme",
    "o" * 60: "",
}
APP = "recommendationservice"
PAGES = {
    "alice": [
        ("/account/sessions/", "End"),
        ("/account/", "Revoke"),
        ("/t/boutique/members/", "Remove"),
        ("/t/boutique/tokens/", "Revoke"),
        (f"/t/boutique/apps/{APP}/access/", "Take"),
    ],
    "olga": [("/platform/accounts/", "More"), ("/platform/people/", "Take away")],
}

# The right edge of what can be pressed in a table, less that of the card around it.
BEYOND = """() => [...document.querySelectorAll(".card .table :is(button, a, summary)")]
  .filter((one) => one.checkVisibility())
  .map((one) => [one, one.closest(".card").getBoundingClientRect().right])
  .map(([one, edge]) => [one.textContent.trim(), Math.ceil(one.getBoundingClientRect().right - edge)])
  .filter(([, beyond]) => beyond > 0)"""
# Heads of columns that are higher than one line and its padding.
BROKEN_HEADS = """() => [...document.querySelectorAll(".table thead th")]
  .filter((one) => one.clientHeight > 45)
  .map((one) => one.textContent.trim())"""

# Heads of the matrix of roles with a word that goes on in the next line.
BROKEN_WORDS = """() => [...document.querySelectorAll(".matrix thead th")].flatMap((head) => {
  const text = head.firstChild
  const range = document.createRange()
  return [...text.data.matchAll(/\\S+/g)].filter((word) => {
    range.setStart(text, word.index)
    range.setEnd(text, word.index + word[0].length)
    return range.getClientRects().length > 1
  }).map((word) => word[0])
})"""


@pytest.fixture(scope="module", autouse=True)
def long_words(stack: Stack, chromium: Browser) -> Iterator[None]:
    """People with long names, a token of three rights, and sessions of a browser that says much of itself."""
    as_alice = ("--tenant", "boutique", "--user", "alice")
    for number, (user, name) in enumerate(PEOPLE.items()):
        stack.manage("account", "add", user, "--mail", f"long-{number}@example.com", "--name", name)
        stack.manage("operate", "member.add", *as_alice, f"user={user}", "role=developer")
        stack.manage("operate", "access.grant", *as_alice, "--app", APP, f"user={user}", "role=operator")
    rights = "app.view,app.configure,app.deploy"
    stack.manage("token", *as_alice, "--name", "nightly deployments of the shop", "--permissions", rights)
    context = chromium.new_context(base_url=stack.url, user_agent=EDGE)
    sign_in(context.new_page(), "alice", stack.logins["alice"])
    yield
    context.close()


@pytest.mark.parametrize("width", [1280, 1440])
@pytest.mark.parametrize("name", PAGES)
def test_that_no_action_of_a_table_is_beyond_its_card(visit: Visit, name: str, width: int) -> None:
    page = visit(name, width=width)
    for path, action in PAGES[name]:
        page.goto(path)

        expect(page.get_by_role("table").get_by_text(action).first).to_be_visible()
        assert page.evaluate(BEYOND) == [], path
        assert page.evaluate(BROKEN_HEADS) == [], path


def test_that_the_names_of_roles_are_broken_between_words_alone(visit: Visit) -> None:
    page = visit("alice")
    page.goto("/t/boutique/roles/")

    expect(page.get_by_role("columnheader", name="Operator").first).to_be_visible()
    assert page.evaluate(BROKEN_WORDS) == []
