"""The roles that nobody in `routes.toml` has: operator, approver and auditor, on every route.

An operator and an approver see what a viewer sees, and may do what their role says. An auditor sees the log of the
platform and, elsewhere, what somebody sees who is no member: that the platform is there, and nothing of tenants.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction

from portal.access.roles import APPROVER, AUDITOR, OPERATOR, ROLES
from portal.operations.kinds import READ
from tenants.models import User
from tests import cast
from tests.access import security_stage as stage
from tests.access.security_stage import PEOPLE, House

pytestmark = pytest.mark.django_db
ROUTES, MATRIX = stage.routes(), stage.matrix()
LIKE = {OPERATOR: "vera", APPROVER: "vera", AUDITOR: "olga"}
OVER_THE_PLATFORM = [one for one in ROUTES if one.startswith(("platform/", "api/v1/platform/"))]
OF_THE_AUDITOR = [one for one in OVER_THE_PLATFORM if "/audit/" in one]


@pytest.fixture
def somebody(house: House, request: pytest.FixtureRequest) -> Iterator[User]:
    """With the role that the test is run for, in `boutique` or over the platform."""
    role = request.node.callspec.params["role"]
    with transaction.atomic():
        if role == AUDITOR:
            yield cast.platform_person("somebody", role=role)
        else:
            yield cast.member("somebody", tenant=house.people.boutique, role=role)
        transaction.set_rollback(True)


def expected(route: str, method: str, role: str) -> str:
    if role == AUDITOR and route in OVER_THE_PLATFORM and route not in OF_THE_AUDITOR:
        return MATRIX[route][method][PEOPLE.index("charlie")]
    return MATRIX[route][method][PEOPLE.index(LIKE[role])]


@pytest.mark.parametrize("role", LIKE)
def test_every_route_answers_the_role_as_it_should(house: House, somebody: User, role: str) -> None:
    client, wrong = cast.signed_in(somebody), []
    client.raise_request_exception = False
    for route in (one for one in ROUTES if not stage.operations_of(one)):
        own = "<uuid:token_id>" in route or "<str:username>" in route
        for method in ("GET",) if own else ("GET", "POST"):
            status = house.ask(client, method, house.url(route)).status_code
            if str(status) != expected(route, method, role):
                wrong.append(f"{method} {route}: {status}, expected {expected(route, method, role)}")
    assert not wrong


@pytest.mark.parametrize("role", LIKE)
def test_every_operation_is_for_those_whose_role_has_its_right(house: House, somebody: User, role: str) -> None:
    client, wrong = cast.signed_in(somebody), []
    client.raise_request_exception = False
    for route in (one for one in ROUTES if one.startswith("api/")):
        member = role != AUDITOR and "<str:tenant>" in route
        told = member or route in OVER_THE_PLATFORM
        for operation in stage.operations_of(route):
            method = "GET" if operation.kind is READ else "POST"
            status = house.ask(client, method, house.url(route, operation=operation.name)).status_code
            if member and operation.permission in ROLES[role]:
                fine = status < 500 and status not in {401, 403, 404, 405}
            else:
                fine = status == (403 if told else 404)
            if not fine:
                wrong.append(f"{route} {operation.name}: {status}")
    assert not wrong
