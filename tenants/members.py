"""Who the members of a tenant are, and which roles somebody may give."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from portal import access
from portal.access import Actor
from portal.access.permissions import APP, TENANT_MEMBERS
from portal.access.roles import TENANT_ROLES, TITLES
from tenants import giving, roles
from tenants.models import CustomRole, Membership, Tenant
from tenants.values import OnApp

_finders: list[Callable[[Tenant], Iterable[OnApp]]] = []


def register(roles_on_apps: Callable[[Tenant], Iterable[OnApp]]) -> None:
    """Say how it is found what members may do on single apps, from the room that knows apps."""
    _finders[:] = [roles_on_apps]


def members_of(tenant: Tenant) -> list[Membership]:
    """The members with their users, by user name."""
    return list(tenant.memberships.select_related("user").order_by("user__username"))


def titles_of_roles(tenant: Tenant) -> dict[str, str]:
    """Role → title, of every role a member of the tenant can have."""
    own = CustomRole.objects.filter(tenant=tenant).order_by("name").values_list("name", "title")
    return {role: str(TITLES[role]) for role in TENANT_ROLES} | dict(own)


def titles_in(memberships: Iterable[Membership]) -> dict[int, str]:
    """Membership → title of its role, which may be one of the tenant's own. At most one query for all of them."""
    rows = list(memberships)
    made = [one.tenant_id for one in rows if one.role not in TITLES]
    own = CustomRole.objects.filter(tenant__in=made).values_list("tenant_id", "name", "title") if made else ()
    titles = {(tenant_id, name): title for tenant_id, name, title in own}
    return {one.pk: str(TITLES.get(one.role) or titles.get((one.tenant_id, one.role)) or one.role) for one in rows}


def roles_to_give(actor: Actor, *, tenant: Tenant) -> list[tuple[str, str]]:
    """The roles an actor may give in a tenant, as (role, title): those whose rights the actor has, all of them."""
    held = access.rights(actor, tenant_id=tenant.pk)
    if TENANT_MEMBERS not in held:
        return []
    titles = titles_of_roles(tenant)
    return [(role, titles[role]) for role, rights in roles.rights_of_roles(tenant).items() if rights <= held]


def within_reach(actor: Actor, *, tenant: Tenant, members: Iterable[Membership]) -> set[int]:
    """The memberships whose role an actor may change: their own, and those whose role has no right they lack."""
    held, known = access.rights(actor, tenant_id=tenant.pk), roles.rights_of_roles(tenant)
    if TENANT_MEMBERS not in held:
        return set()
    nothing = frozenset[str]()
    return {one.pk for one in members if one.user_id == actor.user_id or known.get(one.role, nothing) <= held}


def removable(actor: Actor, *, tenant: Tenant, members: Iterable[Membership], reach: set[int]) -> set[int]:
    """The memberships that an actor may end: those within `reach` whose role on no app has a right they lack there."""
    if not reach or access.rights(actor, tenant_id=tenant.pk) >= APP:
        return set(reach)
    on_apps = [one for find in _finders for one in find(tenant)]
    known = roles.rights_of_roles(tenant) if on_apps else {}
    above = giving.outranking_on_apps(actor, on_apps, tenant_id=tenant.pk, known=known)
    return {one.pk for one in members if one.pk in reach and one.user.username not in above}


def rights_on_apps(username: str, *, tenant: Tenant) -> frozenset[str]:
    """The rights that a member has on single apps of a tenant, on one or another of them."""
    theirs = {one.role for find in _finders for one in find(tenant) if one.user == username}
    known = roles.rights_of_roles(tenant) if theirs else {}
    return APP & frozenset[str]().union(*(known.get(role, ()) for role in theirs))
