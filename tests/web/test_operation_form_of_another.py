"""A form that was drawn for one person and is sent by another, who signed in meanwhile, is not performed."""

from __future__ import annotations

import pytest
from django.test import Client

from apps_mgmt.models import Revision
from portal.audit.models import AuditEntry
from tests import cast
from tests.operations.stage import Shop, open_shop
from tests.web.filled import values

SCALE = "/t/boutique/apps/shop/do/process.scale/"
SECRET = "/t/boutique/apps/shop/do/secret.set/"
SAID = "This form was made for somebody else, and alice is signed in here now, so nothing was done."


@pytest.fixture(name="shop")
def _shop(db: None) -> Shop:
    return open_shop()


def sent(client: Client, address: str, **typed: str) -> dict[str, str]:
    """What the browser of this person sends when they have typed that."""
    page = client.get(address)
    return {"version": values(page, "version")[0], "drawn_for": values(page, "drawn_for")[0], **typed}


def test_it_is_drawn_again_and_says_who_is_signed_in(shop: Shop) -> None:
    bob, alice = cast.signed_in(shop.people.bob), cast.signed_in(shop.people.alice)
    form = sent(bob, SCALE, process="web", replicas="5", note="sale", then="")
    before = Revision.objects.count(), AuditEntry.objects.count()

    page = alice.post(SCALE, form)
    assert page.status_code == 409 and SAID in page.text
    assert values(page, "replicas") == ["5"] and values(page, "note") == ["sale"]
    assert (Revision.objects.count(), AuditEntry.objects.count()) == before

    assert alice.post(SCALE, form | {"drawn_for": values(page, "drawn_for")[0]}).status_code == 303
    assert AuditEntry.objects.latest("id").actor_name == "alice"


def test_secrets_and_what_confirms_are_typed_anew(shop: Shop) -> None:
    bob, alice = cast.signed_in(shop.people.bob), cast.signed_in(shop.people.alice)
    page = alice.post(SECRET, sent(bob, SECRET, name="API_KEY", value="hunter2"), headers={"HX-Request": "true"})
    assert page.status_code == 409 and SAID in page.text
    assert values(page, "name") == ["API_KEY"] and "hunter2" not in page.text
    assert shop.again().version == 1

    delete = "/t/boutique/apps/shop/do/app.delete/"
    page = alice.post(delete, sent(alice, delete, confirm="shop") | sent(bob, SCALE) | {"confirm": "shop"})
    assert page.status_code == 409 and values(page, "confirm") == [""]
    assert shop.again().deleted_at is None


def test_whoever_sends_the_form_made_for_them_is_not_asked(shop: Shop) -> None:
    bob = cast.signed_in(shop.people.bob)
    assert bob.post(SCALE, sent(bob, SCALE, process="web", replicas="5")).status_code == 303


@pytest.mark.parametrize("person", ["vera", "charlie"])
def test_whoever_may_not_do_it_is_given_back_what_was_typed_and_no_form(shop: Shop, person: str) -> None:
    form = sent(cast.signed_in(shop.people.bob), SCALE, process="web", replicas="5")
    page = cast.signed_in(getattr(shop.people, person)).post(SCALE, form)
    assert page.status_code == 403 and "Not saved yet" in page.text
    assert 'name="replicas" value="5"' in page.text and shop.again().version == 1
