"""Names and ids of another tenant, swapped into every place of an address or a form, lead nowhere."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from apps_mgmt.models import App
from portal.access.permissions import PLATFORM
from portal.operations.kinds import READ
from releases.models import Release
from tests import cast
from tests.access import security_stage as stage
from tests.access.security_stage import House

pytestmark = pytest.mark.django_db
ROUTES, MATRIX = stage.routes(), stage.matrix()
OF_TENANTS = [one for one in ROUTES if "<str:tenant>" in one]
OF_APPS = [one for one in OF_TENANTS if "<str:app>" in one]


def answers(house: House, client: Client, person: str, route: str, **swapped: object) -> list[tuple[str, int]]:
    """What a person is answered at a route with other names in it, by each method the route knows."""
    found = []
    asked = [one for one in stage.operations_of(route) if one.kind is not READ]
    # What the platform does with a tenant is for whoever operates it, in any tenant.
    names = [one.name for one in asked if person != "olga" or one.permission not in PLATFORM] or [""]
    for method in ("GET", "POST"):
        if set(MATRIX[route][method][1:]) == {"405"}:
            continue
        for name in names:
            url = house.url(route, operation=name, **swapped)
            found.append((f"{method} {url}", house.ask(client, method, url).status_code))
    return found


@pytest.mark.parametrize("person", ["charlie", "alice", "bob"])
@pytest.mark.parametrize(
    "swapped", [{"tenant": "harbor", "app": "shop"}, {"tenant": "boutique", "app": "quay"}], ids=["tenant", "app"]
)
def test_an_app_is_found_under_its_own_tenant_only(house: House, person: str, swapped: dict[str, str]) -> None:
    client = house.client(person)
    wrong = [said for route in OF_APPS for said in answers(house, client, person, route, **swapped) if said[1] != 404]
    assert not wrong


@pytest.mark.parametrize("person", ["alice", "olga"])
def test_another_tenant_looks_like_one_that_is_not_there(house: House, person: str) -> None:
    client = house.client(person)
    for route in OF_TENANTS:
        if person == "olga" and route.startswith(("platform/", "api/v1/platform/")):
            continue  # her own view of every tenant
        there = answers(house, client, person, route, tenant="harbor", app="quay")
        nowhere = answers(house, client, person, route, tenant="nobody", app="quay")
        assert [status for _url, status in there] == [404] * len(there), there
        assert [status for _url, status in nowhere] == [404] * len(nowhere), nowhere


def test_the_words_for_not_yours_and_not_there_are_the_same(house: House) -> None:
    client = house.client("charlie")
    for path in ("/t/{}/", "/t/{}/apps/shop/", "/api/v1/tenants/{}/apps/shop"):
        yours, there = (house.ask(client, "GET", path.format(name)).content for name in ("boutique", "nobody"))
        assert _without_ids(yours) == _without_ids(there)


def test_asking_what_a_route_can_do_says_nothing_of_what_is_there(house: House) -> None:
    client = house.client("alice")
    for route in OF_TENANTS:
        if (url := house.url(route)).startswith("/api/"):
            yours, others, nowhere = (
                house.ask(client, "OPTIONS", url.replace("/boutique/", f"/{tenant}/"))
                for tenant in ("boutique", "harbor", "nobody")
            )
            assert yours.content == others.content == nowhere.content, route


def test_a_release_is_found_under_its_own_app_only(house: House) -> None:
    quay = App.objects.get(name="quay")
    shop = Release.objects.get(app__name="shop")
    assert not Release.objects.filter(app=quay).exists()
    client = house.client("charlie")
    for route in (one for one in OF_APPS if "<int:number>" in one):
        for url, status in answers(house, client, "charlie", route, tenant="harbor", app="quay", number=shop.number):
            assert status == 404, url


def test_the_fields_of_forms_name_nothing_of_another_tenant(house: House) -> None:
    alice = cast.confirmed(house.people.alice, house.client("alice"))
    token = {"name": "mine", "tenant": "harbor", "days": "30", "permissions": []}
    assert house.ask(alice, "POST", "/account/tokens/", data=token).status_code == 422
    member = {"user": "vera", "role": "admin"}
    assert house.ask(alice, "POST", "/t/harbor/do/member.add/", data=member).status_code == 404
    data = {"name": "boat", "image": "registry.example.com/boat:1", "tenant": "harbor", "tenant_id": "harbor"}
    answer = house.ask(alice, "POST", "/api/v1/tenants/boutique/operations/app.create", data=data)
    assert answer.status_code == 400 and set(answer.json()["fields"]) == {"tenant", "tenant_id"}
    assert not App.objects.filter(name="boat").exists()


@pytest.mark.parametrize(
    "query",
    [
        "tenant=harbor",
        "tenant__name=harbor",
        "q=quay",
        "app=quay",
        "person=charlie",
        "_connector=OR",
        "before=1%20OR%201",
    ],
)
def test_filters_of_lists_show_nothing_of_another_tenant(house: House, query: str) -> None:
    alice = house.client("alice")
    for path in ("/t/boutique/activity/", "/t/boutique/apps/", "/tenants/", "/go/", "/api/v1/tenants/boutique/apps/"):
        text = house.ask(alice, "GET", f"{path}?{query}").content.decode()
        assert "/t/harbor/" not in text and "charlie" not in text.replace(query, "").replace('value="charlie"', "")


def _without_ids(page: bytes) -> bytes:
    return re.sub(rb'nonce="[^"]*"|boutique|nobody|[A-Za-z0-9_/+=-]{20,}', b"", page)
