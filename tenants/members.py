"""Members of a tenant: adding, changing roles, removing. Each change and each refusal leaves an audit entry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from django.db import transaction
from django.utils.translation import gettext as _

from portal import access
from portal.access import Actor
from portal.access.permissions import TENANT_MEMBERS
from portal.access.roles import ROLES, TENANT_ROLES, TITLES
from portal.errors import Forbidden, Invalid, UserError
from tenants import logbook, roles
from tenants.models import Membership, Tenant, User

T = TypeVar("T")


def members_of(tenant: Tenant) -> list[Membership]:
    """The members with their users, by user name."""
    return list(tenant.memberships.select_related("user").order_by("user__username"))


def set_role(actor: Actor, *, tenant: Tenant, username: str, role: str) -> Membership:
    """Give a person a role, as a new member or in place of the one they had.

    Raises Forbidden when the role has a right the actor lacks, Refused for the last admin, Invalid for an unknown
    person or role.
    """

    def change() -> Membership:
        _check_can_give(actor, tenant=tenant, role=role)
        return roles.give_role(_person(username), tenant, role)

    return _logged(logbook.MEMBER_ROLE, actor=actor, tenant=tenant, values={"user": username, "role": role}, do=change)


def remove(actor: Actor, *, tenant: Tenant, username: str) -> None:
    """End a membership. Raises Refused for the last admin, Invalid for someone who is no member."""

    def change() -> None:
        access.require(actor, TENANT_MEMBERS, tenant_id=tenant.pk)
        member = tenant.memberships.select_related("user").filter(user__username=username).first()
        if member is None:
            raise Invalid(_("{user} is not a member of {tenant}.").format(user=username, tenant=tenant.title))
        roles.take_role(member.user, tenant)

    _logged(logbook.MEMBER_REMOVE, actor=actor, tenant=tenant, values={"user": username}, do=change)


def roles_to_give(actor: Actor, *, tenant: Tenant) -> list[tuple[str, str]]:
    """The roles an actor may give in a tenant, as (role, title): those whose rights the actor has, all of them."""
    held = access.rights(actor, tenant_id=tenant.pk)
    if TENANT_MEMBERS not in held:
        return []
    return [(role, str(TITLES[role])) for role in TENANT_ROLES if ROLES[role] <= held]


def _check_can_give(actor: Actor, *, tenant: Tenant, role: str) -> None:
    access.require(actor, TENANT_MEMBERS, tenant_id=tenant.pk)
    missing = ROLES.get(role, frozenset()) - access.rights(actor, tenant_id=tenant.pk)
    if role in TENANT_ROLES and missing:
        raise Forbidden(
            _("The role {role} has rights you lack: {rights}. Ask someone who has them.").format(
                role=TITLES[role], rights=", ".join(sorted(missing))
            ),
            code="gives_more",
        )


def _person(username: str) -> User:
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise Invalid(
            _("There is no active account {user}. Check the user name.").format(user=username),
            fields={"username": [_("No such account.")]},
        )
    return user


def _logged(operation: str, *, actor: Actor, tenant: Tenant, values: Mapping[str, str], do: Callable[[], T]) -> T:
    try:
        with transaction.atomic():
            done = do()
            logbook.note_tenant(operation, actor=actor, tenant=tenant, values=values)
            return done
    except UserError as error:
        with transaction.atomic():
            logbook.note_tenant(operation, actor=actor, tenant=tenant, values=values, reason=str(error))
        raise
