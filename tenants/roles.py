"""Who holds which role: groups that carry the rights, and the membership rows that people see.

A tenant's role is the group `tenant:<tenant id>:<role>` with guardian object permissions on that tenant; a role on a
single app is the group `app:<tenant id>:<app id>:<role>` (see `apps_mgmt.granting`); a platform role is the group
`platform:<role>` with plain permissions. Both halves change here, in one transaction, nowhere else.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal import live
from portal.access import permissions
from portal.access.roles import PLATFORM_ROLES, ROLES, TENANT_ADMIN, TENANT_ROLES
from portal.errors import Invalid, Refused
from tenants.models import CustomRole, Membership, Tenant, TenantGroupObjectPermission, User
from tenants.values import Role


def group_name(tenant_id: uuid.UUID, role: str) -> str:
    return f"tenant:{tenant_id}:{role}"


def app_group_prefix(tenant_id: uuid.UUID) -> str:
    """What the names of all groups with rights on single apps of a tenant begin with."""
    return f"app:{tenant_id}:"


def rights_of_roles(tenant: Tenant) -> dict[str, frozenset[str]]:
    """What each role of a tenant may do: the built-in ones, then its own."""
    own = CustomRole.objects.filter(tenant=tenant).order_by("name").values_list("name", "rights")
    return {role: ROLES[role] for role in TENANT_ROLES} | {name: frozenset(rights) for name, rights in own}


def prepare_groups(tenant: Tenant) -> dict[str, Group]:
    """The groups of all roles of a tenant with exactly the rights the roles have now; made or mended where needed."""
    return _tenant_groups(tenant, TENANT_ROLES)


@transaction.atomic
def give_role(user: User, tenant: Tenant, role: str) -> Membership:
    """Make `role` the one role of a user in a tenant. Refused when it would leave the tenant without an admin."""
    known = rights_of_roles(tenant)
    if role not in known:
        raise Invalid(
            _("There is no role {role}. Choose one of {roles}.").format(role=role, roles=", ".join(known)),
            fields={"role": [_("Unknown role.")]},
        )
    _lock(tenant)
    before = Membership.objects.filter(tenant=tenant, user=user).first()
    if before is not None and before.role == TENANT_ADMIN and role != TENANT_ADMIN:
        _refuse_without_admin(tenant, leaving=user)
    membership, _created = Membership.objects.update_or_create(tenant=tenant, user=user, defaults={"role": role})
    kept = _tenant_groups(tenant, [role])[role]
    user.groups.remove(*user.groups.filter(name__startswith=f"tenant:{tenant.pk}:").exclude(pk=kept.pk))
    user.groups.add(kept)
    _tell(user)
    return membership


@transaction.atomic
def take_role(user: User, tenant: Tenant) -> None:
    """End a user's membership of a tenant, with the rights on single apps and the API tokens that hang on it.

    Refused for the last admin; nothing happens to someone who is no member.
    """
    _lock(tenant)
    membership = Membership.objects.filter(tenant=tenant, user=user).first()
    if membership is None:
        return
    if membership.role == TENANT_ADMIN:
        _refuse_without_admin(tenant, leaving=user)
    membership.delete()
    user.groups.remove(*user.groups.filter(name__startswith=f"tenant:{tenant.pk}:"))
    user.groups.remove(*user.groups.filter(name__startswith=app_group_prefix(tenant.pk)))
    user.api_tokens.filter(tenant=tenant, revoked_at=None).update(revoked_at=timezone.now())
    _tell(user)


@transaction.atomic
def define_role(tenant: Tenant, role: Role) -> None:
    """Keep a role of the tenant's own, new or changed; its members have the rights from now on."""
    values = {"title": role.title, "rights": list(role.rights)}
    CustomRole.objects.update_or_create(tenant=tenant, name=role.name, defaults=values)
    group = _tenant_groups(tenant, [role.name])[role.name]
    for user in group.user_set.order_by("pk"):
        _tell(user)


@transaction.atomic
def drop_role(tenant: Tenant, name: str) -> None:
    """Take a role of the tenant's own away, with its group."""
    CustomRole.objects.filter(tenant=tenant, name=name).delete()
    Group.objects.filter(name=group_name(tenant.pk, name)).delete()


@transaction.atomic
def give_platform_role(user: User, role: str) -> None:
    """Add a role over the whole platform: `platform-operator` or `auditor`."""
    user.groups.add(_platform_group(role))
    _tell(user)


@transaction.atomic
def take_platform_role(user: User, role: str) -> None:
    user.groups.remove(_platform_group(role))
    _tell(user)


def platform_roles() -> tuple[tuple[tuple[str, str], ...], frozenset[str]]:
    """Pairs of user name and platform role, sorted, and who of them has an account that is switched off."""
    rows = User.objects.filter(groups__name__in=[f"platform:{role}" for role in PLATFORM_ROLES])
    found = list(rows.values_list("username", "groups__name", "is_active"))
    pairs = {(user, name.removeprefix("platform:")) for user, name, _active in found}
    return tuple(sorted(pairs)), frozenset(user for user, _name, active in found if not active)


def _lock(tenant: Tenant) -> None:
    # Two admins who step down at the same moment wait for each other here. Rows that point at the tenant do not.
    Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)


def _refuse_without_admin(tenant: Tenant, *, leaving: User) -> None:
    others = Membership.objects.filter(tenant=tenant, role=TENANT_ADMIN, user__is_active=True).exclude(user=leaving)
    if not others.exists():
        raise Refused(
            _("{user} is the last admin of {tenant}. Make someone else a tenant admin first.").format(
                user=leaving.username, tenant=tenant.title
            ),
            code="last_admin",
        )


def _tenant_groups(tenant: Tenant, wanted: Iterable[str]) -> dict[str, Group]:
    names = {role: group_name(tenant.pk, role) for role in wanted}
    groups = {group.name: group for group in Group.objects.filter(name__in=names.values())}
    missing = [Group(name=name) for name in names.values() if name not in groups]
    if missing:
        Group.objects.bulk_create(missing, ignore_conflicts=True)
        groups = {group.name: group for group in Group.objects.filter(name__in=names.values())}
    by_role = {role: groups[name] for role, name in names.items()}
    _grant(tenant, by_role)
    return by_role


def _grant(tenant: Tenant, groups: Mapping[str, Group]) -> None:
    """Give each group exactly the rights of its role on the tenant."""
    ids = {permission.codename: permission.pk for permission in _permissions(permissions.TENANT)}
    known = rights_of_roles(tenant)
    wanted = {(group.pk, ids[permissions.codename(right)]) for role, group in groups.items() for right in known[role]}
    grants = TenantGroupObjectPermission.objects.filter(content_object=tenant, group__in=groups.values())
    held = {(row.group_id, row.permission_id): row.pk for row in grants}
    surplus = [pk for pair, pk in held.items() if pair not in wanted]
    if surplus:
        grants.filter(pk__in=surplus).delete()
    TenantGroupObjectPermission.objects.bulk_create(
        [
            TenantGroupObjectPermission(group_id=group_id, permission_id=permission_id, content_object=tenant)
            for group_id, permission_id in sorted(wanted - held.keys())
        ],
        ignore_conflicts=True,
    )


def _platform_group(role: str) -> Group:
    if role not in PLATFORM_ROLES:
        roles = ", ".join(sorted(PLATFORM_ROLES))
        raise Invalid(_("There is no platform role {role}. Choose one of {roles}.").format(role=role, roles=roles))
    group, _created = Group.objects.get_or_create(name=f"platform:{role}")
    group.permissions.set(_permissions(ROLES[role]))
    return group


def _permissions(rights: frozenset[str]) -> list[Permission]:
    names = [permissions.codename(right) for right in rights]
    content_type = ContentType.objects.get_for_model(Tenant)
    return list(Permission.objects.filter(content_type=content_type, codename__in=names))


def _tell(user: User) -> None:
    """Open pages and sockets of the user learn that their rights changed."""
    live.rights_changed(user.pk)
