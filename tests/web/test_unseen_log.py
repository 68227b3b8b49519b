"""Whoever may not see who did what is led nowhere where that is shown."""

from __future__ import annotations

import re

import pytest

from portal.access import Ref
from portal.operations.performing import perform
from tenants import roles
from tests import cast
from tests.operations.stage import Shop, open_shop

pytestmark = pytest.mark.django_db
LOGS = ("/t/boutique/activity/", "/t/boutique/apps/shop/activity/")
PAGES = ("/", "/t/boutique/apps/", "/t/boutique/apps/shop/", "/t/boutique/apps/shop/configure/", "/t/boutique/members/")


@pytest.fixture(name="shop")
def _shop() -> Shop:
    """Vera sees apps, not the log."""
    shop = open_shop()
    define = {"name": "onlooker", "title": "Onlooker", "rights": ["app.view"]}
    perform("role.define", actor=shop.alice, ref=Ref("tenant", "boutique"), data=define)
    roles.give_role(shop.people.vera, shop.people.boutique, "onlooker")
    return shop


def ways_to_a_log(text: str) -> set[str]:
    return set(re.findall(r'href="(/t/boutique/(?:apps/shop/)?activity/)', text))


@pytest.mark.parametrize("path", PAGES)
def test_no_link_leads_to_a_log_that_is_not_ones_to_see(shop: Shop, path: str) -> None:
    vera, alice = cast.signed_in(shop.people.vera), cast.signed_in(shop.people.alice)
    assert [vera.get(one).status_code for one in LOGS] == [403, 403]

    assert ways_to_a_log(alice.get(path).text)
    assert not ways_to_a_log(vera.get(path).text)
