"""Accounts: made with a first password that has to be changed, switched off and on; passwords and what they end."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from django.core.management import CommandError, call_command
from django.test import Client, override_settings

from portal.audit.models import AuditEntry
from tenants.accounts import sessions
from tenants.models import User
from tests import cast
from tests.web import phone

pytestmark = pytest.mark.django_db

NEW = "quite another long password"


@pytest.fixture(autouse=True)
def _quick_hashes() -> Iterator[None]:
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


def account(*words: str) -> str:
    out = io.StringIO()
    call_command("account", *words, stdout=out, stderr=io.StringIO())
    return out.getvalue().strip()


def signed_in(username: str, password: str) -> Client:
    client = Client()
    client.post("/sign-in/", {"username": username, "password": password})
    return client


def test_a_new_account_has_a_first_password_that_opens_one_page_only() -> None:
    client = signed_in("dora", account("add", "dora", "--mail", "dora@example.com", "--name", "Dora Deng"))

    for path in ("/", "/account/", "/tenants/", "/account/sessions/", "/api/v1/docs/"):
        assert client.get(path)["Location"] == "/account/password/", path
    assert client.get("/account/password/").status_code == 200

    assert client.post("/account/password/", {"password": NEW, "again": NEW})["Location"] == "/"

    assert phone.is_signed_in(client)
    assert phone.is_signed_in(signed_in("dora", NEW))
    dora = User.objects.get(username="dora")
    assert (dora.first_name, dora.last_name, dora.email) == ("Dora", "Deng", "dora@example.com")


def test_the_first_password_cannot_be_the_next_one() -> None:
    first = account("add", "dora", "--mail", "dora@example.com")
    client = signed_in("dora", first)

    assert client.post("/account/password/", {"password": first, "again": first}).status_code == 422
    assert not phone.is_signed_in(client)


def test_the_first_password_is_the_last_line_and_in_no_log() -> None:
    first = account("add", "dora", "--mail", "dora@example.com", "--platform-role", "auditor").splitlines()[-1]

    entries = AuditEntry.objects.filter(operation="account.add")
    assert [(one.subject_name, one.actor_name) for one in entries] == [("dora", "manage.py")]
    assert not any(first in str(one.input) + str(one.result) for one in entries)
    assert cast.signed_in(User.objects.get(username="dora")).get("/platform/audit/")["Location"] == "/account/password/"


@pytest.mark.parametrize(
    "words",
    [
        ("add", "bob", "--mail", "bob@example.com"),
        ("add", "d o r a", "--mail", "dora@example.com"),
        ("add", "dora", "--mail", "nowhere"),
    ],
)
def test_the_command_says_what_is_wrong_and_changes_nothing(words: tuple[str, ...]) -> None:
    cast.person("bob")

    with pytest.raises(CommandError):
        account(*words)

    assert User.objects.count() == 1
    assert not AuditEntry.objects.exists()


def test_an_account_is_switched_off_and_on() -> None:
    bob = cast.person("bob")
    client = cast.signed_in(bob)

    account("disable", "bob")
    assert not phone.is_signed_in(client)
    account("enable", "bob")

    assert phone.is_signed_in(cast.signed_in(bob))


def test_a_command_about_an_account_there_is_not_says_so() -> None:
    with pytest.raises(CommandError, match="There is no account nobody"):
        account("disable", "nobody")


def test_a_new_password_ends_all_other_sessions_and_keeps_this_one_listed() -> None:
    bob = cast.person("bob")
    here, there = cast.confirmed(bob), cast.signed_in(bob)
    assert phone.is_signed_in(there)

    here.post("/account/password/", {"password": NEW, "again": NEW})

    assert phone.is_signed_in(here)
    assert not phone.is_signed_in(there)
    bob.refresh_from_db()
    assert [one.session_key for one in sessions.of_user(bob)] == [here.session.session_key]


@pytest.mark.parametrize("wrong", [("short", "short"), (NEW, NEW + "x"), ("", ""), ("password1234", "password1234")])
def test_a_password_that_cannot_be_is_refused_with_why(wrong: tuple[str, str]) -> None:
    bob = cast.person("bob")
    answer = cast.confirmed(bob).post("/account/password/", {"password": wrong[0], "again": wrong[1]})

    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.content.decode()
    bob.refresh_from_db()
    assert not bob.has_usable_password()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("engine", "engine is what the log calls something that is no person"),
        ("Anonymous", "anonymous is what the log calls"),
        ("manage.py", "manage.py is what the log calls"),
        ("platform", "platform is what the log calls"),
        ("\N{CYRILLIC SMALL LETTER IE}ngine", "engine is what the log calls"),
        ("eng1ne", "engine is what the log calls"),
        ("Pl4tf0rm", "platform is what the log calls"),
        ("Alice", "looks like that of the account alice"),
        ("\N{CYRILLIC SMALL LETTER A}lice", "looks like that of the account alice"),
    ],
)
def test_no_account_passes_for_another_or_for_what_is_no_person(name: str, words: str) -> None:
    cast.person("alice")
    with pytest.raises(CommandError, match=words):
        account("add", name, "--mail", "x@example.com")

    assert [one.username for one in User.objects.all()] == ["alice"]


def test_digits_tell_accounts_apart() -> None:
    cast.person("alice")
    for name in ("al1ce", "alice2", "engine2"):
        account("add", name, "--mail", "x@example.com")

    assert User.objects.count() == 4
