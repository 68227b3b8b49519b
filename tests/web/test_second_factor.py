"""The second factor: codes work once, its secret is sealed, and nothing is changed without confirming who one is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client, override_settings

from portal.audit.models import AuditEntry
from portal.errors import PlatformError
from tenants.accounts import factors
from tenants.models import User
from tests import cast
from tests.web import phone

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery staple"


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


def password_typed(client: Client, **more: str) -> str:
    """Where the right password leads to."""
    return str(client.post("/sign-in/", {"username": "bob", "password": PASSWORD, **more})["Location"])


def test_an_app_is_added_with_a_code_of_it_and_recovery_codes_are_shown_once(bob: User) -> None:
    client = cast.confirmed(bob)
    secret = phone.secret_on(client.get("/account/second-factor/").content.decode())

    shown = client.post("/account/second-factor/", {"code": phone.code(secret)})

    codes = phone.shown_codes(shown.content.decode())
    assert len(codes) == factors.RECOVERY_CODES
    assert "no-store" in shown["Cache-Control"]
    again = client.get("/account/second-factor/").content.decode()
    assert not any(code in again for code in codes)
    assert factors.has(bob)


def test_the_file_of_recovery_codes_holds_them_all(bob: User) -> None:
    client = cast.confirmed(bob)
    secret = phone.secret_on(client.get("/account/second-factor/").content.decode())

    page = client.post("/account/second-factor/", {"code": phone.code(secret)}).content.decode()

    start = page.index("data:text/plain")
    file = page[start : page.index('"', start)]
    assert all(code in file for code in phone.shown_codes(page))


def test_a_wrong_code_adds_nothing_and_keeps_the_secret(bob: User) -> None:
    client = cast.confirmed(bob)
    secret = phone.secret_on(client.get("/account/second-factor/").content.decode())

    answer = client.post("/account/second-factor/", {"code": "000000" if phone.code(secret) != "000000" else "1"})

    assert answer.status_code == 422
    assert phone.secret_on(answer.content.decode()) == secret
    assert not factors.has(bob)


def test_signing_in_takes_the_code_after_the_password(client: Client, bob: User) -> None:
    secret, _codes = phone.paired(bob)

    assert password_typed(client, next="/tenants/") == "/sign-in/code/"
    assert not phone.is_signed_in(client)
    answer = client.post("/sign-in/code/", {"code": phone.code(secret)})

    assert answer["Location"] == "/tenants/"
    assert phone.is_signed_in(client)


def test_a_code_works_once(bob: User) -> None:
    secret, _codes = phone.paired(bob)
    code = phone.code(secret)
    first, second = Client(), Client()
    password_typed(first)
    password_typed(second)

    assert first.post("/sign-in/code/", {"code": code}).status_code == 302
    assert second.post("/sign-in/code/", {"code": code}).status_code == 422
    assert not phone.is_signed_in(second)


def test_the_code_with_which_the_app_was_added_signs_nobody_in(client: Client, bob: User) -> None:
    secret = factors.new_secret()
    code = phone.code(secret)
    assert factors.add(bob, secret=secret, code=code, actor=cast.actor(bob))
    password_typed(client)

    assert client.post("/sign-in/code/", {"code": code}).status_code == 422


def test_after_a_code_no_older_one_works(bob: User) -> None:
    secret, _codes = phone.paired(bob)

    assert factors.use(bob, phone.code(secret, steps=1), actor=cast.actor(bob)) == factors.APP
    assert factors.use(bob, phone.code(secret), actor=cast.actor(bob)) == factors.WRONG


def test_a_recovery_code_signs_in_once_and_is_in_the_log(bob: User) -> None:
    _secret, codes = phone.paired(bob)
    first, second = Client(), Client()
    password_typed(first)
    password_typed(second)

    assert first.post("/sign-in/code/", {"code": codes[3].upper().replace("-", " ")}).status_code == 302
    assert second.post("/sign-in/code/", {"code": codes[3]}).status_code == 422
    assert factors.recovery_codes_left(bob) == factors.RECOVERY_CODES - 1
    assert AuditEntry.objects.filter(operation="account.recovery_use", actor_name="bob").count() == 1


def test_new_recovery_codes_take_the_place_of_the_old_ones(bob: User) -> None:
    _secret, old = phone.paired(bob)

    new = phone.shown_codes(cast.confirmed(bob).post("/account/recovery-codes/").content.decode())

    assert factors.use(bob, old[0], actor=cast.actor(bob)) == factors.WRONG
    assert factors.use(bob, new[0], actor=cast.actor(bob)) == factors.SPARE


def test_the_code_page_is_for_whoever_has_just_typed_the_password(client: Client, bob: User) -> None:
    secret, _codes = phone.paired(bob)

    assert client.get("/sign-in/code/")["Location"] == "/sign-in/"
    assert client.post("/sign-in/code/", {"code": phone.code(secret)})["Location"] == "/sign-in/"
    assert not phone.is_signed_in(client)


def test_each_step_of_a_sign_in_has_a_session_of_its_own(client: Client, bob: User) -> None:
    secret, _codes = phone.paired(bob)
    client.get("/sign-in/")
    session = client.session
    session["planted"] = True
    session.save()
    ids = [session.session_key]
    client.cookies["sessionid"] = session.session_key or ""
    password_typed(client)
    ids.append(client.session.session_key)
    client.post("/sign-in/code/", {"code": phone.code(secret)})
    ids.append(client.session.session_key)

    assert len(set(ids)) == 3


def test_wrong_codes_are_counted_wherever_they_come_from(bob: User) -> None:
    secret, _codes = phone.paired(bob)
    for number in range(factors.FAILURES):
        client = Client(REMOTE_ADDR=f"192.0.2.{number}")
        password_typed(client)
        assert client.post("/sign-in/code/", {"code": "x"}).status_code == 422
    client = Client(REMOTE_ADDR="192.0.2.99")
    password_typed(client)

    answer = client.post("/sign-in/code/", {"code": phone.code(secret)})

    assert answer.status_code == 429
    assert "quarter of an hour" in answer.content.decode()
    assert not phone.is_signed_in(client)


def test_wrong_codes_are_in_the_log_of_the_account(client: Client, bob: User) -> None:
    phone.paired(bob)
    password_typed(client)
    client.post("/sign-in/code/", {"code": "x"})

    entry = AuditEntry.objects.get(operation="account.sign_in")
    assert (entry.outcome, entry.subject_name, entry.reason) == ("refused", "bob", "wrong code")


def test_an_account_switched_off_between_the_steps_stays_out(client: Client, bob: User) -> None:
    secret, _codes = phone.paired(bob)
    password_typed(client)
    User.objects.filter(pk=bob.pk).update(is_active=False)

    client.post("/sign-in/code/", {"code": phone.code(secret)})

    assert not phone.is_signed_in(client)


def test_neither_secret_nor_recovery_codes_can_be_read_in_the_database(bob: User) -> None:
    client = cast.confirmed(bob)
    secret = phone.secret_on(client.get("/account/second-factor/").content.decode())
    kept = json.dumps(client.session.load())
    codes = phone.shown_codes(client.post("/account/second-factor/", {"code": phone.code(secret)}).content.decode())

    with connection.cursor() as cursor:
        cursor.execute("SELECT json_agg(t)::text FROM mfa_authenticator t")
        kept += cursor.fetchone()[0]

    assert secret.replace(" ", "") not in kept
    assert not any(code in kept or code.replace("-", "") in kept for code in codes)


def test_a_sealed_secret_opens_for_its_own_user_only(bob: User) -> None:
    phone.paired(bob)
    vera = cast.person("vera")
    phone.paired(vera)
    stolen = Authenticator.objects.get(user=bob, type="totp").data
    Authenticator.objects.filter(user=vera, type="totp").update(data=stolen)

    with pytest.raises(PlatformError, match="does not belong"):
        factors.use(vera, "000000", actor=cast.actor(vera))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/account/second-factor/"),
        ("POST", "/account/second-factor/"),
        ("POST", "/account/second-factor/remove/"),
        ("POST", "/account/recovery-codes/"),
        ("GET", "/account/password/"),
        ("POST", "/account/password/"),
    ],
)
def test_factors_and_password_are_changed_after_confirming_only(bob: User, method: str, path: str) -> None:
    phone.paired(bob)
    client = cast.signed_in(bob)

    answer = client.generic(method, path)

    assert answer["Location"].startswith("/account/confirm/?next=%2Faccount%2F")
    assert factors.recovery_codes_left(bob) == factors.RECOVERY_CODES


def test_removing_the_second_factor_leaves_the_password_alone(client: Client, bob: User) -> None:
    phone.paired(bob)
    cast.confirmed(bob).post("/account/second-factor/remove/")

    assert password_typed(client) == "/"
    assert not Authenticator.objects.exists()


def test_operators_add_a_second_factor_before_anything_else_where_it_is_asked_for(bob: User) -> None:
    olga = cast.platform_person("olga", role="platform-operator")
    with override_settings(REQUIRE_SECOND_FACTOR_FOR_PLATFORM=True):
        client = cast.confirmed(olga)
        assert client.get("/platform/people/")["Location"] == "/account/second-factor/"
        assert phone.is_signed_in(cast.signed_in(bob))

        secret = phone.secret_on(client.get("/account/second-factor/").content.decode())
        client.post("/account/second-factor/", {"code": phone.code(secret)})

        assert client.get("/platform/people/").status_code == 200
        assert client.post("/account/second-factor/remove/").status_code == 422
        assert factors.has(olga)


@pytest.mark.django_db(transaction=True)
def test_of_many_who_use_one_code_at_once_one_comes_in(transactional_db: None) -> None:
    user = cast.person("bob")
    secret, codes = phone.paired(user)

    def tried(code: str) -> list[str]:
        def use(_number: int) -> str:
            try:
                return factors.use(user, code, actor=cast.actor(user))
            finally:
                connection.close()

        with ThreadPoolExecutor(8) as threads:
            return list(threads.map(use, range(5)))

    assert tried(phone.code(secret)).count(factors.APP) == 1
    Authenticator.objects.filter(user=user, type="totp").update(data=_without_failures(user))
    assert tried(codes[0]).count(factors.SPARE) == 1


def _without_failures(user: User) -> dict[str, object]:
    data: dict[str, object] = Authenticator.objects.get(user=user, type="totp").data
    return {**data, "failed": []}
