"""Whatever operation somebody performs in their tenant, with whatever names of another one: nothing is changed there.

Over all operations of the registry and all of their fields, rows of fields included.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction

from apps_mgmt.models import App
from portal.access import Ref
from portal.access.ref import APP, RELEASE, TENANT
from portal.errors import UserError
from portal.operations import registry
from portal.operations.kinds import READ
from portal.operations.operation import Operation
from portal.operations.performing import perform
from tenants import clusters, tokens
from tests import cast
from tests.access.security_stage import EVERY_KIND, House
from tests.operations import scenes

pytestmark = pytest.mark.django_db
REFS = {
    TENANT: Ref(TENANT, "boutique"),
    APP: Ref(APP, "boutique", "shop"),
    RELEASE: Ref(RELEASE, "boutique", "shop", 1),
}
OPERATIONS = [one for one in registry.all_operations() if one.subject in REFS and one.kind is not READ]
PRIVATE = "only-harbor-knows-this"


@pytest.fixture
def foreign(house: House) -> Iterator[list[str]]:
    """Names and ids of what the other tenant has, which says `PRIVATE` wherever it can say something.

    Ids are written otherwise than the database does: what somebody here says about them does not look like a row there.
    """
    with transaction.atomic():
        harbor = house.people.harbor
        quay = App.objects.get(tenant=harbor)
        dock = cast.cluster("dock")
        clusters.grant(harbor, dock)
        issued = tokens.issue(house.people.charlie, tenant=harbor, name=PRIVATE)
        charlie = cast.actor(house.people.charlie)
        role = {"name": "pilot", "title": PRIVATE, "rights": ["app.view"]}
        perform("role.define", actor=charlie, ref=Ref(TENANT, "harbor"), data=role)
        on_quay = Ref(APP, "harbor", "quay")
        perform("app.describe", actor=charlie, ref=on_quay, data={"title": PRIVATE, "description": PRIVATE})
        perform("secret.set", actor=charlie, ref=on_quay, data={"name": "BERTH", "value": PRIVATE})
        yield ["harbor", "quay", "dock", "pilot", "BERTH", harbor.pk.hex, quay.pk.hex, str(issued.token.pk)]
        transaction.set_rollback(True)


@pytest.mark.parametrize("operation", OPERATIONS, ids=scenes.named)
def test_names_of_another_tenant_change_and_show_nothing_of_it(
    house: House, foreign: list[str], operation: type[Operation]
) -> None:
    alice, example, before = cast.actor(house.people.alice), scenes.example(operation), rows_of_harbor(house)
    with transaction.atomic():
        for data in swapped(example, foreign):
            assert PRIVATE not in answer(operation, alice, data), data
        after = rows_of_harbor(house)
        transaction.set_rollback(True)

    assert after == before


def test_what_is_done_there_is_seen(house: House, foreign: list[str]) -> None:
    before = rows_of_harbor(house)
    with transaction.atomic():
        perform(
            "app.lock", actor=cast.actor(house.people.charlie), ref=Ref(APP, "harbor", "quay"), data={"reason": "x"}
        )
        assert rows_of_harbor(house) != before
        transaction.set_rollback(True)


def swapped(value: Any, names: list[str]) -> Iterator[Any]:
    """The input with one text in it, wherever it stands, in turn replaced by each of the names."""
    if isinstance(value, str):
        yield from names
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        for other in swapped(part, names):
            if isinstance(value, dict):
                yield value | {key: other}
            else:
                yield [other if at == key else one for at, one in enumerate(value)]


def answer(operation: type[Operation], actor: Any, data: Any) -> str:
    """What comes of it, as somebody would read it; at length what would come of it as well."""
    said = ""
    for dry_run in (True, False) if EVERY_KIND else (False,):
        try:
            with transaction.atomic():
                outcome = perform(operation.name, actor=actor, ref=REFS[operation.subject], data=data, dry_run=dry_run)
                said += json.dumps(outcome.as_json())
        except UserError as error:
            said += f"{error} {getattr(error, 'fields', '')}"
    return said


def rows_of_harbor(house: House) -> dict[str, str]:
    """A digest per table of the rows that name the other tenant or its app."""
    ids = [str(house.people.harbor.pk), str(App.objects.get(tenant=house.people.harbor).pk)]
    wanted = "md5(string_agg(t::text, '|' ORDER BY t::text))"
    names = sorted(connection.introspection.table_names())
    tables = [f"SELECT '{one}', {wanted} FROM \"{one}\" t WHERE t::text ~ %(ids)s" for one in names]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(tables), {"ids": "|".join(ids)})
        return dict(cursor.fetchall())
