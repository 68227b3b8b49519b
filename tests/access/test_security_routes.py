"""Route x person x method: every route of the resolver answers everyone as `routes.toml` says."""

from __future__ import annotations

import pytest

from portal.access.roles import AUDITOR
from portal.operations.kinds import READ
from tests import cast
from tests.access import security_stage as stage
from tests.access.security_stage import PEOPLE, House

pytestmark = pytest.mark.django_db
ROUTES, MATRIX, HOLDERS = stage.routes(), stage.matrix(), stage.holders()
REST = ("PUT", "PATCH", "DELETE", "TRACE")
# What says nothing about a tenant, and so may be read by whoever comes.
PUBLIC = {"healthz", "readyz", "sign-in/", "api/v1/schema/"}


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    assert set(ROUTES) - set(MATRIX) == set(), "Say in routes.toml who may ask these, and what they are answered."
    assert set(MATRIX) - set(ROUTES) == set(), "These rows of routes.toml have no route any more."
    assert all(set(row) == {"GET", "POST"} for row in MATRIX.values())
    assert all(len(said) == len(PEOPLE) for row in MATRIX.values() for said in row.values())


def test_every_right_an_operation_asks_for_has_a_row() -> None:
    asked = {one.permission for route in ROUTES for one in stage.operations_of(route)}
    assert asked - set(HOLDERS) == set(), "Say in routes.toml who of the cast has these rights."


def test_the_file_lets_nobody_in_who_has_no_business_there() -> None:
    """The file itself is held to the rules: it is what people edit when a test fails."""
    for route, row in MATRIX.items():
        anonymous, stranger = row["GET"][0], row["GET"][1]
        assert anonymous in {"302", "401", "404", "405"} or route in PUBLIC, route
        if "<str:tenant>" in route:
            assert stranger in {"404", "405"} and row["POST"][1] in {"404", "405"}, route
            assert row["POST"][5] in {"404", "405", "over"}, f"{route}: a platform operator is no member"
        if route.startswith(("platform/", "api/v1/platform/")):
            hidden = any(part in route for part in ("<str:tenant>", "<str:chain>", "operations/<str:name>"))
            assert stranger in {"404" if hidden else "403", "405"}, route
            assert set(row["GET"][1:5]) <= {"403", "404", "405"}, route


@pytest.mark.parametrize("person", PEOPLE)
def test_every_route_answers_as_its_row_says(house: House, person: str) -> None:
    client, column = house.client(person), PEOPLE.index(person)
    wrong = []
    for route in ROUTES:
        if stage.operations_of(route):
            continue
        for method, said in MATRIX[route].items():
            status = house.ask(client, method, house.url(route)).status_code
            if str(status) != said[column]:
                wrong.append(f"{method} {route}: {status}, expected {said[column]}")
    assert not wrong


@pytest.mark.parametrize("person", PEOPLE)
def test_every_operation_is_guarded_by_its_right_on_each_of_its_routes(house: House, person: str) -> None:
    client, column = house.client(person), PEOPLE.index(person)
    wrong = []
    for route in ROUTES:
        for operation in stage.operations_of(route):
            answers = MATRIX[route]
            if operation.kind is READ:  # asked with GET by the API, and without a form
                answers = {"GET": answers["POST"]} if route.startswith("api/") else {}
            for method, said in answers.items():
                status = house.ask(client, method, house.url(route, operation=operation.name)).status_code
                expected = said[column]
                passes = person in HOLDERS[operation.permission]
                if expected in ("right", "over"):
                    refused = 403 if expected == "right" else 404
                    fine = status not in {401, 403, 404, 405} and status < 500 if passes else status == refused
                else:
                    fine = str(status) == expected
                if not fine:
                    wrong.append(f"{method} {route} {operation.name}: {status}, expected {expected} (has it: {passes})")
    assert not wrong


def test_an_auditor_reads_the_log_of_all_and_is_a_stranger_everywhere_else(house: House) -> None:
    client, wrong = house.client_of(cast.platform_person("ada", role=AUDITOR)), []
    for route in ROUTES:
        column = PEOPLE.index("olga" if route.startswith(("platform/audit/", "api/v1/platform/audit/")) else "charlie")
        for operation in stage.operations_of(route) or [None]:
            names = {"operation": operation.name} if operation else {}
            for method, said in MATRIX[route].items():
                status = house.ask(client, method, house.url(route, **names)).status_code
                # What is read is asked for with GET.
                if str(status) != said[column] and not (operation and operation.kind is READ and status in {404, 405}):
                    wrong.append(f"{method} {route} {names}: {status}, expected {said[column]}")
    assert not wrong


@pytest.mark.parametrize("person", ["anonymous", "alice"])
def test_no_route_knows_any_other_method(house: House, person: str) -> None:
    client, known = house.client(person), []
    for route in ROUTES:
        for method in REST:
            status = house.ask(client, method, house.url(route)).status_code
            if status not in {302, 401, 403, 404, 405}:
                known.append(f"{method} {route}: {status}")
    assert not known


def test_a_token_opens_no_page_and_nothing_outside_its_tenant(house: House) -> None:
    client = house.client("anonymous")
    token = cast.token_header(house.people.alice, tenant=house.people.boutique)
    for route in ROUTES:
        if route in PUBLIC or route == "sign-out/":
            continue
        status = house.ask(client, "GET", house.url(route), headers=token).status_code
        if not route.startswith("api/"):
            assert status in {302, 404, 405}, f"{route} let a token in: {status}"
        elif "<str:tenant>" in route:
            other = house.ask(client, "GET", house.url(route, tenant="harbor", app="quay"), headers=token).status_code
            assert other in {404, 405}, f"{route} of another tenant: {other}"
