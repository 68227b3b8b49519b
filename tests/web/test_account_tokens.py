"""A person's own page: making a token, seeing it once, revoking it."""

from __future__ import annotations

import re
import uuid

import pytest

from portal.audit.models import AuditEntry
from portal.operations.performing import perform
from tenants import roles, tokens
from tenants.models import ApiToken
from tenants.values import Role
from tests import cast
from tests.operations.stage import open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> cast.Cast:
    return cast.everyone()


def form(**fields: object) -> dict[str, object]:
    return {"name": "laptop", "tenant": "boutique", "days": "30", **fields}


def test_a_new_token_is_shown_once_and_works(people: cast.Cast) -> None:
    client = cast.confirmed(people.bob)

    response = client.post("/account/tokens/", form(permissions=["app.view", "app.deploy"]))

    page = response.content.decode()
    text = re.search(r"slw_[\w-]{43}", page)
    assert text is not None
    assert tokens.find(text[0]) == ApiToken.objects.get()
    assert ApiToken.objects.get().permissions == ["app.deploy", "app.view"]
    assert "no-store" in response["Cache-Control"]
    again = client.get("/account/").content.decode()
    assert text[0] not in again
    assert "laptop" in again


def test_a_token_can_be_kept_to_what_its_owner_may_do_on_a_single_app() -> None:
    shop = open_shop()
    data = {"user": "vera", "role": "developer"}
    client = cast.confirmed(shop.people.vera)
    assert client.post("/account/tokens/", form(permissions=["app.view", "app.scale"])).status_code == 422

    perform("access.grant", actor=shop.alice, ref=shop.ref, data=data)
    page = client.post("/account/tokens/", form(permissions=["app.view", "app.scale"])).content.decode()

    assert 'value="app.scale"' in page and 'value="tenant.members"' not in page
    text = re.search(r"slw_[\w-]{43}", page)
    assert text is not None
    headers = {"Authorization": f"Token {text[0]}"}
    scaled = client.post(
        "/api/v1/tenants/boutique/apps/shop/operations/process.scale",
        {"process": "web", "replicas": 2},
        content_type="application/json",
        headers=headers,
    )
    assert scaled.status_code == 200


def test_who_has_not_confirmed_who_they_are_makes_no_token(people: cast.Cast) -> None:
    client = cast.signed_in(people.bob)

    assert client.post("/account/tokens/", form())["Location"] == "/account/confirm/?next=%2Faccount%2F"
    assert not ApiToken.objects.exists()
    page = client.get("/account/").content.decode()
    assert 'action="/account/tokens/"' not in page
    assert "/account/confirm/?next=/account/" in page


def test_a_form_that_is_not_right_says_so_by_field_and_makes_nothing(people: cast.Cast) -> None:
    client = cast.confirmed(people.bob)

    for wrong in ({"name": ""}, {"days": "9999"}, {"days": "x"}, {"permissions": ["app.fly"]}, {"tenant": "harbor"}):
        assert client.post("/account/tokens/", form(**wrong)).status_code == 422
    assert not ApiToken.objects.exists()


def test_only_rights_that_the_person_has_are_offered(people: cast.Cast) -> None:
    client = cast.confirmed(people.bob)

    page = client.get("/account/").content.decode()
    assert 'value="app.deploy"' in page
    assert 'value="app.delete"' not in page
    assert client.post("/account/tokens/", form(permissions=["app.delete"])).status_code == 422


def test_the_rights_of_a_role_of_the_tenants_own_are_offered_too(people: cast.Cast) -> None:
    roles.define_role(people.boutique, Role("releaser", "Release manager", ("app.view", "release.approve")))
    roles.give_role(people.vera, people.boutique, "releaser")

    page = cast.confirmed(people.vera).get("/account/").content.decode()

    assert 'value="release.approve"' in page
    assert "Release manager" in page


def test_what_was_typed_stays_in_the_form(people: cast.Cast) -> None:
    page = cast.confirmed(people.bob).post("/account/tokens/", form(days="9999")).content.decode()

    assert 'value="laptop"' in page


def test_a_token_is_revoked_by_its_owner_only(people: cast.Cast) -> None:
    token = tokens.issue(people.bob, tenant=people.boutique, name="laptop").token

    assert cast.signed_in(people.alice).post(f"/account/tokens/{token.pk}/revoke/").status_code == 404
    assert ApiToken.objects.get().revoked_at is None
    assert cast.confirmed(people.bob).post(f"/account/tokens/{token.pk}/revoke/").status_code == 302
    assert ApiToken.objects.get().revoked_at is not None


def test_an_unknown_token_is_not_there(people: cast.Cast) -> None:
    assert cast.confirmed(people.bob).post(f"/account/tokens/{uuid.uuid4()}/revoke/").status_code == 404


def test_nobody_sees_the_tokens_of_others(people: cast.Cast) -> None:
    tokens.issue(people.bob, tenant=people.boutique, name="bobs-laptop")

    assert "bobs-laptop" not in cast.signed_in(people.alice).get("/account/").content.decode()


def test_tokens_are_changed_by_post_only(people: cast.Cast) -> None:
    token = tokens.issue(people.bob, tenant=people.boutique, name="laptop").token
    client = cast.confirmed(people.bob)

    assert client.get("/account/tokens/").status_code == 405
    assert client.get(f"/account/tokens/{token.pk}/revoke/").status_code == 405


def test_making_and_revoking_are_in_the_tenants_log_without_the_token(people: cast.Cast) -> None:
    client = cast.confirmed(people.bob)
    page = client.post("/account/tokens/", form()).content.decode()
    client.post(f"/account/tokens/{ApiToken.objects.get().pk}/revoke/")

    entries = list(AuditEntry.objects.filter(tenant_id=people.boutique.pk).order_by("sequence"))
    assert [(entry.operation, entry.actor_name) for entry in entries] == [
        ("token.create", "bob"),
        ("token.revoke", "bob"),
    ]
    text = re.search(r"slw_[\w-]{43}", page)
    assert text is not None
    assert not any(text[0] in str(entry.input) + str(entry.result) for entry in entries)


def test_someone_without_a_tenant_is_told_what_to_do(people: cast.Cast) -> None:
    page = cast.signed_in(people.olga).get("/account/").content.decode()

    assert "No tenant yet" in page
    assert cast.confirmed(people.olga).post("/account/tokens/", form()).status_code == 422
