"""Route x person for the other roles: operator, approver, a role of the tenant's own, a role on one app.

One request for each route and person: which methods there are does not depend on the role.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction

from portal.access import Ref
from portal.access.ref import APP
from portal.access.roles import APPROVER, OPERATOR, VIEWER
from portal.operations.kinds import READ
from portal.operations.performing import perform
from tenants import roles
from tenants.models import User
from tenants.values import Role
from tests import cast
from tests.access import security_stage as stage
from tests.access.security_stage import PEOPLE, House

pytestmark = pytest.mark.django_db
ROUTES, MATRIX, HOLDERS, LIKE = stage.routes(), stage.matrix(), stage.holders(), stage.likenesses()
OWN = Role("quartermaster", "Quartermaster", ("app.view", "tenant.view", "tenant.quota"))


@pytest.fixture
def members(house: House) -> Iterator[dict[str, User]]:
    with transaction.atomic():
        boutique = house.people.boutique
        roles.define_role(boutique, OWN)
        kinds = {"otto": OPERATOR, "anna": APPROVER, "quinn": OWN.name, "greta": VIEWER}
        yield {name: cast.member(name, tenant=boutique, role=role) for name, role in kinds.items()}
        transaction.set_rollback(True)


def granted(house: House, person: str) -> None:
    """Greta's role on the app."""
    if person == "greta":
        data = {"user": "greta", "role": OPERATOR}
        perform("access.grant", actor=cast.actor(house.people.alice), ref=Ref(APP, "boutique", "shop"), data=data)


@pytest.mark.parametrize("person", LIKE)
def test_every_route_answers_a_member_of_another_role_as_the_file_says(
    house: House, members: dict[str, User], person: str
) -> None:
    granted(house, person)
    client, unlike = house.client_of(members[person]), stage.unlike(person)
    wrong = []
    for route in (one for one in ROUTES if "<str:tenant>" in one and not stage.operations_of(one)):
        expected = unlike.get(route) or MATRIX[route]["GET"][PEOPLE.index(LIKE[person])]
        status = house.ask(client, "GET", house.url(route)).status_code
        if str(status) != expected:
            wrong.append(f"GET {route}: {status}, expected {expected}")
    assert not wrong


@pytest.mark.parametrize("person", LIKE)
def test_every_operation_is_guarded_against_a_member_of_another_role(
    house: House, members: dict[str, User], person: str
) -> None:
    granted(house, person)
    client, wrong = house.client_of(members[person]), []
    for route in (one for one in ROUTES if one.startswith("api/v1/tenants/")):
        for operation in stage.operations_of(route):
            method = "GET" if operation.kind is READ else "POST"
            status = house.ask(client, method, house.url(route, operation=operation.name)).status_code
            passes = person in HOLDERS[operation.permission]
            if status >= 500 or (status in {401, 403, 404, 405} if passes else status != 403):
                wrong.append(f"{method} {route} {operation.name}: {status} (has {operation.permission}: {passes})")
    assert not wrong
