"""Text of several lines in forms: what a browser makes of a page and sends back unchanged changes nothing."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client

from apps_mgmt import secrets
from tests import cast
from tests.operations.stage import Shop, open_shop

APP = "/t/boutique/apps/shop/"
PEM = "-----BEGIN PRIVATE KEY-----\nMIIEvQ\nIBADAN\n-----END PRIVATE KEY-----\n"


class AsSent(HTMLParser):
    """What a browser sends of the operation form in a page that nobody typed into: lines end in CRLF."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.data: dict[str, str] = {}
        self._form = self._blank = False
        self._text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._form |= tag == "form" and "data-operation-form" in given
        self._blank |= tag == "template"
        if not self._form or self._blank or "name" not in given:
            return
        if tag == "input" and (given.get("type") != "checkbox" or "checked" in given):
            value = given.get("value", "on")
            self.data[given["name"]] = value.replace("\n", "") if given.get("type") == "text" else value
        elif tag == "textarea":
            self._text, self.data[given["name"]] = given["name"], ""

    def handle_data(self, data: str) -> None:
        if self._text:
            self.data[self._text] += data

    def handle_endtag(self, tag: str) -> None:
        self._form &= tag != "form"
        self._blank &= tag != "template"
        if tag == "textarea" and self._text:
            text = self.data[self._text].removeprefix("\n").replace("\r\n", "\n").replace("\r", "\n")
            self.data[self._text], self._text = text.replace("\n", "\r\n"), ""


@pytest.fixture(name="shop")
def _shop(db: None) -> Shop:
    return open_shop()


@pytest.fixture
def bob(shop: Shop) -> Client:
    return cast.signed_in(shop.people.bob)


@pytest.mark.parametrize("value", [PEM, "plain", "\n\nlate", "tail\n\n", "a\r\nb", "  spaces \n\t"])
def test_a_variable_saved_as_it_was_opened_stays_what_it_is(shop: Shop, bob: Client, value: str) -> None:
    shop.do("env.set", env=[{"name": "TLS_KEY", "value": value}], process="")
    kept = shop.again().version

    sent = AsSent(bob.get(f"{APP}do/env.set/?name=TLS_KEY").text).data
    answer = bob.post(f"{APP}do/env.set/", sent, follow=True)

    assert "Nothing changes" in answer.text and shop.again().version == kept


def test_a_description_saved_as_it_was_opened_stays_what_it_is(shop: Shop, bob: Client) -> None:
    shop.do("app.describe", title="Shop", description="Sells things.\n\nAnd more.")

    sent = AsSent(bob.get(f"{APP}do/app.describe/").text).data
    assert sent["description"] == "Sells things.\r\n\r\nAnd more."
    assert "Nothing changes" in bob.post(f"{APP}do/app.describe/", sent, follow=True).text


def test_what_was_typed_is_kept_with_its_lines_when_it_is_refused(bob: Client) -> None:
    typed: dict[str, Any] = {"env__list": "1", "env[0]name": "A B", "env[0]value": "one\r\ntwo", "version": "1"}
    page = bob.post(f"{APP}do/env.set/", typed)

    assert page.status_code == 422 and AsSent(page.text).data["env[0]value"] == "one\r\ntwo"


def test_a_key_pasted_as_a_secret_keeps_its_lines(shop: Shop, bob: Client) -> None:
    page = bob.get(f"{APP}do/secret.set/").text
    assert "value" in AsSent(page).data and 'type="password"' not in page

    bob.post(f"{APP}do/secret.set/", {"name": "TLS_KEY", "value": PEM.replace("\n", "\r\n"), "version": "1"})
    assert secrets.reveal(shop.app.pk, [("TLS_KEY", "1")]) == {("TLS_KEY", "1"): PEM}
