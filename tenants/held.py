"""Which roles people hold where it is a role that counts, not a right: in the tenant, or on one app beside it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, TextField, Value
from django.db.models.functions import Cast, Concat

from tenants.models import Tenant, User
from tenants.roles import app_group_prefix, group_name

MOST = 5
_NONE = frozenset[str]()


@dataclass(frozen=True)
class Held:
    """The roles of somebody in a tenant, and by the id of an app those on it."""

    in_tenant: frozenset[str]
    on_apps: Mapping[str, frozenset[str]]

    def on(self, app_id: uuid.UUID) -> frozenset[str]:
        """All that count on an app: a role on it adds to the one in the tenant."""
        return self.in_tenant | self.on_apps.get(str(app_id), _NONE)


def roles_of(user_id: uuid.UUID | None, tenant_id: uuid.UUID) -> Held:
    """One query. Nothing for somebody who is no member."""
    whole, single = group_name(tenant_id, ""), app_group_prefix(tenant_id)
    mine = User.groups.through.objects.filter(user=user_id).filter(
        Q(group__name__startswith=whole) | Q(group__name__startswith=single)
    )
    in_tenant, on_apps = set(), dict[str, frozenset[str]]()
    for name in mine.values_list("group__name", flat=True):
        if name.startswith(whole):
            in_tenant.add(name.removeprefix(whole))
        else:
            app_id, _colon, role = name.removeprefix(single).partition(":")
            on_apps[app_id] = on_apps.get(app_id, _NONE) | {role}
    return Held(frozenset(in_tenant), on_apps)


def holds(user_id: uuid.UUID | None, tenant_id: uuid.UUID, *, role: str, app_id: str) -> Exists:
    """Whether somebody has the role that a row names, in the tenant or on the row's app: for a query, which has these
    two columns.
    """
    named = OuterRef(role)
    whole = Concat(Value(group_name(tenant_id, "")), named, output_field=TextField())
    of_app = Cast(OuterRef(app_id), TextField())
    single = Concat(Value(app_group_prefix(tenant_id)), of_app, Value(":"), named, output_field=TextField())
    groups = User.groups.through.objects.filter(user=user_id)
    return Exists(groups.filter(Q(group__name=whole) | Q(group__name=single)))


def who_holds(roles: Iterable[str], *, tenant: Tenant, app_id: uuid.UUID, but: Iterable[str] = ()) -> list[str]:
    """User names of those who have one of the roles in the tenant or on the app, at most five; without those of `but`
    and without accounts that are switched off.
    """
    wanted = [*roles]
    on_app = (f"{app_group_prefix(tenant.pk)}{app_id}:{role}" for role in wanted)
    names = [*(group_name(tenant.pk, role) for role in wanted), *on_app]
    users = User.objects.filter(groups__name__in=names, is_active=True).exclude(username__in=[*but])
    return list(users.order_by("username").values_list("username", flat=True).distinct()[:MOST])
