"""An open page: what arrives, and in what order. Over the real channel layer and the real database."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest
import redis
from channels.db import database_sync_to_async
from django.conf import settings

from portal.live import standing
from portal.live.groups import WATCHED_KEY
from portal.live.hub import hub
from portal.live.models import TopicVersion
from tests.web.live_pages import MAY, Open, hint, news, write

pytest_plugins = ["tests.web.live_fixtures"]
pytestmark = pytest.mark.django_db(
    transaction=True, available_apps=["portal.live", "tenants", "django.contrib.sessions"]
)


async def test_a_page_shows_a_change_right_after_the_commit(opened: Open) -> None:
    MAY.add(("bob", "1"))
    await write("1", "before")
    page = await opened("bob")
    await page.watch("test_sheet:1")
    first = await page.hears(news)
    assert first == {"topic": "test_sheet:1", "version": 1, "full": True, "fragments": {"sheet": "<p>before</p>"}}
    await page.hears(hint)
    took = []
    for version in (2, 3, 4):
        started = time.monotonic()
        await write("1", f"after {version}")
        second = await page.hears(news)
        took.append(time.monotonic() - started)
        assert (second["version"], second["fragments"]) == (version, {"sheet": f"<p>after {version}</p>"})
    assert min(took) < 2


async def test_a_page_that_is_up_to_date_is_sent_nothing_but_the_versions(opened: Open) -> None:
    MAY.add(("bob", "1"))
    await write("1", "x")
    page = await opened("bob")
    await page.watch("test_sheet:1", **{"1": 1})
    assert await page.hears(lambda message: True) == {"versions": {"test_sheet:1": 1}}
    assert await page.hears_nothing(seconds=0.3)


async def test_a_page_that_is_behind_is_sent_what_it_missed(opened: Open) -> None:
    MAY.add(("bob", "1"))
    await write("1", "x")
    await write("1", "y")
    page = await opened("bob")
    await page.watch("test_sheet:1", **{"1": 1})
    assert (await page.hears(news))["fragments"] == {"sheet": "<p>y</p>"}


async def test_a_page_with_a_version_that_never_was_is_set_right(opened: Open) -> None:
    MAY.add(("bob", "1"))
    await write("1", "x")
    page = await opened("bob")
    await page.watch("test_sheet:1", **{"1": 99})
    assert (await page.hears(news))["version"] == 1


async def test_many_changes_at_once_are_sent_as_few_and_end_with_the_newest(opened: Open) -> None:
    MAY.add(("bob", "1"))
    page = await opened("bob")
    await page.watch("test_sheet:1")
    await page.hears(hint)
    for number in range(30):
        await write("1", str(number))
    seen = [0]
    while seen[-1] < 30:
        seen.append((await page.hears(news))["version"])
    assert seen == sorted(set(seen)), "an older version arrived after a newer one"
    assert len(seen) < 20
    assert await page.hears_nothing(seconds=0.3)


async def test_an_older_message_is_dropped(opened: Open) -> None:
    MAY.add(("bob", "1"))
    await write("1", "x")
    page = await opened("bob")
    await page.watch("test_sheet:1")
    await page.hears(hint)
    (socket,) = hub().sockets
    socket.offer("test_sheet:1", version=1, text=json.dumps({"full": "old"}))
    assert await page.hears_nothing(seconds=0.3)


async def test_a_lost_message_is_noticed_by_the_versions(opened: Open, settings: Any) -> None:
    settings.LIVE_VERSIONS_SECONDS = 0.3
    MAY.add(("bob", "1"))
    page = await opened("bob")
    await page.watch("test_sheet:1")
    await page.hears(hint)
    # Written by something that could not publish.
    await database_sync_to_async(TopicVersion.objects.create)(topic="test_sheet:1", version=7)
    assert await page.hears(lambda message: message == {"versions": {"test_sheet:1": 7}})


async def test_a_thousand_topics_and_sockets_cost_one_query_a_round(
    opened: Open, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LIVE_VERSIONS_SECONDS = 0.3
    pages = []
    for number in range(6):
        MAY.add(("bob", str(number)))
        pages.append(await opened("bob"))
        await pages[-1].watch(f"test_sheet:{number}")
        await pages[-1].hears(hint)
    asked: list[int] = []
    present = standing.present

    def counting(topics: list[str], users: list[str]) -> Any:
        asked.append(len(topics))
        return present(topics, users)

    monkeypatch.setattr(standing, "present", counting)
    heard = 0
    while len(asked) < 2:  # what was said before we counted is still to be read
        for page in pages:
            await page.hears(hint)
        heard += 1
    assert len(asked) <= heard + 1
    assert set(asked) == {6}


async def test_a_topic_that_was_given_back_is_quiet(opened: Open) -> None:
    MAY.add(("bob", "1"))
    page = await opened("bob")
    await page.watch("test_sheet:1")
    await page.hears(hint)
    await page.say({"unsubscribe": ["test_sheet:1"]})
    await asyncio.sleep(0.2)
    await write("1", "x")
    assert await page.hears_nothing(seconds=0.4)


async def test_the_hub_rests_when_the_last_page_is_gone(opened: Open) -> None:
    MAY.add(("bob", "1"))
    page = await opened("bob")
    await page.watch("test_sheet:1")
    await page.hears(hint)
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        assert client.zscore(WATCHED_KEY, "test_sheet:1")
    resting = hub()
    await page.leave()
    assert not resting.sockets
    assert resting._rounds is None
