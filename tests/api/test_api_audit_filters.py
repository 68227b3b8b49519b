"""Filters of the log that are none of its values are refused by name, as a list without entries would say nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from portal.audit.models import AuditEntry
from portal.audit.recording import Change, Subject, record
from tests import cast
from tests.operations.stage import Shop, open_shop

OWN, ALL = "/api/v1/tenants/boutique/audit/", "/api/v1/platform/audit/"
OUTCOMES = "outcome has to be one of done, refused, failed."


@pytest.fixture(name="shop")
def _shop(db: None) -> Shop:
    return open_shop()


def refused(client: Client, path: str, **query: str) -> dict[str, Any]:
    answer = client.get(path, query)
    assert answer.status_code == 400, (path, query)
    return answer.json()["fields"]


@pytest.mark.parametrize("file", ["", "export"])
@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"outcome": "Refused"}, OUTCOMES),
        ({"outcome": "nonsense"}, OUTCOMES),
        ({"operation": "env.sett"}, "There is no operation env.sett. Did you mean env.set"),
        (
            {"operation": "deploy"},
            "There is no operation deploy. Did you mean config.freeze_check, draft.discard, release.redeploy,",
        ),
        ({"tenant": "nix"}, "tenant has to be boutique: this is its log."),
        ({"tenant": "harbor"}, "tenant has to be boutique: this is its log."),
    ],
)
def test_what_is_no_value_of_a_tenants_log_is_refused(
    shop: Shop, query: dict[str, str], sentence: str, file: str
) -> None:
    fields = refused(cast.signed_in(shop.people.alice), OWN + file, **query)

    assert list(fields) == list(query) and fields[next(iter(query))][0].startswith(sentence)


@pytest.mark.parametrize("file", ["", "export"])
def test_a_tenant_that_there_is_not_is_refused_with_those_there_are(shop: Shop, file: str) -> None:
    fields = refused(cast.signed_in(shop.people.olga), ALL + file, tenant="nix")

    assert fields == {"tenant": ["tenant has to be one of boutique, harbor."]}


@pytest.mark.parametrize("query", [{"outcome": "refused"}, {"operation": "account.sign_in"}, {"tenant": "boutique"}])
def test_what_the_log_could_have_is_no_mistake_though_it_has_none(shop: Shop, query: dict[str, str]) -> None:
    assert cast.signed_in(shop.people.alice).get(OWN, query).status_code == 200


def test_entries_of_what_is_gone_by_now_are_found(shop: Shop) -> None:
    with transaction.atomic():
        gone = Subject("tenant", "7", "gone", shop.app.pk, "gone")
        record(Change(operation="thing.of_old"), actor=shop.alice, subject=gone)
    olga = cast.signed_in(shop.people.olga)

    for query in ({"tenant": "gone"}, {"operation": "thing.of_old"}):
        assert [one["operation"] for one in olga.get(ALL, query).json()] == ["thing.of_old"]
    assert AuditEntry.objects.filter(tenant_name="gone").count() == 1
