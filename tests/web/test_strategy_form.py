"""The form of a strategy: steps count where the strategy that is chosen takes some, and are told of at their rows."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from apps_mgmt.drafts import spec_of
from tests import cast
from tests.operations.stage import Shop, open_shop
from tests.web.filled import values

FORM = "/t/boutique/apps/shop/do/release.strategy/"
TRAFFIC = {"kind": "traffic", "name": "half", "traffic": 50}
BATCH = {"kind": "batch", "name": "first", "replicas": "1"}
PAUSE = {"kind": "pause", "name": "look", "seconds": -1}
APPLY = {"kind": "apply", "name": "write"}


@pytest.fixture(name="shop")
def _shop(db: None) -> Shop:
    return open_shop()


@pytest.fixture
def bob(shop: Shop) -> Client:
    return cast.signed_in(shop.people.bob)


def form(kind: str, *steps: dict[str, Any], **more: str) -> dict[str, Any]:
    """What a browser sends: the rows, hidden or not."""
    rows = {f"steps[{number}]{name}": one for number, row in enumerate(steps) for name, one in row.items()}
    return {"saved": "", "kind": kind, "batch": "25%", "keep": "60", "steps__list": "1", **rows, **more}


def strategy_of(shop: Shop) -> tuple[str, list[str]]:
    found = spec_of(shop.again()).release.strategy
    return found.kind, [step.name for step in found.steps]


def wrong(page: Any) -> list[str]:
    """The controls of rows that something is said at."""
    tags = re.findall(r'<select\b[^>]*\sname="(steps\[\d+\]kind)"([^>]*)>', page.text)
    return [name for name, rest in tags if 'aria-invalid="true"' in rest]


@pytest.mark.parametrize("steps", [(TRAFFIC, PAUSE), (BATCH, PAUSE)], ids=["traffic", "batch"])
@pytest.mark.parametrize("kind", ["blue-green", "batches"])
def test_rows_that_are_hidden_beside_the_choice_do_not_count(
    shop: Shop, bob: Client, kind: str, steps: tuple[dict[str, Any], ...]
) -> None:
    shop.do("release.strategy", kind="canary", steps=list(steps))
    shown = bob.post(f"{FORM}preview/", form(kind, *steps)).text
    assert "Step by step" in shown and "does nothing" not in shown
    assert bob.post(FORM, form(kind, *steps)).status_code == 303
    assert strategy_of(shop) == (kind, [])
    shop.do("release.start")


def test_what_stands_in_a_hidden_field_refuses_nothing(shop: Shop, bob: Client) -> None:
    assert bob.post(FORM, form("canary", BATCH, keep="a while")).status_code == 303
    assert strategy_of(shop) == ("canary", ["first"])
    assert bob.post(FORM, form("blue-green", keep="a while")).status_code == 422


def test_rows_stay_as_typed_while_another_strategy_is_looked_at(shop: Shop, bob: Client) -> None:
    page = bob.post(FORM, form("blue-green", TRAFFIC, PAUSE, _preview="1"))
    assert values(page, "steps[1]name") == ["look"] and "does nothing" not in page.text


@pytest.mark.parametrize("kind", ["rolling", "recreate"])
def test_steps_that_do_nothing_in_the_chosen_strategy_are_told_of_at_their_rows(
    shop: Shop, bob: Client, kind: str
) -> None:
    shop.do("release.strategy", kind="canary", steps=[TRAFFIC, PAUSE, BATCH])
    page = bob.post(FORM, form(kind, TRAFFIC, PAUSE, BATCH))
    assert page.status_code == 422 and wrong(page) == ["steps[0]kind", "steps[2]kind"]
    for name in ("half", "first"):
        assert f"The step {name} does nothing in the strategy {kind}. Take it out, or choose canary." in page.text

    less = bob.post(FORM, form(kind, TRAFFIC, PAUSE, BATCH, _remove="steps[0]"))
    assert less.status_code == 200 and values(less, "steps[0]name") == ["look"]
    assert values(less, "steps[1]name") == ["first"] and values(less, "steps[2]name") == []
    page = bob.post(FORM, form(kind, PAUSE))
    assert page.status_code == 422 and "take all steps out" in page.text and "data-rows" in page.text
    assert bob.post(FORM, form(kind, PAUSE, APPLY)).status_code == 303
    assert strategy_of(shop) == (kind, ["look", "write"])


def test_the_last_row_can_be_taken_out_and_odd_ones_are_no_error_of_ours(shop: Shop, bob: Client) -> None:
    page = bob.post(FORM, form("rolling", PAUSE, _remove="steps[0]"))
    assert page.status_code == 200 and values(page, "steps[0]name") == [""]
    for odd in ("", "steps", "steps[7]", "nothing[0]", "steps[x]", f"steps[{'9' * 5000}]", "kind"):
        page = bob.post(FORM, form("rolling", PAUSE, _remove=odd))
        assert page.status_code == 200 and values(page, "steps[0]name") == ["look"], odd
    assert strategy_of(shop) == ("rolling", [])


def test_whoever_names_another_strategy_alone_is_not_held_to_the_steps_of_the_last(shop: Shop) -> None:
    shop.do("release.strategy", kind="canary", steps=[TRAFFIC, PAUSE])
    shop.do("release.strategy", kind="blue-green")
    assert strategy_of(shop) == ("blue-green", [])
