"""Many names tried from one address are slowed, whatever the names."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client, override_settings

from portal.audit.models import AuditEntry
from tenants.models import User
from tests import cast

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery staple"
ELSEWHERE = "198.51.100.7"


@pytest.fixture(autouse=True)
def _quick() -> Iterator[None]:
    hasher = "django.contrib.auth.hashers.MD5PasswordHasher"
    with override_settings(PASSWORD_HASHERS=[hasher], SIGN_IN_FAILURES_PER_ADDRESS=5):
        yield


@pytest.fixture
def bob() -> User:
    user = cast.person("bob")
    user.set_password(PASSWORD)
    user.save()
    return user


def spray() -> None:
    for number in range(settings.SIGN_IN_FAILURES_PER_ADDRESS):
        assert Client().post("/sign-in/", {"username": f"name-{number}", "password": "wrong"}).status_code == 422


def test_after_many_names_from_one_address_even_the_right_password_waits(bob: User) -> None:
    spray()
    answer = Client().post("/sign-in/", {"username": "bob", "password": PASSWORD})

    assert answer.status_code == 429
    assert "from this address" in answer.text


def test_whoever_comes_from_elsewhere_is_let_in(bob: User) -> None:
    spray()

    assert Client(REMOTE_ADDR=ELSEWHERE).post("/sign-in/", {"username": "bob", "password": PASSWORD}).status_code == 302


def test_what_is_slowed_is_in_the_log(bob: User) -> None:
    spray()
    Client().post("/sign-in/", {"username": "bob", "password": PASSWORD})

    assert AuditEntry.objects.filter(reason="too many failed sign-ins from this address").exists()
