"""What ends a session closes its open sockets, and no others."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from allauth.usersessions.models import UserSession
from channels.db import database_sync_to_async
from django.conf import settings
from django.test import Client

from portal.access import Actor, Ref
from portal.access.ref import PLATFORM
from portal.operations.performing import perform
from tenants.models import User
from tests import cast
from tests.web.live_pages import Open, sign_in

pytest_plugins = ["tests.web.live_fixtures"]
pytestmark = pytest.mark.django_db(transaction=True)


def client_of(key: str) -> Client:
    """A browser with this session, which has been around."""
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = key
    assert client.get("/account/sessions/").status_code == 200
    return client


def end_one(here: Client, there: str) -> None:
    row = UserSession.objects.get(session_key=there)
    here.post(f"/account/sessions/{row.pk}/end/")


def end_others(here: Client, there: str) -> None:
    here.post("/account/sessions/end/")


def change_password(here: Client, there: str) -> None:
    cast.confirmed(User.objects.get(username="bob"), here)
    new = "a quite new and long password"
    assert here.post("/account/password/", {"password": new, "again": new})["Location"] == "/account/"


@pytest.mark.parametrize("ending", [end_one, end_others, change_password])
async def test_the_socket_of_an_ended_session_closes(opened: Open, ending: Callable[[Client, str], None]) -> None:
    mine, other = await sign_in("bob"), await sign_in("bob")
    theirs = await opened("bob", other)

    @database_sync_to_async
    def end() -> None:
        here = client_of(mine)
        client_of(other)
        ending(here, other)

    await end()

    assert await theirs.closes() == 4401


async def test_the_socket_of_the_session_that_ends_another_stays_open(opened: Open) -> None:
    mine, other = await sign_in("bob"), await sign_in("bob")
    own = await opened("bob", mine)

    @database_sync_to_async
    def end() -> None:
        here = client_of(mine)
        client_of(other)
        end_one(here, other)

    await end()

    assert await own.hears_nothing(seconds=0.4)


async def test_switching_an_account_off_closes_its_sockets_and_no_others(opened: Open) -> None:
    page, other = await opened("bob"), await opened("alice")

    await database_sync_to_async(perform)(
        "account.disable", actor=Actor.of_command(), ref=Ref(PLATFORM), data={"user": "bob"}
    )

    assert await page.closes() == 4401
    assert await other.hears_nothing(seconds=0.3)


async def test_whoever_has_a_first_password_watches_nothing(opened: Open) -> None:
    key = await sign_in("bob")
    await database_sync_to_async(User.objects.filter(username="bob").update)(must_change_password=True)
    page = await opened("bob", key)

    await page.watch("test_sheet:1")

    assert await page.closes() == 4401
