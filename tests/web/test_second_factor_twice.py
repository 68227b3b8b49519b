"""Two browsers in which somebody sets up a second factor at once: one app is added, and the other one is told."""

from __future__ import annotations

import pytest

from portal.errors import Conflict
from tests import cast
from tests.web import phone

pytestmark = pytest.mark.django_db
PAGE = "/account/second-factor/"
WORDS = "Delete its entry on your phone, and use the app that was added."


@pytest.mark.parametrize("method", ["post", "get"])
def test_of_two_browsers_that_add_an_app_the_second_is_told_once(method: str) -> None:
    bob = cast.person("bob")
    one, other = cast.confirmed(bob), cast.confirmed(bob)
    secrets = [phone.secret_on(client.get(PAGE).text) for client in (one, other)]
    one.post(PAGE, {"code": phone.code(secrets[0])})
    answer = getattr(other, method)(PAGE, {"code": phone.code(secrets[1])})

    assert answer.status_code == (409 if method == "post" else 200) and WORDS in answer.text
    assert WORDS not in other.get(PAGE).text and WORDS not in one.get(PAGE).text


def test_an_app_takes_the_place_of_none() -> None:
    bob = cast.person("bob")
    phone.paired(bob)
    with pytest.raises(Conflict, match="added somewhere else"):
        phone.paired(bob)
