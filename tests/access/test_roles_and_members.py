"""Giving and taking roles: one role each, never more than the giver has, never a tenant without an admin."""

from __future__ import annotations

import uuid

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError

from portal import access
from portal.access import Actor, Ref
from portal.access.permissions import APP_DEPLOY, APP_VIEW
from portal.access.roles import ROLES, TENANT_ROLES
from portal.audit.models import AuditEntry
from portal.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from portal.operations.outcome import Outcome
from portal.operations.performing import perform
from tenants import founding, members, roles
from tenants.models import Membership, Tenant, User
from tenants.models.tenant import check_name
from tests import cast


def role_of(user: User, tenant: Tenant) -> str:
    return Membership.objects.get(user=user, tenant=tenant).role


def rights_of(user: User, tenant: Tenant) -> frozenset[str]:
    return access.rights(cast.actor(user), tenant_id=tenant.pk)


def test_a_new_role_replaces_the_old_one(people: cast.Cast) -> None:
    roles.give_role(people.bob, people.boutique, "approver")

    assert role_of(people.bob, people.boutique) == "approver"
    assert rights_of(people.bob, people.boutique) == ROLES["approver"]
    assert people.bob.groups.count() == 1


def test_taking_the_role_leaves_a_stranger(people: cast.Cast) -> None:
    roles.take_role(people.bob, people.boutique)

    assert rights_of(people.bob, people.boutique) == frozenset()
    assert not Membership.objects.filter(user=people.bob).exists()


def test_a_person_keeps_the_role_in_another_tenant(people: cast.Cast) -> None:
    roles.give_role(people.bob, people.harbor, "viewer")
    roles.take_role(people.bob, people.boutique)

    assert rights_of(people.bob, people.harbor) == ROLES["viewer"]


def test_the_last_admin_can_neither_leave_nor_step_down(people: cast.Cast) -> None:
    with pytest.raises(Refused, match="last admin"):
        roles.take_role(people.alice, people.boutique)
    with pytest.raises(Refused, match="last admin"):
        roles.give_role(people.alice, people.boutique, "viewer")

    assert role_of(people.alice, people.boutique) == "admin"


def test_one_of_two_admins_can_leave_and_then_the_other_cannot(people: cast.Cast) -> None:
    roles.give_role(people.bob, people.boutique, "admin")
    roles.take_role(people.alice, people.boutique)

    with pytest.raises(Refused, match="last admin"):
        roles.take_role(people.bob, people.boutique)


def test_an_admin_whose_account_is_off_does_not_count_as_the_other_admin(people: cast.Cast) -> None:
    roles.give_role(people.bob, people.boutique, "admin")
    User.objects.filter(pk=people.bob.pk).update(is_active=False)

    with pytest.raises(Refused, match="last admin"):
        roles.take_role(people.alice, people.boutique)


def test_an_unknown_role_is_refused(people: cast.Cast) -> None:
    for wrong in ("emperor", "platform-operator", ""):
        with pytest.raises(Invalid):
            roles.give_role(people.bob, people.boutique, wrong)
    with pytest.raises(Invalid):
        roles.give_platform_role(people.bob, "admin")


def test_a_platform_role_can_be_taken_again(people: cast.Cast) -> None:
    roles.take_platform_role(people.olga, "platform-operator")

    assert access.platform_rights(cast.actor(people.olga)) == frozenset()


def change(by: User, operation: str, *, actor: Actor | None = None, **data: object) -> Outcome:
    return perform(operation, actor=actor or cast.actor(by), ref=Ref("tenant", "boutique"), data=data)


def test_an_admin_changes_a_role_and_the_log_says_so(people: cast.Cast) -> None:
    change(people.alice, "member.role", user="bob", role="viewer")

    entry = AuditEntry.objects.get(operation="member.role")
    assert (entry.outcome, entry.actor_name, entry.tenant_id) == ("done", "alice", people.boutique.pk)
    assert entry.input == {"user": "bob", "role": "viewer"}
    assert entry.diff == [{"label": "Member bob", "before": "Developer", "after": "Viewer", "kind": "changed"}]
    assert role_of(people.bob, people.boutique) == "viewer"


def test_a_member_without_the_right_changes_nothing_and_the_log_says_so(people: cast.Cast) -> None:
    with pytest.raises(Forbidden, match="alice"):
        change(people.bob, "member.role", user="bob", role="admin")

    assert role_of(people.bob, people.boutique) == "developer"
    assert AuditEntry.objects.get(operation="member.role").outcome == "refused"


def test_a_stranger_changes_nothing(people: cast.Cast) -> None:
    with pytest.raises(NotFound):
        change(people.charlie, "member.remove", user="bob")

    assert role_of(people.bob, people.boutique) == "developer"


@pytest.mark.parametrize("dry_run", [True, False])
@pytest.mark.parametrize("role", TENANT_ROLES)
def test_nobody_gives_a_right_they_lack(people: cast.Cast, role: str, dry_run: bool) -> None:
    """A token narrows Alice to managing members and seeing apps: she gives nothing beyond that."""
    narrowed = with_rights(people.alice, people.boutique, "tenant.members", "tenant.view", "app.view", "audit.view")
    dora = cast.person("dora")
    data = {"user": dora.username, "role": role}
    if role == "viewer":
        perform("member.add", actor=narrowed, ref=Ref("tenant", "boutique"), data=data, dry_run=dry_run)
        assert rights_of(dora, people.boutique) == (frozenset() if dry_run else ROLES["viewer"])
    else:
        with pytest.raises(Forbidden, match="rights that this token lacks"):
            perform("member.add", actor=narrowed, ref=Ref("tenant", "boutique"), data=data, dry_run=dry_run)
        assert not Membership.objects.filter(user=dora).exists()
    assert [name for name, _title in members.roles_to_give(narrowed, tenant=people.boutique)] == ["viewer"]


def test_nobody_takes_a_role_from_somebody_who_may_do_more(people: cast.Cast) -> None:
    narrowed = with_rights(people.alice, people.boutique, "tenant.members", "tenant.view", "app.view", "audit.view")
    with pytest.raises(Forbidden, match="This member has rights that this token lacks"):
        change(people.alice, "member.remove", actor=narrowed, user="bob")
    with pytest.raises(Forbidden, match="This member has rights that this token lacks"):
        change(people.alice, "member.role", actor=narrowed, user="bob", role="viewer")

    assert role_of(people.bob, people.boutique) == "developer"


def test_rights_that_are_gone_when_the_change_is_written_give_nothing(people: cast.Cast) -> None:
    """As when two admins take each other's role at one moment: the second finds its own gone."""
    alice, dora = cast.actor(people.alice), cast.person("dora")
    access.rights(alice, tenant_id=people.boutique.pk)
    roles.give_role(people.bob, people.boutique, "admin")
    roles.give_role(people.alice, people.boutique, "viewer")
    with pytest.raises(Forbidden, match=r"tenant\.members"):
        change(people.alice, "member.add", actor=alice, user="dora", role="admin")

    assert not Membership.objects.filter(user=dora).exists()


def test_anybody_can_leave(people: cast.Cast) -> None:
    change(people.bob, "member.leave", confirm="boutique")

    assert rights_of(people.bob, people.boutique) == frozenset()


def test_who_leaves_leaves_their_tokens_and_their_access_to_single_apps(people: cast.Cast) -> None:
    group = Group.objects.create(name=f"app:{people.boutique.pk}:{uuid.uuid4()}:operator")
    people.bob.groups.add(group)
    header = cast.token_header(people.bob, tenant=people.boutique)
    change(people.alice, "member.remove", user="bob")

    assert not people.bob.groups.exists()
    roles.give_role(people.bob, people.boutique, "viewer")
    assert cast.browser().get("/api/v1/tenants/boutique/apps/", headers=header).status_code == 401


def with_rights(user: User, tenant: Tenant, *rights: str) -> Actor:
    """The person with a token that carries these rights."""
    return Actor(
        how="token",
        user_id=user.pk,
        username=user.username,
        tenant_scope=tenant.pk,
        rights_scope=frozenset(rights),
    )


def test_the_roles_offered_are_none_to_who_cannot_manage_members(people: cast.Cast) -> None:
    assert members.roles_to_give(cast.actor(people.bob), tenant=people.boutique) == []
    assert len(members.roles_to_give(cast.actor(people.alice), tenant=people.boutique)) == len(TENANT_ROLES)


def test_an_unknown_or_inactive_person_cannot_become_a_member(people: cast.Cast) -> None:
    User.objects.filter(pk=people.charlie.pk).update(is_active=False)

    for username in ("nobody", "charlie"):
        with pytest.raises(Refused, match="no active account"):
            change(people.alice, "member.add", user=username, role="viewer")


def test_removing_someone_who_is_no_member_is_an_error(people: cast.Cast) -> None:
    with pytest.raises(Refused, match="not a member"):
        change(people.alice, "member.remove", user="charlie")


def test_members_are_listed_by_name(people: cast.Cast) -> None:
    assert [one.user.username for one in members.members_of(people.boutique)] == ["alice", "bob", "vera"]


def test_a_right_is_gone_for_the_next_actor_at_once(people: cast.Cast) -> None:
    assert APP_DEPLOY in rights_of(people.bob, people.boutique)
    roles.give_role(people.bob, people.boutique, "viewer")
    assert rights_of(people.bob, people.boutique) & {APP_DEPLOY, APP_VIEW} == {APP_VIEW}


@pytest.mark.django_db
def test_a_tenant_name_is_taken_once() -> None:
    founding.found("boutique", title="Online Boutique")
    with pytest.raises(Conflict):
        founding.found("boutique", title="Another")


@pytest.mark.parametrize(
    "name", ["", "Boutique", "a--b", "-a", "a-", "1a", "a" * 31, "a_b", "a.b", "a\n", "ä", "a b", "kube\x00"]
)
def test_a_tenant_name_that_cannot_be_part_of_a_namespace_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        check_name(name)


@pytest.mark.parametrize("name", ["a", "boutique", "shop-2", "a" * 30])
def test_a_dns_label_is_a_good_tenant_name(name: str) -> None:
    check_name(name)


def test_ids_of_people_and_tenants_are_uuids(people: cast.Cast) -> None:
    assert isinstance(people.bob.pk, uuid.UUID)
    assert isinstance(people.boutique.pk, uuid.UUID)
