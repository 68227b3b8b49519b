"""Times of the log's filters: with any offset, and none that the database cannot take."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client, RequestFactory

from portal.audit.models import AuditEntry
from portal.errors import Invalid
from releases.log import exporting, searching
from tests import cast
from tests.operations.stage import Shop, open_shop

API = "/api/v1/tenants/boutique/audit/"


@pytest.fixture(name="shop")
def _shop(db: None) -> Shop:
    return open_shop()


def answers(shop: Shop, query: str) -> list[Any]:
    """What pages, API and exports answer, in a tenant and over all of them."""
    alice, olga = cast.signed_in(shop.people.alice), cast.signed_in(shop.people.olga)
    own = cast.token_header(shop.people.alice, tenant=shop.people.boutique)
    over = cast.token_header(shop.people.olga, tenant=None)
    return [
        Client().get(f"{API}?{query}", headers=own),
        Client().get(f"{API}export?{query}", headers=own),
        Client().get(f"/api/v1/platform/audit/?{query}", headers=over),
        Client().get(f"/api/v1/platform/audit/export?{query}", headers=over),
        alice.get(f"/t/boutique/activity/?{query}"),
        olga.get(f"/platform/audit/?{query}"),
    ]


@pytest.mark.parametrize("offset", ["+14:00", "+16:00", "-16:00", "+23:59", "-23:59"])
@pytest.mark.parametrize("name", ["since", "until"])
def test_a_moment_may_have_any_offset(shop: Shop, name: str, offset: str) -> None:
    for answer in answers(shop, f"{name}={quote('2026-11-28T10:00:00' + offset)}"):
        assert answer.status_code == 200
        assert "has to be a day" not in (answer.text if not answer.streaming else b"".join(answer).decode())


def test_a_moment_with_an_offset_is_the_moment_it_names(shop: Shop) -> None:
    at = AuditEntry.objects.earliest("at").at
    there = at.astimezone(timezone(timedelta(hours=20)))
    header = cast.token_header(shop.people.alice, tenant=shop.people.boutique)

    def found(name: str, moment: datetime) -> int:
        return len(Client().get(f"{API}?{name}={quote(moment.isoformat())}", headers=header).json())

    assert found("until", there) == 0 and found("until", there + timedelta(seconds=1)) > 0
    assert found("since", there) == found("since", at.astimezone(UTC)) > 0


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+16:00", "9999-12-31T23:59:59-16:00"])
@pytest.mark.parametrize("name", ["since", "until"])
def test_a_moment_that_no_year_has_is_refused(shop: Shop, name: str, moment: str) -> None:
    *of_api, page, over = answers(shop, f"{name}={quote(moment)}")
    for answer in of_api:
        assert answer.status_code == 400 and answer.json()["fields"][name]
    for answer in (page, over):
        assert answer.status_code == 200 and f"{name} has to be a day or a moment" in answer.text


@pytest.mark.parametrize("day", ["0001-01-01", "9998-12-31", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_the_first_and_the_last_there_are_can_be_asked_for(shop: Shop, day: str) -> None:
    for name in ("since", "until"):
        assert {one.status_code for one in answers(shop, f"{name}={day}")} == {200}


def test_an_export_that_the_database_cannot_search_is_refused_before_it_begins(shop: Shop) -> None:
    far = datetime(2026, 11, 28, tzinfo=timezone(timedelta(hours=16)))
    request = RequestFactory().get(API)
    request.user = shop.people.alice

    with pytest.raises(Invalid, match="cannot be searched"):
        exporting.export(request, AuditEntry.objects.filter(at__gte=far), tenant=None,
                         filters=searching.filters_in({}), kind="jsonl")  # fmt: skip
    assert not AuditEntry.objects.filter(operation="audit.export").exists()


@pytest.mark.parametrize("path", ["/t/boutique/activity/", "/t/boutique/apps/shop/activity/", "/platform/audit/"])
def test_the_page_says_whose_days_it_asks_for(shop: Shop, path: str) -> None:
    page = cast.signed_in(shop.people.olga if path.startswith("/platform") else shop.people.alice).get(path).text

    told = page.partition('id="searched"')[2].partition("</p>")[0]
    assert "From and Until: whole days in UTC" in told
    for name in ("since", "until"):
        field = page.partition(f'id="{name}"')[2].partition(">")[0]
        assert 'aria-describedby="searched"' in field
