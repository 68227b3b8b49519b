"""A form that is sent after its session has ended saves nothing, and is filled in again after signing in."""

from __future__ import annotations

import html
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from apps_mgmt.models import Revision
from portal.audit.models import AuditEntry
from tests import cast
from tests.operations.stage import Shop, open_shop
from tests.web.filled import values

FORM = "/t/boutique/apps/shop/do/process.scale/"
SAID = "Your session had ended when you sent this form, so nothing was saved."
BACK = "This is what you typed before your session ended"


@pytest.fixture(name="shop")
def _shop(db: None) -> Shop:
    return open_shop()


def kept_in(page: str) -> dict[str, list[str]]:
    """What the page of an ended session would send."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page):
        found.setdefault(html.unescape(name), []).append(html.unescape(value))
    found.pop("csrfmiddlewaretoken", None)
    return found


def test_what_was_typed_is_there_again_after_signing_in_elsewhere(shop: Shop) -> None:
    before = Revision.objects.count(), AuditEntry.objects.count()
    typed = {"process": "web", "replicas": "5", "version": "1", "note": 'for "<sale>"', "then": "deploy"}
    answer = Client().post(FORM, typed)

    assert answer.status_code == 401 and SAID in answer.text and "no-store" in answer["Cache-Control"]
    sent = kept_in(answer.text)
    assert sent == {"process": ["web"], "replicas": ["5"], "note": ['for "<sale>"']}
    assert Client().post(FORM, sent | {"_again": "1"}).status_code == 401, "not signed in yet"
    page = cast.signed_in(shop.people.bob).post(FORM, sent | {"_again": "1"})
    assert page.status_code == 200 and BACK in page.text
    assert values(page, "replicas") == ["5"] and values(page, "note") == ['for "<sale>"']
    assert (Revision.objects.count(), AuditEntry.objects.count()) == before, "nobody sent it again"


def test_the_new_session_has_another_token_which_that_page_need_not_know(shop: Shop) -> None:
    """It shows a form and does nothing; whatever does something is refused without its token, as ever."""
    bob = Client(enforce_csrf_checks=True)
    bob.force_login(shop.people.bob)
    typed = {"process": "web", "replicas": "5", "csrfmiddlewaretoken": "x" * 64}

    assert bob.post(FORM, typed | {"_again": "1"}).status_code == 200
    assert bob.post(FORM, typed).status_code == 403 and shop.again().version == 1
    assert Client(enforce_csrf_checks=True).post(FORM, typed).status_code == 403


def test_rows_come_back_and_secrets_do_not(shop: Shop) -> None:
    env = {"env__list": "1", "env[0]name": "A", "env[0]value": "one\r\ntwo", "env[4]name": "B", "env[4]value": ""}
    address = "/t/boutique/apps/shop/do/env.set/"
    sent = kept_in(Client().post(address, env).text)
    page = cast.signed_in(shop.people.bob).post(address, sent | {"_again": "1"})
    assert values(page, "env[0]name") == ["A"] and values(page, "env[1]name") == ["B"]

    address = "/t/boutique/apps/shop/do/secret.set/"
    answer = Client().post(address, {"name": "API_KEY", "value": "hunter2"})
    assert answer.status_code == 401 and "hunter2" not in answer.text
    again = {"name": "API_KEY", "value": "hunter2", "_again": "1"}
    page = cast.signed_in(shop.people.bob).post(address, again)
    assert values(page, "name") == ["API_KEY"] and "hunter2" not in page.text


def test_what_confirms_a_deletion_is_typed_anew(shop: Shop) -> None:
    address, sent = "/t/boutique/apps/shop/do/app.delete/", {"confirm": "shop", "note": "gone", "_again": "1"}
    assert "confirm" not in kept_in(Client().post(address, sent).text)
    page = cast.signed_in(shop.people.alice).post(address, sent)
    assert page.status_code == 200 and values(page, "confirm") == [""]


@pytest.mark.parametrize(("person", "status"), [("vera", 403), ("charlie", 404)])
def test_whoever_may_not_do_it_gets_no_form_by_it(shop: Shop, person: str, status: int) -> None:
    client = cast.signed_in(getattr(shop.people, person))
    assert client.post(FORM, {"replicas": "5", "_again": "1"}).status_code == status


def test_where_nothing_was_typed_one_signs_in_and_is_told_so(shop: Shop) -> None:
    answer = Client().post(FORM, {"version": "1"})

    assert answer.status_code in (302, 303) and answer["Location"].startswith("/sign-in/")
    bob = cast.signed_in(shop.people.bob)
    assert SAID in bob.get(f"{FORM}?_ended=1").text and SAID not in bob.get(FORM).text
    assert "_ended" in answer["Location"]


def test_what_the_address_said_is_kept(shop: Shop) -> None:
    """Its fields may be hidden ones, and blank they mean something else."""
    shop.runs()
    address = "/t/boutique/apps/shop/do/release.rollback/?release=3&targets=north&targets=south"
    answer = Client().post(address, {})

    back = parse_qs(urlsplit(answer["Location"]).query)["next"][0]
    assert parse_qs(urlsplit(back).query) == {"release": ["3"], "targets": ["north", "south"], "_ended": ["1"]}
    page = cast.signed_in(shop.people.bob).get(back)
    assert SAID in page.text
    shown = {one.name: one for one in page.context["fields"]}
    assert shown["release"].value == "3"
    assert [one.value for one in shown["targets"].choices if one.selected] == ["north", "south"]
    again = Client().post(back, {})
    assert parse_qs(urlsplit(again["Location"]).query)["next"] == [back]


def test_so_it_is_with_what_was_typed_at_such_an_address(shop: Shop) -> None:
    shop.runs()
    address = "/t/boutique/apps/shop/do/release.rollback/?release=3&targets=north"
    sent = kept_in(Client().post(address, {"release": "3", "targets": ["north", "south"]}).text)
    page = cast.signed_in(shop.people.bob).post(address, sent | {"_again": "1"})
    shown = {one.name: one for one in page.context["fields"]}
    assert shown["release"].value == "3"
    assert [one.value for one in shown["targets"].choices if one.selected] == ["north", "south"]

    sent = kept_in(Client().post(address, {"note": "back"}).text)
    page = cast.signed_in(shop.people.bob).post(address, sent | {"_again": "1"})
    assert values(page, "release") == ["3"] and values(page, "note") == ["back"]


def test_a_form_that_is_older_than_the_session_gives_back_what_was_typed_too(shop: Shop) -> None:
    """Its person signed in again in another tab before they sent it."""
    bob = Client(enforce_csrf_checks=True)
    bob.force_login(shop.people.bob)
    answer = bob.post(FORM, {"process": "web", "replicas": "5", "csrfmiddlewaretoken": "x" * 64})

    assert answer.status_code == 403 and "was made before you signed in last" in answer.text
    assert SAID not in answer.text and shop.again().version == 1
    page = bob.post(FORM, kept_in(answer.text) | {"_again": "1"})
    assert page.status_code == 200 and values(page, "replicas") == ["5"] and shop.again().version == 1
    address = "/t/boutique/apps/shop/do/secret.set/"
    assert "hunter2" not in bob.post(address, {"name": "API_KEY", "value": "hunter2"}).text
    assert "too old" in bob.post(FORM, {"csrfmiddlewaretoken": "x" * 64}).text, "where nothing was typed"
