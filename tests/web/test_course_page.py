"""What a release would do, step by step, beside the forms that are about it."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests import cast
from tests.operations.stage import Shop, open_shop

APP = "/t/boutique/apps/shop/"
STEPS = {"steps__list": "", "steps[0]kind": "batch", "steps[0]name": "first", "steps[0]replicas": "1"}
PAUSE = {"steps[1]kind": "pause", "steps[1]name": "look"}


@pytest.fixture(name="shop")
def _shop(db: None) -> Shop:
    return open_shop()


@pytest.fixture
def bob(shop: Shop) -> Client:
    return cast.signed_in(shop.people.bob)


def told(page: str) -> list[str]:
    """The steps as they stand there, each with what it waits for and its numbers."""
    rows = re.findall(r'<li(?: class="still")?>\s*<div class="what">(.*?)</ul>', page, flags=re.DOTALL)
    return [" ".join(re.sub(r"<[^>]*>", " ", row).split()) for row in rows]


def test_the_editor_of_a_strategy_shows_what_its_steps_come_to(bob: Client) -> None:
    page = bob.post(f"{APP}do/release.strategy/preview/", {"kind": "canary", **STEPS, **PAUSE}).text
    rows = told(page)
    assert rows[0].startswith("As it is north 1 old"), rows
    assert any(row.startswith("1 new first north 1 new") for row in rows), rows
    assert any("waits for people, until somebody lets it go on" in row for row in rows), rows


def test_a_form_to_deploy_shows_it_at_once(bob: Client) -> None:
    page = bob.get(f"{APP}do/release.start/").text
    assert "Step by step" in page and any(row.startswith("Wait for ready") for row in told(page))


def test_what_cannot_be_a_strategy_shows_no_steps(bob: Client) -> None:
    page = bob.post(f"{APP}do/release.strategy/preview/", {"kind": "canary", "steps__list": ""}).text
    assert "A canary needs at least one step" in page and told(page) == []
