"""A form that is sent after its session has ended saves nothing, and says so once its sender has signed in again."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from apps_mgmt.models import Revision
from tests import cast
from tests.operations.stage import Shop, open_shop

FORM = "/t/boutique/apps/shop/do/process.scale/"
SAID = "Your session had ended when you sent this form, so nothing was saved."


@pytest.fixture(name="shop")
def _shop(db: None) -> Shop:
    return open_shop()


def test_a_form_sent_after_the_session_ended_is_told_so_after_signing_in(shop: Shop) -> None:
    before = Revision.objects.count()
    answer = Client().post(FORM, {"process": "web", "replicas": "5", "version": "1"})

    assert answer.status_code in (302, 303) and answer["Location"].startswith("/sign-in/")
    back = answer.wsgi_request.path + "?_ended=1"
    bob = cast.signed_in(shop.people.bob)
    assert SAID in bob.get(back).text and SAID not in bob.get(FORM).text
    assert Revision.objects.count() == before
    assert "_ended" in answer["Location"]


def test_what_the_address_said_is_kept(shop: Shop) -> None:
    """Its fields may be hidden ones, and blank they mean something else."""
    shop.runs()
    address = "/t/boutique/apps/shop/do/release.rollback/?release=3&targets=north&targets=south"
    answer = Client().post(address, {"release": "3", "targets": ["north", "south"]})

    back = parse_qs(urlsplit(answer["Location"]).query)["next"][0]
    assert parse_qs(urlsplit(back).query) == {"release": ["3"], "targets": ["north", "south"], "_ended": ["1"]}
    page = cast.signed_in(shop.people.bob).get(back)
    assert SAID in page.text
    shown = {one.name: one for one in page.context["fields"]}
    assert shown["release"].value == "3"
    assert [one.value for one in shown["targets"].choices if one.selected] == ["north", "south"]
    again = Client().post(back, {"release": "3"})
    assert parse_qs(urlsplit(again["Location"]).query)["next"] == [back]
