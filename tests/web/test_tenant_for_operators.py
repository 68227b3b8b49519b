"""A tenant's page for platform operators."""

from __future__ import annotations

import pytest

from portal.access import Ref
from portal.access.ref import TENANT
from portal.operations.performing import perform
from tests import cast
from tests.operations.stage import Shop, open_shop

pytestmark = pytest.mark.django_db
PAGE = "/platform/tenants/boutique/"


@pytest.fixture
def shop() -> Shop:
    return open_shop()


def done(shop: Shop, operation: str, **data: str) -> None:
    perform(operation, actor=cast.actor(shop.people.olga), ref=Ref(TENANT, "boutique"), data=data)


def test_it_shows_what_the_tenant_may_use(shop: Shop) -> None:
    page = cast.signed_in(shop.people.olga).get(PAGE).text
    for words in (
        "3 members",
        "North",
        "slipway-boutique",
        "A namespace of its own",
        "Instances",
        "Isolate…",
        "Suspend…",
    ):
        assert words in page


def test_the_list_leads_there(shop: Shop) -> None:
    assert f'href="{PAGE}"' in cast.signed_in(shop.people.olga).get("/platform/tenants/").text


def test_the_way_back_from_its_forms_leads_there(shop: Shop) -> None:
    page = cast.signed_in(shop.people.olga).get("/t/boutique/do/tenant.suspend/").text
    assert f'href="{PAGE}">boutique</a>' in page and 'href="/platform/tenants/">Tenants</a>' in page


def test_it_says_how_the_tenant_is_kept_apart_and_why_it_is_suspended(shop: Shop) -> None:
    done(shop, "tenant.isolate", level="nodes", key="example.com/tenant", value="boutique")
    done(shop, "tenant.suspend", reason="invoice 2211", confirm="boutique")
    page = cast.signed_in(shop.people.olga).get(PAGE).text
    for words in ("example.com/tenant=boutique", "Suspended", "invoice 2211", "Resume…"):
        assert words in page
