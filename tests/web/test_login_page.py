"""Signing in and out: throttled, silent about who exists, and leading nowhere but here."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connections
from django.test import AsyncClient, Client, override_settings
from django.urls import URLResolver, get_resolver

from portal.audit.models import AuditEntry
from tenants.models import User
from tests import cast

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery staple"


SLOW_HASHES = settings.PASSWORD_HASHERS


@pytest.fixture(autouse=True)
def _quick_hashes() -> Iterator[None]:
    # Half a second of hashing per try adds nothing to what these tests say.
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture
def bob() -> User:
    user = cast.person("bob")
    user.set_password(PASSWORD)
    user.save()
    return user


def test_the_right_password_leads_home(client: Client, bob: User) -> None:
    response = client.post("/sign-in/", {"username": "bob", "password": PASSWORD})

    assert (response.status_code, response["Location"]) == (302, "/")
    assert client.get("/account/").status_code == 200


def test_a_page_that_needs_an_account_leads_to_the_form_and_back(client: Client, bob: User) -> None:
    asked = client.get("/account/")
    assert asked["Location"] == "/sign-in/?next=/account/"
    assert 'name="next" value="/account/"' in client.get(asked["Location"]).content.decode()

    response = client.post("/sign-in/", {"username": "bob", "password": PASSWORD, "next": "/account/"})

    assert response["Location"] == "/account/"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "javascript:alert(1)",
        "http:evil.example",
        "/\t/evil.example/",
        "https://testserver/account/",
        " https://evil.example/",
    ],
)
def test_next_leads_nowhere_else(client: Client, bob: User, elsewhere: str) -> None:
    assert "evil.example" not in client.get("/sign-in/", {"next": elsewhere}).content.decode()

    response = client.post("/sign-in/", {"username": "bob", "password": PASSWORD, "next": elsewhere})

    assert response["Location"] == "/"
    assert client.get("/sign-in/", {"next": elsewhere})["Location"] == "/"


def test_a_new_session_begins_with_the_sign_in(client: Client, bob: User) -> None:
    client.get("/sign-in/")
    session = client.session
    session["planted"] = True
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key or ""

    client.post("/sign-in/", {"username": "bob", "password": PASSWORD})

    assert client.cookies[settings.SESSION_COOKIE_NAME].value != session.session_key


def test_unknown_name_wrong_password_and_switched_off_account_answer_alike(bob: User) -> None:
    off = cast.person("off")
    off.set_password(PASSWORD)
    off.is_active = False
    off.save()
    cast.person("without")

    def answer(username: str, password: str) -> tuple[int, str]:
        response = Client().post("/sign-in/", {"username": username, "password": password})
        text = response.content.decode().replace(username, "NAME")
        return response.status_code, _without_tokens(text)

    answers = {
        answer("bob", "wrong"),
        answer("nobody", "wrong"),
        answer("off", PASSWORD),
        answer("off", "wrong"),
        answer("without", "wrong"),
    }

    assert len(answers) == 1
    status, text = answers.pop()
    assert status == 422
    assert "do not match" in text


@override_settings(PASSWORD_HASHERS=SLOW_HASHES)
def test_every_name_costs_as_many_password_hashes(bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashing is what takes time, so counting the hashes measures what a stop-watch would, without its noise."""
    from django.contrib.auth.hashers import PBKDF2PasswordHasher

    bob.set_password(PASSWORD)
    bob.save()
    hashed: list[int] = []
    original: Callable[..., str] = PBKDF2PasswordHasher.encode

    def counting(self: PBKDF2PasswordHasher, *args: object, **kwargs: object) -> str:
        hashed.append(1)
        return original(self, *args, **kwargs)

    monkeypatch.setattr(PBKDF2PasswordHasher, "encode", counting)

    def hashes(username: str) -> int:
        hashed.clear()
        Client().post("/sign-in/", {"username": username, "password": "wrong"})
        return len(hashed)

    cast.person("without")
    User.objects.create(username="off", password=bob.password, is_active=False)

    assert {name: hashes(name) for name in ("bob", "nobody", "without", "off")} == {
        "bob": 1,
        "nobody": 1,
        "without": 1,
        "off": 1,
    }


def test_after_too_many_failures_even_the_right_password_waits(client: Client, bob: User) -> None:
    for _try in range(settings.AXES_FAILURE_LIMIT):
        last = client.post("/sign-in/", {"username": "bob", "password": "wrong"})
    assert last.status_code == 429

    response = client.post("/sign-in/", {"username": "bob", "password": PASSWORD})

    assert response.status_code == 429
    assert "quarter of an hour" in response.content.decode()
    assert client.get("/account/").status_code == 302


@pytest.mark.django_db(transaction=True)
async def test_a_locked_name_is_told_so_by_the_real_kind_of_server_too(async_client: AsyncClient) -> None:
    for _try in range(settings.AXES_FAILURE_LIMIT):
        last = await async_client.post("/sign-in/", {"username": "nobody", "password": "wrong"})
    await sync_to_async(connections.close_all)()

    assert last.status_code == 429
    assert "quarter of an hour" in last.content.decode()


def test_an_unknown_name_is_locked_in_the_same_way(client: Client) -> None:
    for _try in range(settings.AXES_FAILURE_LIMIT):
        last = client.post("/sign-in/", {"username": "nobody", "password": "wrong"})

    assert last.status_code == 429
    assert "quarter of an hour" in last.content.decode()


def test_the_lock_is_for_the_name_at_one_address_only(client: Client, bob: User) -> None:
    for _try in range(settings.AXES_FAILURE_LIMIT + 1):
        client.post("/sign-in/", {"username": "bob", "password": "wrong"})

    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    assert elsewhere.post("/sign-in/", {"username": "bob", "password": PASSWORD}).status_code == 302
    vera = cast.person("vera")
    vera.set_password(PASSWORD)
    vera.save()
    assert client.post("/sign-in/", {"username": "vera", "password": PASSWORD}).status_code == 302


def test_a_forwarded_address_does_not_unlock(client: Client, bob: User) -> None:
    for number in range(settings.AXES_FAILURE_LIMIT + 1):
        last = client.post(
            "/sign-in/",
            {"username": "bob", "password": "wrong"},
            headers={"x-forwarded-for": f"203.0.113.{number}", "x-real-ip": f"203.0.113.{number}"},
        )

    assert last.status_code == 429


def test_a_success_forgets_the_failures_before(client: Client, bob: User) -> None:
    for _try in range(settings.AXES_FAILURE_LIMIT - 1):
        client.post("/sign-in/", {"username": "bob", "password": "wrong"})
    assert client.post("/sign-in/", {"username": "bob", "password": PASSWORD}).status_code == 302
    client.post("/sign-out/")

    assert client.post("/sign-in/", {"username": "bob", "password": "wrong"}).status_code == 422


@pytest.mark.parametrize("username", ["", "x" * 151, "bob\x00", "'; DROP TABLE--", "bob\r\nSet-Cookie: a=b"])
def test_odd_names_are_only_wrong(client: Client, bob: User, username: str) -> None:
    response = client.post("/sign-in/", {"username": username, "password": PASSWORD})

    assert response.status_code == 422


def test_the_password_is_never_sent_back(client: Client, bob: User) -> None:
    response = client.post("/sign-in/", {"username": "bob", "password": "canary-77aa"})

    assert "canary-77aa" not in response.content.decode()


def test_signing_in_needs_the_token_of_the_form(bob: User) -> None:
    strict = Client(enforce_csrf_checks=True)

    assert strict.post("/sign-in/", {"username": "bob", "password": PASSWORD}).status_code == 403
    strict.get("/sign-in/")
    token = strict.cookies[settings.CSRF_COOKIE_NAME].value
    form = {"username": "bob", "password": PASSWORD, "csrfmiddlewaretoken": token}
    assert strict.post("/sign-in/", form).status_code == 302


def test_no_page_of_the_libraries_for_accounts_is_there() -> None:
    """Nobody signs up, resets a password by mail, or meets a page that is not ours."""

    def modules(resolver: URLResolver) -> Iterator[str]:
        for entry in resolver.url_patterns:
            if isinstance(entry, URLResolver):
                yield from modules(entry)
            else:
                yield entry.callback.__module__

    assert not [name for name in modules(get_resolver()) if name.startswith(("allauth", "axes", "django.contrib"))]


def test_signing_out_ends_the_session_and_takes_a_post(bob: User) -> None:
    client = cast.signed_in(bob)

    assert client.get("/sign-out/").status_code == 405
    assert client.get("/account/").status_code == 200
    assert client.post("/sign-out/")["Location"] == "/sign-in/"
    assert client.get("/account/").status_code == 302


def test_sign_ins_and_failures_are_in_the_platform_log(client: Client, bob: User) -> None:
    client.post("/sign-in/", {"username": "bob", "password": "wrong"})
    client.post("/sign-in/", {"username": "my-secret-typed-as-a-name", "password": "wrong"})
    client.post("/sign-in/", {"username": "bob", "password": PASSWORD})
    client.post("/sign-out/")

    entries = list(AuditEntry.objects.filter(chain="platform").order_by("sequence"))
    assert [(entry.operation, entry.outcome, entry.subject_name) for entry in entries] == [
        ("account.sign_in", "refused", "bob"),
        ("account.sign_in", "refused", ""),
        ("account.sign_in", "done", "bob"),
        ("account.sign_out", "done", "bob"),
    ]
    assert all(entry.address == "127.0.0.1" for entry in entries)


def test_a_flood_of_failures_is_no_flood_of_entries() -> None:
    for number in range(33):
        Client().post("/sign-in/", {"username": f"nobody{number}", "password": "wrong"})

    assert AuditEntry.objects.filter(operation="account.sign_in").count() == 30


def _without_tokens(text: str) -> str:
    import re

    return re.sub(r'(nonce|name="csrfmiddlewaretoken" value|hx-headers)=(["\']).*?\2', "", text)
