"""The sessions of a person: listed with where they are from, ended one by one or all at once."""

from __future__ import annotations

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client

from portal.access import Actor, Ref
from portal.access.ref import PLATFORM
from portal.audit.models import AuditEntry
from portal.operations.performing import perform
from tenants.models import User
from tests import cast
from tests.web import phone

pytestmark = pytest.mark.django_db

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1"


@pytest.fixture
def bob() -> User:
    return cast.person("bob")


def browser(user: User, *, agent: str = FIREFOX, address: str = "192.0.2.1") -> Client:
    """A browser in which the person has been around."""
    client = Client(headers={"user-agent": agent}, REMOTE_ADDR=address)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert phone.is_signed_in(client)
    return client


def row_of(client: Client) -> UserSession:
    found: UserSession = UserSession.objects.get(session_key=client.session.session_key)
    return found


def test_the_list_says_from_where_with_what_and_which_one_this_is(bob: User) -> None:
    here = browser(bob)
    browser(bob, agent=PHONE, address="198.51.100.7")

    page = here.get("/account/sessions/").content.decode()

    assert "Firefox on Linux" in page and "192.0.2.1" in page
    assert "Safari on iPhone" in page and "198.51.100.7" in page
    assert page.count("this one") == 1
    assert page.count("/account/sessions/end/") == 1
    assert f"/account/sessions/{row_of(here).pk}/end/" not in page


def test_what_a_browser_says_of_itself_is_only_text(bob: User) -> None:
    page = browser(bob, agent="<script>alert(1)</script>").get("/account/sessions/").content.decode()

    assert "<script>alert(1)" not in page


def test_one_session_is_ended_and_is_over(bob: User) -> None:
    here, there = browser(bob), browser(bob, agent=PHONE)

    assert here.post(f"/account/sessions/{row_of(there).pk}/end/").status_code == 302

    assert not phone.is_signed_in(there)
    assert phone.is_signed_in(here)
    assert AuditEntry.objects.filter(operation="account.session_end", actor_name="bob").count() == 1


def test_all_others_are_ended_at_once(bob: User) -> None:
    here, others = browser(bob), [browser(bob), browser(bob)]

    here.post("/account/sessions/end/")

    assert phone.is_signed_in(here)
    assert not any(map(phone.is_signed_in, others))
    assert Session.objects.count() == 1


def test_nobody_ends_the_session_of_somebody_else(bob: User) -> None:
    theirs = browser(cast.person("vera"))

    assert browser(bob).post(f"/account/sessions/{row_of(theirs).pk}/end/").status_code == 404

    assert phone.is_signed_in(theirs)


def test_the_session_in_use_is_not_ended_here(bob: User) -> None:
    here = browser(bob)

    assert here.post(f"/account/sessions/{row_of(here).pk}/end/").status_code == 404
    assert phone.is_signed_in(here)


def test_an_account_that_is_switched_off_has_no_session_left_when_it_is_on_again(bob: User) -> None:
    there = browser(bob)

    perform("account.disable", actor=Actor.of_command(), ref=Ref(PLATFORM), data={"user": "bob"})
    assert not phone.is_signed_in(there)
    perform("account.enable", actor=Actor.of_command(), ref=Ref(PLATFORM), data={"user": "bob"})

    assert not phone.is_signed_in(there)
    entries = AuditEntry.objects.filter(subject_name="bob").order_by("sequence")
    assert [one.operation for one in entries] == ["account.disable", "account.enable"]
