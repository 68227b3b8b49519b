"""Who may watch, and how soon a lost right or an ended session acts on an open page."""

from __future__ import annotations

import time
from importlib import import_module
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction

from portal import live
from tests.web.live_pages import MAY, Open, Page, closing, hint, news, rights, sign_in, user_id, write

pytest_plugins = ["tests.web.live_fixtures"]
pytestmark = pytest.mark.django_db(
    transaction=True, available_apps=["portal.live", "tenants", "django.contrib.sessions"]
)


async def test_nobody_watches_without_signing_in() -> None:
    page = Page()
    assert not await page.open()
    stranger = Page("0123456789abcdef0123456789abcdef")
    assert not await stranger.open()


async def test_a_page_of_another_site_is_refused() -> None:
    page = Page(await sign_in("bob"), origin="https://evil.example")
    assert not await page.open()


async def test_topics_of_others_and_topics_that_are_not_there_are_refused_alike(opened: Open) -> None:
    MAY.add(("alice", "1"))
    await write("1", "secret of alice")
    page = await opened("bob")
    await page.watch("test_sheet:1", "test_sheet:2", "rights:1", "unknown_kind:1")
    answers = [await page.hears(closing) for _ in range(4)]
    assert {answer["reason"] for answer in answers} == {"refused"}
    await write("1", "more")
    assert await page.hears_nothing(seconds=0.4)


async def test_a_page_that_stays_open_is_told_that_rights_changed_within_a_second(opened: Open) -> None:
    """What it offers to do depends on them. The best of three, as for a right that is lost."""
    MAY.add(("bob", "1"))
    page, other = await opened("bob"), await opened("alice")
    await page.watch("test_sheet:1")
    await page.hears(hint)
    bob, took = await user_id("bob"), []

    @database_sync_to_async
    def change() -> None:
        with transaction.atomic():
            live.rights_changed(bob)

    for _time in range(3):
        started = time.monotonic()
        await change()
        assert await page.hears(rights) == {"rights": "changed"}
        took.append(time.monotonic() - started)
    assert min(took) < 1
    await write("1", "still for bob")
    assert (await page.hears(news))["topic"] == "test_sheet:1"
    assert await other.hears_nothing(seconds=0.4)


async def test_a_lost_right_closes_the_topic_within_a_second(opened: Open) -> None:
    """The best of three, as a busy machine may be late once; without being told it takes the check every 5 s."""
    MAY.update({("bob", key) for key in "1234"})
    page = await opened("bob")
    await page.watch("test_sheet:1", "test_sheet:2", "test_sheet:3", "test_sheet:4")
    await page.hears(hint)
    bob, took = await user_id("bob"), []

    @database_sync_to_async
    def take_right(key: str) -> None:
        with transaction.atomic():
            MAY.discard(("bob", key))
            live.rights_changed(bob)

    for key in "134":
        started = time.monotonic()
        await take_right(key)
        assert await page.hears(closing) == {"closed": f"test_sheet:{key}", "reason": "lost"}
        took.append(time.monotonic() - started)
    assert min(took) < 1
    await write("1", "not for bob")
    await write("2", "for bob")
    assert (await page.hears(news))["topic"] == "test_sheet:2"


async def test_a_lost_right_that_nobody_announced_is_found_by_the_rounds(opened: Open, settings: Any) -> None:
    settings.LIVE_VERSIONS_SECONDS = 0.3
    MAY.add(("bob", "1"))
    page = await opened("bob")
    await page.watch("test_sheet:1")
    await page.hears(hint)
    MAY.clear()
    assert (await page.hears(closing))["reason"] == "lost"


async def test_signing_out_closes_the_sockets_of_that_session_only(opened: Open) -> None:
    leaving = await sign_in("bob")
    here, there = await opened("bob", leaving), await opened("bob")

    @database_sync_to_async
    def sign_out() -> None:
        import_module(settings.SESSION_ENGINE).SessionStore(leaving).delete()
        live.session_ended(session_key=leaving)

    await sign_out()
    assert await here.closes() == 4401
    assert await there.hears_nothing(seconds=0.3)


async def test_an_account_that_is_switched_off_loses_its_sockets(opened: Open) -> None:
    page = await opened("bob")
    bob = await user_id("bob")

    @database_sync_to_async
    def switch_off() -> None:
        with transaction.atomic():
            get_user_model()._default_manager.filter(pk=bob).update(is_active=False)
            live.rights_changed(bob)

    await switch_off()
    assert await page.closes() == 4401


async def test_ending_all_sessions_of_a_user_closes_all_sockets(opened: Open) -> None:
    pages = [await opened("bob"), await opened("bob")]
    other = await opened("alice")
    await database_sync_to_async(live.session_ended)(user_id=await user_id("bob"))
    assert [await page.closes() for page in pages] == [4401, 4401]
    assert await other.hears_nothing(seconds=0.2)


async def test_a_session_that_just_runs_out_is_found_by_the_rounds(opened: Open, settings: Any) -> None:
    settings.LIVE_VERSIONS_SECONDS = 0.3
    cookie = await sign_in("bob")
    page = await opened("bob", cookie)
    await database_sync_to_async(import_module(settings.SESSION_ENGINE).SessionStore(cookie).delete)()
    assert await page.closes() == 4401
