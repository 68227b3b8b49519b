"""Two operators who give two tenants one title at the same moment: one of them is told to choose another."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from portal.access import Ref
from portal.errors import Refused
from portal.operations.performing import perform
from portal.spelling import as_seen
from tenants.models import Tenant
from tests import cast

pytestmark = pytest.mark.django_db(transaction=True)
Call = tuple[str, Ref, Mapping[str, str]]
TITLE = "The market"


def described(tenant: str, title: str = TITLE) -> Call:
    return "tenant.describe", Ref("tenant", tenant), {"title": title}


def founded(name: str, title: str = TITLE) -> Call:
    return "tenant.create", Ref("platform"), {"name": name, "title": title, "user": "vera"}


@pytest.mark.parametrize(
    "calls",
    [
        [described("boutique"), described("harbor")],
        [described("boutique"), described("harbor", "the M\N{CYRILLIC SMALL LETTER A}rket")],
        [described("boutique"), founded("market")],
        [founded("market"), founded("market-2")],
    ],
    ids=["two described", "two that look alike", "one founded meanwhile", "two founded"],
)
def test_of_two_who_give_one_title_at_once_one_is_refused(calls: list[Call]) -> None:
    people = cast.everyone()
    operators = [people.olga, cast.platform_person("olaf", role="platform-operator")]
    gate = threading.Barrier(len(calls))

    def give(number: int) -> str:
        operation, ref, data = calls[number]
        try:
            gate.wait(timeout=60)
            perform(operation, actor=cast.actor(operators[number]), ref=ref, data=data)
        except Refused as refused:
            return str(refused)
        finally:
            connections.close_all()
        return ""

    with ThreadPoolExecutor(len(calls)) as pool:
        done, refused = sorted(pool.map(give, range(len(calls))))

    assert done == "" and "has a title that looks like this one. Choose another title." in refused
    assert [as_seen(one) for one in Tenant.objects.values_list("title", flat=True)].count(as_seen(TITLE)) == 1
