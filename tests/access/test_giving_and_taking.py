"""Nobody gives or takes more than they have, each refusal says whom to ask, and whoever is a member can leave."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.test import Client

from portal import access
from portal.access import Ref
from portal.errors import Forbidden, Refused
from portal.operations.performing import perform
from tenants import roles
from tenants.models import Tenant, User
from tests import cast


def rights_of(user: User, tenant: Tenant) -> frozenset[str]:
    return access.rights(cast.actor(user), tenant_id=tenant.pk)


def change(by: User, operation: str, **data: object) -> None:
    perform(operation, actor=cast.actor(by), ref=Ref("tenant", "boutique"), data=data)


def test_who_has_any_role_of_the_tenants_own_can_leave(people: cast.Cast) -> None:
    change(people.alice, "role.define", name="deployer", title="Deployer", rights=["app.view", "app.deploy"])
    change(people.alice, "member.role", user="vera", role="deployer")
    change(people.vera, "member.leave", confirm="boutique")

    assert not rights_of(people.vera, people.boutique)


@pytest.mark.parametrize("listed", [("app.view", "tenant.view"), ("tenant.members", "tenant.view")])
@pytest.mark.parametrize("switch", ["", "?dry_run=1"])
def test_a_token_with_a_list_of_rights_ends_no_membership(
    people: cast.Cast, listed: tuple[str, ...], switch: str
) -> None:
    address = f"/api/v1/tenants/boutique/operations/member.leave{switch}"
    narrow = cast.token_header(people.vera, tenant=people.boutique, permissions=listed)
    answer = Client().post(address, {"confirm": "boutique"}, content_type="application/json", headers=narrow)

    assert answer.status_code == 403 and "This token has a list of rights" in answer.json()["message"]
    assert rights_of(people.vera, people.boutique)
    header = cast.token_header(people.vera, tenant=people.boutique)
    told = Client().post(address, {"confirm": "boutique"}, content_type="application/json", headers=header)
    assert told.status_code == 200


@pytest.fixture
def dora(people: cast.Cast) -> User:
    """She manages members and sees apps, no more."""
    rights = ["tenant.members", "tenant.view", "app.view", "audit.view"]
    change(people.alice, "role.define", name="people-manager", title="People", rights=rights)
    dora = cast.person("dora")
    change(people.alice, "member.add", user="dora", role="people-manager")
    return dora


def test_nobody_shrinks_a_role_of_a_member_who_may_do_more(people: cast.Cast, dora: User) -> None:
    change(people.alice, "role.define", name="deployer", title="Deployer", rights=["app.view", "app.deploy"])
    change(people.alice, "member.role", user="vera", role="deployer")
    with pytest.raises(Forbidden) as refusal:
        change(dora, "role.define", name="deployer", title="Deployer", rights=["app.view"])

    assert refusal.value.code == "outranked"
    assert rights_of(people.vera, people.boutique) >= {"app.deploy"}


def test_a_role_that_nobody_has_may_be_shrunk_by_who_manages_members(people: cast.Cast, dora: User) -> None:
    change(people.alice, "role.define", name="deployer", title="Deployer", rights=["app.view", "app.deploy"])
    change(dora, "role.define", name="deployer", title="Deployer", rights=["app.view"])

    assert roles.rights_of_roles(people.boutique)["deployer"] == {"app.view", "tenant.view"}


def test_a_refusal_names_those_alone_who_can_give_the_right(people: cast.Cast, dora: User) -> None:
    with pytest.raises(Forbidden, match=r"Ask alice to give it to you\."):
        perform("quota.request", actor=cast.actor(people.bob), ref=Ref("tenant", "boutique"), data={})


def test_a_refusal_names_nobody_whom_its_person_outranks(people: cast.Cast) -> None:
    rights = ["tenant.members", "tenant.quota", "tenant.view", "app.view", "app.scale", "audit.view"]
    change(people.alice, "role.define", name="people-manager", title="People", rights=rights)
    cast.member("dora", tenant=people.boutique, role="people-manager")
    # Dora may give it to Vera, a viewer. Bob has rights that she lacks, so she cannot change his role.
    for user, who in ((people.vera, "alice, dora"), (people.bob, "alice")):
        with pytest.raises(Forbidden, match=rf"Ask {who} to give it to you\."):
            perform("quota.request", actor=cast.actor(user), ref=Ref("tenant", "boutique"), data={})


def test_who_gives_more_than_they_have_is_told_whom_to_ask(people: cast.Cast, dora: User) -> None:
    with pytest.raises(Forbidden, match=r"rights you lack: .*app\.deploy.*\. Ask alice\."):
        change(dora, "member.role", user="vera", role="developer")


def test_who_takes_from_somebody_who_may_do_more_is_told_whom_to_ask(people: cast.Cast, dora: User) -> None:
    with pytest.raises(Forbidden, match=r"This member has rights you lack: .*\. Ask alice\."):
        change(dora, "member.remove", user="bob")


@pytest.mark.parametrize("operation", ["platform.give_role", "platform.take_role"])
def test_a_narrowed_token_neither_gives_nor_takes_platform_rights_it_lacks(people: cast.Cast, operation: str) -> None:
    emil = cast.person("emil")
    if operation == "platform.take_role":
        roles.give_platform_role(emil, "platform-operator")
    olga = replace(cast.actor(people.olga), how="token", rights_scope=frozenset({"platform.tenants"}))
    with pytest.raises(Forbidden, match=r"this token lacks: .*platform\.clusters.*Make a token that has them"):
        data = {"user": "emil", "role": "platform-operator"}
        perform(operation, actor=olga, ref=Ref("platform"), data=data)

    assert emil.groups.exists() is (operation == "platform.take_role")


def test_nobody_appoints_themselves(people: cast.Cast) -> None:
    cast.platform_person("oskar", role="platform-operator")
    with pytest.raises(Refused, match=r"Ask oskar\."):
        perform("tenant.appoint", actor=cast.actor(people.olga), ref=Ref("tenant", "boutique"), data={"user": "olga"})

    assert not rights_of(people.olga, people.boutique)


def test_a_token_that_lacks_what_its_owner_has_over_the_tenant_is_named(people: cast.Cast) -> None:
    roles.give_role(people.olga, people.boutique, "viewer")
    olga = replace(cast.actor(people.olga), how="token", rights_scope=frozenset({"tenant.view"}))
    with pytest.raises(Forbidden, match=r"This token lacks the right platform\.quota"):
        perform("quota.decide", actor=olga, ref=Ref("tenant", "boutique"), data={"number": "1"})
