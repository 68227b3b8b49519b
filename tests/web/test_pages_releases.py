"""The lists of all releases: what runs and waits first, then what has ended, filtered, and each release once."""

from __future__ import annotations

import copy
import re
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from portal import live
from portal.live.models import TopicVersion
from releases.models import Release
from tests import cast
from tests.operations.stage import Shop, open_shop
from tests.releases.stage import Stage

TENANT = "/t/boutique/releases/"
PLATFORM = "/platform/releases/"


@pytest.fixture(name="shop")
def _shop(db: None) -> Shop:
    return open_shop()


@pytest.fixture
def bob(shop: Shop) -> Client:
    return cast.signed_in(shop.people.bob)


def ended(shop: Shop, count: int, *, at_once: bool = False) -> list[int]:
    """Releases that have ended, one after another or all at the same moment, besides one that is under way."""
    shop.do("release.start", note="for the sale")
    first = Release.objects.get(app=shop.app, number=1)
    now, rows = timezone.now(), []
    for number in range(2, count + 2):
        row = copy.copy(first)
        row.pk, row.number, row.state, row.note = uuid.uuid4(), number, "failed", ""
        row.actor_name = "alice" if number == 2 else "bob"
        row.ended_at = now if at_once else now + timedelta(seconds=number)
        rows.append(row)
    Release.objects.bulk_create(rows)
    return [row.number for row in reversed(rows)]


def shown(client: Client, path: str) -> list[int]:
    """The numbers of the releases of a page, in order."""
    return [int(one) for one in re.findall(r'href="/t/boutique/apps/shop/releases/(\d+)/"', client.get(path).text)]


def older(client: Client, path: str) -> str:
    found = re.search(r'rel="next"\s+href="(\?[^"]*)"', client.get(path).text)
    return found[1].replace("&amp;", "&") if found else ""


@pytest.mark.parametrize("at_once", [False, True], ids=["one after another", "at the same moment"])
def test_every_release_is_reached_by_paging_and_none_twice(shop: Shop, bob: Client, at_once: bool) -> None:
    numbers = ended(shop, 120, at_once=at_once)
    seen, query = [], "?"
    while query:
        seen += shown(bob, TENANT + query)
        query = older(bob, TENANT + query)
    assert seen[0] == 1
    assert sorted(seen[1:]) == sorted(numbers)
    assert at_once or seen[1:] == numbers


@pytest.mark.parametrize(
    ("query", "numbers"),
    [("state=running", [1]), ("state=failed", [3, 2]), ("who=alice", [2]), ("app=sho", [1, 3, 2]), ("app=other", [])],
)
def test_releases_are_found_by_state_app_and_who(shop: Shop, bob: Client, query: str, numbers: list[int]) -> None:
    ended(shop, 2)
    assert shown(bob, f"{TENANT}?{query}") == numbers


@pytest.mark.parametrize("query", ["after=nonsense", "after=2026-01-01_x", "state=odd", "app=&after=_"])
def test_odd_parameters_show_the_newest(shop: Shop, bob: Client, query: str) -> None:
    ended(shop, 2)
    assert shown(bob, f"{TENANT}?{query}") == [1, 3, 2]


def test_who_operates_the_platform_sees_all_and_is_led_into_no_tenant(shop: Shop) -> None:
    ended(shop, 2)
    text = cast.signed_in(shop.people.olga).get(PLATFORM).text
    assert text.count("boutique / shop") == 3
    assert "/t/boutique/" not in text
    assert f"tenant:{shop.people.boutique.pk}" in text


def test_who_operates_the_platform_may_follow_a_tenant_and_a_stranger_may_not(shop: Shop) -> None:
    topic = f"tenant:{shop.people.boutique.pk}"
    assert live.may_watch(cast.actor(shop.people.olga), topic)
    assert not live.may_watch(cast.actor(shop.people.charlie), topic)


def test_the_list_hears_of_a_release_that_is_paused(db: None) -> None:
    stage = Stage()
    stage.on_app("release.start")
    stage.on_app("release.start", wait=True)
    topic = f"tenant:{stage.app.tenant_id}"
    before = TopicVersion.objects.get(topic=topic).version
    stage.on_release("release.pause", 1)
    assert TopicVersion.objects.get(topic=topic).version > before


def test_the_api_gives_the_same_page_after_page(shop: Shop) -> None:
    numbers = ended(shop, 120)
    client = Client(headers=cast.token_header(shop.people.bob, tenant=shop.people.boutique))
    first = client.get("/api/v1/tenants/boutique/releases/")
    mark = re.search(r"<(\?after=[^>]+)>", first.headers["Link"])
    assert mark is not None
    second = client.get(f"/api/v1/tenants/boutique/releases/{mark[1]}")
    assert [row["number"] for row in (*first.json(), *second.json())] == [1, *numbers]
    assert (first.json()[0]["app"], first.json()[0]["tenant"]) == ("shop", "boutique")
    assert "Link" not in second.headers


@pytest.mark.parametrize(("name", "value"), [("state", "odd"), ("after", "nonsense")])
def test_the_api_names_what_it_does_not_know(shop: Shop, name: str, value: str) -> None:
    client = Client(headers=cast.token_header(shop.people.bob, tenant=shop.people.boutique))
    answer = client.get(f"/api/v1/tenants/boutique/releases/?{name}={value}")
    assert answer.status_code == 400
    assert name in answer.json()["fields"]
