"""Who manages members and may do less than some of them sees everybody's true role, and is offered what can be done."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.access import Ref
from portal.operations.performing import perform
from tenants import roles
from tests import cast
from tests.operations.stage import Shop, open_shop

pytestmark = pytest.mark.django_db
MEMBERS, ACCESS = "/t/boutique/members/", "/t/boutique/apps/shop/access/"
RIGHTS = sorted({"tenant.members", "app.view", "app.configure", "app.deploy", "app.scale", "app.operate", "audit.view"})


@pytest.fixture(name="shop")
def _shop() -> Shop:
    """Vera manages members and may change apps; Anna approves, which Vera may not."""
    shop = open_shop()
    cast.member("anna", tenant=shop.people.boutique, role="approver")
    define = {"name": "people-manager", "title": "People manager", "rights": RIGHTS}
    perform("role.define", actor=shop.alice, ref=Ref("tenant", "boutique"), data=define)
    roles.give_role(shop.people.vera, shop.people.boutique, "people-manager")
    return shop


def rows_of(client: Client, path: str) -> dict[str, str]:
    """User name → the markup of the row that is about them."""
    found = re.findall(r"<tr>(.*?)</tr>", client.get(path).text, re.DOTALL)
    names = ("alice", "anna", "bob", "carl", "gina", "vera")
    return {name: row for row in found for name in names if f"<code>{name}</code>" in row}


def chosen(row: str) -> list[str]:
    """The title of each option that is selected."""
    return re.findall(r"<option[^>]* selected>([^<]*)</option>", row)


def test_who_may_do_more_is_shown_with_their_role_and_nothing_to_change(shop: Shop) -> None:
    rows = rows_of(cast.signed_in(shop.people.vera), MEMBERS)

    for name, title in (("alice", "Tenant admin"), ("anna", "Approver")):
        assert title in rows[name]
        assert "<select" not in rows[name] and "member.role" not in rows[name] and "member.remove" not in rows[name]


def test_of_everybody_else_the_true_role_is_chosen(shop: Shop) -> None:
    cast.member("carl", tenant=shop.people.boutique, role="operator")
    rows = rows_of(cast.signed_in(shop.people.vera), MEMBERS)

    assert chosen(rows["carl"]) == ["Operator"] and "member.remove" in rows["carl"]
    assert chosen(rows["vera"]) == ["People manager"]


def test_an_admin_changes_and_removes_everybody(shop: Shop) -> None:
    rows = rows_of(cast.signed_in(shop.people.alice), MEMBERS)

    titles = {"alice": "Tenant admin", "anna": "Approver", "bob": "Developer", "vera": "People manager"}
    assert {name: chosen(row) for name, row in rows.items()} == {name: [title] for name, title in titles.items()}
    assert "member.remove" in rows["anna"] and "member.leave" in rows["alice"]


def test_what_is_offered_on_the_page_goes_through(shop: Shop) -> None:
    cast.member("carl", tenant=shop.people.boutique, role="operator")
    vera = cast.signed_in(shop.people.vera)
    offered = {name for name, row in rows_of(vera, MEMBERS).items() if "member.remove" in row}
    removed = {
        name
        for name in ("alice", "anna", "bob", "carl")
        if vera.post("/t/boutique/do/member.remove/", {"user": name}).status_code == 303
    }

    assert offered == removed == {"carl"}


def test_who_may_do_more_on_an_app_is_not_offered_to_be_taken_out(shop: Shop) -> None:
    for name, role in (("carl", "operator"), ("gina", "approver")):
        cast.member(name, tenant=shop.people.boutique, role="viewer")
        shop.do("access.grant", actor=shop.alice, user=name, role=role)
    vera, alice = cast.signed_in(shop.people.vera), cast.signed_in(shop.people.alice)
    rows = rows_of(vera, MEMBERS)

    # The role in the tenant may be changed all the same: it is not what outranks.
    assert chosen(rows["gina"]) == ["Viewer"] and "member.remove" not in rows["gina"]
    assert "member.remove" in rows["carl"]
    assert vera.post("/t/boutique/do/member.remove/", {"user": "gina"}).status_code == 403
    assert vera.post("/t/boutique/do/member.role/", {"user": "gina", "role": "operator"}).status_code == 303
    assert "member.remove" in rows_of(alice, MEMBERS)["gina"]

    shop.do("access.grant", actor=shop.alice, user="vera", role="approver")
    assert "member.remove" in rows_of(vera, MEMBERS)["gina"]
    assert vera.post("/t/boutique/do/member.remove/", {"user": "gina"}).status_code == 303


def test_many_apps_are_asked_about_as_quickly_as_one(shop: Shop) -> None:
    vera, asked = cast.signed_in(shop.people.vera), []
    gina = cast.member("gina", tenant=shop.people.boutique, role="viewer")
    for name in ("shop", "cart", "mail"):
        if name != "shop":
            shop.create(name, image=f"registry.example.com/{name}:1")
        perform(
            "access.grant",
            actor=shop.alice,
            ref=Ref("app", "boutique", name),
            data={"user": gina.username, "role": "approver"},
        )
        with CaptureQueriesContext(connection) as seen:
            assert "member.remove" not in rows_of(vera, MEMBERS)["gina"]
        asked.append(len(seen))

    assert asked[1] == asked[2] <= asked[0] + 1


def test_access_to_an_app_is_taken_only_from_who_may_do_no_more_with_it(shop: Shop) -> None:
    for name, role in (("anna", "operator"), ("bob", "approver"), ("vera", "approver")):
        shop.do("access.grant", actor=shop.alice, user=name, role=role)
    cast.member("carl", tenant=shop.people.boutique, role="viewer")
    shop.do("access.grant", actor=shop.alice, user="carl", role="operator")
    roles.give_role(shop.people.bob, shop.people.boutique, "admin")
    vera = cast.signed_in(shop.people.vera)
    rows = rows_of(vera, ACCESS)
    offered = {name for name, row in rows.items() if "access.revoke" in row}

    # Anna and Vera approve here, and Vera by the role on the app: nobody is above her but the admins.
    assert offered == {"anna", "carl", "vera"}
    assert "Approver" in rows["bob"]
    assert vera.post("/t/boutique/apps/shop/do/access.revoke/", {"user": "bob", "role": "approver"}).status_code == 403
