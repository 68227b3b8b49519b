"""Home of those who work for the platform, and what of it a member sees who has rights there, too."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.access import Ref
from portal.access.ref import TENANT
from portal.access.roles import AUDITOR, PLATFORM_OPERATOR, VIEWER
from portal.errors import Forbidden
from portal.operations.performing import perform
from releases.sweep import caught
from tenants import clusters, roles
from tenants.models import User
from tenants.roles import give_role
from tests import cast
from tests.operations.audit_stage import TABLE, behind_its_back
from tests.operations.stage import Shop, open_shop
from tests.web.reading import said_on

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    return open_shop()


@pytest.fixture
def ada(shop: Shop) -> User:
    return cast.platform_person("ada", role=AUDITOR)


def ask_for_quota(by: User, *, tenant: str = "boutique") -> None:
    data = {"dimension": "services", "value": "400", "reason": "Each app has one"}
    perform("quota.request", actor=cast.actor(by), ref=Ref(TENANT, tenant), data=data)


def test_an_operator_sees_what_waits_and_where_it_is_done(shop: Shop) -> None:
    assert "Nothing waits for you." in said_on("/", shop.people.olga)
    ask_for_quota(shop.people.alice)
    north = cast.cluster("east")
    clusters.mark(north.pk, state="away", reason="no route to host")

    page = cast.signed_in(shop.people.olga).get("/").text
    said = said_on("/", shop.people.olga)
    assert "1 quota request waits for a decision" in said and 'href="/platform/quota/"' in page
    assert "The cluster East does not answer no route to host" in said and 'href="/platform/clusters/east/"' in page
    assert "Nothing waits" not in said


def test_an_operator_sees_how_the_platform_is(shop: Shop) -> None:
    data = {"reason": "invoice 2211", "confirm": "harbor"}
    perform("tenant.suspend", actor=cast.actor(shop.people.olga), ref=Ref(TENANT, "harbor"), data=data)

    said = said_on("/", shop.people.olga)
    assert "Tenants 2" in said and "Suspended Harbor" in said and "North" in said


def test_an_operator_sees_what_the_sweep_caught(shop: Shop) -> None:
    assert "Caught by the sweep Nothing" in said_on("/", shop.people.olga)
    caught("timer of release 7")
    caught("shop on north")
    said = said_on("/", shop.people.olga)
    assert "Caught by the sweep 2 events; the last " in said and "shop on north" in said


def test_an_auditor_sees_the_log_and_nothing_else(shop: Shop, ada: User) -> None:
    with pytest.raises(Forbidden):
        perform("process.scale", actor=cast.actor(shop.people.vera), ref=shop.ref, data={"process": "web"})

    page, said = cast.signed_in(ada).get("/").text, said_on("/", ada)
    assert re.search(r"Online Boutique \d entries, not signed yet", said) and "The platform" not in said
    assert 'href="/platform/audit/?tenant=boutique"' in page and 'href="/platform/audit/#verifying"' in page
    assert "shop: was refused: Scale" in said
    assert not re.search(r'href="/(t|platform/(?!audit))', page)


def test_a_chain_whose_end_is_changed_comes_first(shop: Shop, ada: User) -> None:
    data = {"reason": "invoice 2211", "confirm": "harbor"}
    perform("tenant.suspend", actor=cast.actor(shop.people.olga), ref=Ref(TENANT, "harbor"), data=data)
    behind_its_back(f"UPDATE {TABLE} SET hash = repeat('0', 64) WHERE tenant_name = 'boutique'")

    said = said_on("/", ada)
    assert "Online Boutique Its end is not what it was: verify the log Harbor 1 entries" in said


def test_a_chain_that_is_not_signed_any_more_comes_first(shop: Shop, ada: User, settings: Any) -> None:
    settings.SLIPWAY_AUDIT_SECONDS = 0

    assert "Online Boutique Not signed as it should be: verify the log" in said_on("/", ada)


def test_home_costs_as_much_for_many_tenants_as_for_one(shop: Shop) -> None:
    def queries() -> int:
        client = cast.signed_in(shop.people.olga)
        with CaptureQueriesContext(connection) as seen:
            assert client.get("/").status_code == 200
        return len(seen)

    few = queries()
    for number in range(5):
        cast.tenant(f"guild{number}")
        data = {"reason": "invoice 2211", "confirm": f"guild{number}"}
        perform("tenant.suspend", actor=cast.actor(shop.people.olga), ref=Ref(TENANT, f"guild{number}"), data=data)
    assert queries() == few


def test_a_member_who_decides_on_quota_sees_what_waits_at_home(shop: Shop) -> None:
    ask_for_quota(shop.people.charlie, tenant="harbor")
    assert "quota request" not in said_on("/", shop.people.alice)

    roles.give_platform_role(shop.people.alice, PLATFORM_OPERATOR)
    assert "1 quota request waits for a decision" in said_on("/", shop.people.alice)


def test_who_works_for_the_platform_and_in_a_tenant_has_both_homes(shop: Shop) -> None:
    give_role(shop.people.olga, shop.people.boutique, VIEWER)
    client = cast.signed_in(shop.people.olga)
    first, own = client.get("/").text, client.get("/t/boutique/overview/").text
    assert "Audit log" in first and "Instances ready" not in first
    assert 'href="/t/boutique/overview/"' in first and 'href="/"' in own
    assert "/t/boutique/apps/shop/" in own and "Audit log" not in own


def test_a_member_of_several_tenants_reaches_the_home_of_each(shop: Shop) -> None:
    give_role(shop.people.bob, shop.people.harbor, VIEWER)
    client = cast.signed_in(shop.people.bob)
    assert "/t/boutique/apps/shop/" in client.get("/").text
    page = client.get("/t/harbor/overview/").text
    assert 'href="/t/boutique/overview/"' in page and "/t/boutique/apps/shop/" not in page
    assert cast.signed_in(shop.people.alice).get("/t/harbor/overview/").status_code == 404
