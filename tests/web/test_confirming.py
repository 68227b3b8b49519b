"""Saying once more who one is, with password and second factor; throttled like signing in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client, override_settings

from portal.audit.models import AuditEntry
from tenants.accounts import stepping_up
from tenants.models import User
from tests import cast
from tests.web import phone

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery staple"
ASKING = "/account/password/"


@pytest.fixture(autouse=True)
def _quick_hashes() -> Iterator[None]:
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture
def bob() -> User:
    user = cast.person("bob")
    user.set_password(PASSWORD)
    user.save()
    return user


def confirm(client: Client, **form: str) -> int:
    return client.post("/account/confirm/", {"password": PASSWORD, **form}).status_code


def is_confirmed(client: Client) -> bool:
    return client.get(ASKING).status_code == 200


def test_the_password_is_asked_for_and_leads_on(bob: User) -> None:
    client = cast.signed_in(bob)
    asked = client.get(ASKING)["Location"]
    assert asked == "/account/confirm/?next=%2Faccount%2Fpassword%2F"
    assert 'name="next" value="/account/password/"' in client.get(asked).content.decode()

    answer = client.post("/account/confirm/", {"password": PASSWORD, "next": ASKING})

    assert answer["Location"] == ASKING
    assert is_confirmed(client)


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "/\\evil.example/"])
def test_it_leads_nowhere_else(bob: User, elsewhere: str) -> None:
    answer = cast.signed_in(bob).post("/account/confirm/", {"password": PASSWORD, "next": elsewhere})

    assert answer["Location"] == "/account/"


def test_a_wrong_password_confirms_nothing_and_is_in_the_log(bob: User) -> None:
    client = cast.signed_in(bob)

    assert confirm(client, password="canary-77aa") == 422
    assert not is_confirmed(client)
    entry = AuditEntry.objects.get(operation="account.confirm")
    assert (entry.outcome, entry.subject_name) == ("refused", "bob")


def test_the_password_is_never_sent_back(bob: User) -> None:
    answer = cast.signed_in(bob).post("/account/confirm/", {"password": "canary-77aa"})

    assert "canary-77aa" not in answer.content.decode()


def test_with_a_second_factor_the_password_alone_is_not_enough(bob: User) -> None:
    secret, codes = phone.paired(bob)
    client = cast.signed_in(bob)

    assert confirm(client) == 422
    assert confirm(client, code="x") == 422
    assert not is_confirmed(client)
    assert confirm(client, code=phone.code(secret)) == 302
    assert is_confirmed(client)
    assert confirm(cast.signed_in(bob), code=codes[0]) == 302


def test_with_a_wrong_password_no_code_is_used_up(bob: User) -> None:
    secret, _codes = phone.paired(bob)
    client = cast.signed_in(bob)
    code = phone.code(secret)

    assert confirm(client, password="wrong", code=code) == 422
    assert confirm(client, code=code) == 302


def test_too_many_wrong_passwords_wait(bob: User) -> None:
    client = cast.signed_in(bob)
    for _try in range(settings.AXES_FAILURE_LIMIT):
        confirm(client, password="wrong")

    assert confirm(client) == 429
    assert not is_confirmed(client)


def test_signing_in_is_not_confirming(bob: User) -> None:
    client = Client()
    client.post("/sign-in/", {"username": "bob", "password": PASSWORD})

    assert not is_confirmed(client)


def test_it_holds_for_ten_minutes_and_for_this_session_only(bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    client = cast.confirmed(bob)
    assert is_confirmed(client)
    assert not is_confirmed(cast.signed_in(bob))

    monkeypatch.setattr(stepping_up, "FRESH_SECONDS", 0)

    assert not is_confirmed(client)
