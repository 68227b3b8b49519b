"""A role on a single app adds to the role in the tenant, for as long as both are there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portal import access
from portal.access import Actor, Ref, permissions
from portal.errors import Forbidden, Refused
from portal.operations.performing import perform
from tests import cast
from tests.operations.stage import Shop

TENANT = Ref("tenant", "boutique")


def vera_on(shop: Shop, app: str) -> frozenset[str]:
    vera = cast.actor(shop.people.vera)
    found = access.get(vera, Ref("app", "boutique", app), permissions.APP_VIEW)
    return access.rights(vera, tenant_id=found.tenant_id, app_id=found.pk)


def grant(shop: Shop, *, user: str = "vera", role: str = "operator", actor: Actor | None = None) -> None:
    shop.do("access.grant", actor=actor or shop.alice, user=user, role=role)


def test_it_is_good_for_that_app_alone(shop: Shop) -> None:
    shop.create("other", image="registry.example.com/other:1")
    grant(shop)
    assert permissions.APP_SCALE in vera_on(shop, "shop") and permissions.APP_SCALE not in vera_on(shop, "other")


def test_with_it_the_operation_goes_through(shop: Shop) -> None:
    grant(shop)
    vera = cast.actor(shop.people.vera)
    assert shop.do("process.scale", actor=vera, process="web", replicas=4).changed


def test_it_is_gone_when_it_is_taken(shop: Shop) -> None:
    grant(shop)
    shop.do("access.revoke", actor=shop.alice, user="vera", role="operator")
    assert permissions.APP_SCALE not in vera_on(shop, "shop")


def test_who_leaves_the_tenant_and_comes_back_does_not_have_it_again(shop: Shop) -> None:
    grant(shop)
    perform("member.remove", actor=shop.alice, ref=TENANT, data={"user": "vera"})
    perform("member.add", actor=shop.alice, ref=TENANT, data={"user": "vera", "role": "viewer"})
    assert permissions.APP_SCALE not in vera_on(shop, "shop")


def test_nobody_gives_on_an_app_what_they_lack(shop: Shop) -> None:
    alice = cast.actor(shop.people.alice)
    narrow = Actor(
        how="token",
        user_id=alice.user_id,
        username="alice",
        tenant_scope=shop.app.tenant_id,
        rights_scope=frozenset({permissions.TENANT_MEMBERS, permissions.APP_VIEW}),
    )
    with pytest.raises(Forbidden, match=r"this token lacks: app\.operate, app\.scale\. Make a token"):
        grant(shop, actor=narrow)


@pytest.mark.parametrize(
    ("given", "words"),
    [({"user": "charlie"}, "not a member"), ({"role": "emperor"}, "no role emperor"), ({"role": "auditor"}, "no role")],
)
def test_what_cannot_be_given_is_refused(shop: Shop, given: dict[str, str], words: str) -> None:
    with pytest.raises(Refused, match=words):
        grant(shop, **given)


def test_a_role_of_the_tenants_own_can_be_given_and_its_changes_follow(shop: Shop) -> None:
    data = {"name": "scaler", "title": "Scaler", "rights": ["app.scale", "app.view"]}
    perform("role.define", actor=shop.alice, ref=TENANT, data=data)
    grant(shop, role="scaler")
    assert permissions.APP_SCALE in vera_on(shop, "shop")
    with pytest.raises(Refused, match="on shop"):
        perform("role.remove", actor=shop.alice, ref=TENANT, data={"role": "scaler"})
    perform("role.define", actor=shop.alice, ref=TENANT, data=data | {"rights": ["app.view", "app.operate"]})
    assert {permissions.APP_SCALE, permissions.APP_OPERATE} & vera_on(shop, "shop") == {permissions.APP_OPERATE}


def test_nobody_takes_a_role_on_an_app_from_a_member_who_may_do_more(shop: Shop) -> None:
    rights = ["tenant.members", "tenant.view", "app.view", "audit.view"]
    data = {"name": "people-manager", "title": "People", "rights": rights}
    perform("role.define", actor=shop.alice, ref=TENANT, data=data)
    dora = cast.member("dora", tenant=shop.people.boutique, role="people-manager")
    grant(shop)
    with pytest.raises(Forbidden) as refusal:
        shop.do("access.revoke", actor=cast.actor(dora), user="vera", role="operator")

    assert refusal.value.code == "outranked" and str(refusal.value).endswith("Ask alice.")
    assert permissions.APP_SCALE in vera_on(shop, "shop")


def test_nobody_removes_a_member_who_may_do_more_on_an_app(shop: Shop) -> None:
    data = {"name": "people-manager", "title": "People", "rights": ["tenant.members", "tenant.view", "app.view"]}
    perform("role.define", actor=shop.alice, ref=TENANT, data=data)
    dora = cast.member("dora", tenant=shop.people.boutique, role="people-manager")
    perform(
        "role.define",
        actor=shop.alice,
        ref=TENANT,
        data=data | {"name": "looker", "title": "Looker", "rights": ["app.view"]},
    )
    cast.member("gus", tenant=shop.people.boutique, role="looker")
    grant(shop, user="gus", role="developer")
    with pytest.raises(Forbidden, match=r"rights you lack: .*app\.deploy.*\. Ask alice\.") as refusal:
        perform("member.remove", actor=cast.actor(dora), ref=TENANT, data={"user": "gus"})

    assert refusal.value.code == "outranked"
    assert shop.people.boutique.memberships.filter(user__username="gus").exists()


def test_who_may_do_more_on_an_app_can_leave(shop: Shop) -> None:
    grant(shop)
    perform("member.leave", actor=cast.actor(shop.people.vera), ref=TENANT, data={"confirm": "boutique"})

    assert not shop.people.boutique.memberships.filter(user__username="vera").exists()


def test_a_token_that_lacks_what_its_owner_has_on_the_app_is_named(shop: Shop) -> None:
    grant(shop)
    vera = replace(cast.actor(shop.people.vera), how="token", rights_scope=frozenset({permissions.APP_VIEW}))
    with pytest.raises(Forbidden, match=r"This token lacks the right app\.scale"):
        shop.do("process.scale", actor=vera, process="web", replicas=4)
