"""Rights on a single app, which add to the role in its tenant.

Somebody's role on an app is the group `app:<tenant id>:<app id>:<role>`, with guardian object permissions on the app:
those of the role's rights that say something about an app. Its members are members of the tenant; who leaves the
tenant leaves these groups too (`tenants.roles.take_role`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.utils.translation import gettext as _

from apps_mgmt.models import App, AppGroupObjectPermission
from portal import access, live
from portal.access import Actor, permissions
from portal.errors import Refused
from tenants import members, waking
from tenants.giving import check_rights, check_taking
from tenants.models import Tenant, User
from tenants.roles import app_group_prefix, rights_of_roles
from tenants.values import OnApp

Grants = tuple[tuple[str, str], ...]


def register() -> None:
    members.register(roles_on_apps)


def grants_on(app: App) -> Grants:
    """Pairs of user name and role on this app, sorted."""
    prefix = _prefix(app)
    rows = User.objects.filter(groups__name__startswith=prefix).values_list("username", "groups__name")
    return tuple(sorted({(user, name.removeprefix(prefix)) for user, name in rows if name.startswith(prefix)}))


def keep(app: App, before: Grants, after: Grants, *, actor: Actor) -> None:
    """Give and take the roles on an app in which the two differ.

    Under the lock of the tenant's usage rows, which changes of its members and roles take as well: what the actor may
    give and who is a member is read again here.
    """
    if before == after:
        return
    known, fresh = rights_of_roles(app.tenant), replace(actor, cache={})
    access.require(fresh, permissions.TENANT_MEMBERS, tenant_id=app.tenant_id, app_id=app.pk)
    for username, role in sorted(set(before) - set(after)):
        check_revoke(fresh, app, username, role, known=known)
        _group(app, role).user_set.remove(_tell(username))
    for username, role in sorted(set(after) - set(before)):
        check_grant(fresh, app, username, role, known=known)
        group = _group(app, role)
        _grant(app, group, known[role])
        group.user_set.add(_tell(username))
    waking.wake(app.tenant_id)


def check_grant(actor: Actor, app: App, username: str, role: str, *, known: Mapping[str, frozenset[str]]) -> None:
    """Raise Refused for somebody who is no member or a role there is not, Forbidden for rights the actor lacks."""
    if not app.tenant.memberships.filter(user__username=username).exists():
        sentence = _("{user} is not a member of {tenant}. Add them to the members first.")
        raise Refused(sentence.format(user=username[:150], tenant=app.tenant.name), field="user")
    if role not in known:
        sentence = _("There is no role {role}. Choose one of {roles}.")
        raise Refused(sentence.format(role=role[:64], roles=", ".join(known)), field="role")
    rights = app_rights(known[role])
    if not rights:
        raise Refused(_("The role {role} says nothing about apps. Choose another one.").format(role=role), field="role")
    check_rights(actor, rights, tenant_id=app.tenant_id, app_id=app.pk)


def check_revoke(actor: Actor, app: App, username: str, role: str, *, known: Mapping[str, frozenset[str]]) -> None:
    """Raise Forbidden when somebody takes a role from a member who may do more with the app; their own they may."""
    if username == actor.username:
        return
    member = app.tenant.memberships.filter(user__username=username).first()
    theirs = _rights_together((role, member.role if member else ""), known)
    check_taking(actor, theirs, tenant_id=app.tenant_id, app_id=app.pk)


def may_take(
    actor: Actor, app: App, username: str, roles: Iterable[str], *, known: Mapping[str, frozenset[str]]
) -> bool:
    """Whether `check_revoke` lets a manager of members take a role; `roles` are that one and the one in the tenant."""
    held = access.rights(actor, tenant_id=app.tenant_id, app_id=app.pk)
    return username == actor.username or _rights_together(roles, known) <= held


def rows(before: Grants, after: Grants) -> list[dict[str, Any]]:
    """The rows {label, before, after, kind} of what differs."""
    gained, lost = sorted(set(after) - set(before)), sorted(set(before) - set(after))
    label = _("Access of {user}")
    return [
        *({"label": label.format(user=user), "before": "", "after": role, "kind": "added"} for user, role in gained),
        *({"label": label.format(user=user), "before": role, "after": "", "kind": "removed"} for user, role in lost),
    ]


def roles_on_apps(tenant: Tenant) -> tuple[OnApp, ...]:
    """Which roles members have on single apps of the tenant, sorted."""
    prefix = app_group_prefix(tenant.pk)
    rows = User.objects.filter(groups__name__startswith=prefix).values_list("username", "groups__name")
    parts = {(user, *name.removeprefix(prefix).split(":", 1)) for user, name in rows if name.startswith(prefix)}
    apps = {str(one.pk): one for one in App.objects.filter(tenant=tenant, deleted_at=None).only("name")}
    known = ((role, apps[app_id], user) for user, app_id, role in parts if app_id in apps)
    return tuple(sorted(OnApp(role=role, app=app.name, user=user, app_id=app.pk) for role, app, user in known))


def follow_roles(tenant: Tenant, changed: Iterable[str]) -> None:
    """Roles of the tenant may do something else now: so may those who have one of them on an app."""
    rights = rights_of_roles(tenant)
    for role in changed:
        for group in Group.objects.filter(name__startswith=app_group_prefix(tenant.pk), name__endswith=f":{role}"):
            app = App.objects.filter(pk=group.name.split(":")[2]).first()
            if app is not None:
                _grant(app, group, rights.get(role, frozenset()))
                live.rights_changed(*group.user_set.order_by("pk").values_list("pk", flat=True))


def app_rights(rights: Iterable[str]) -> frozenset[str]:
    """Those that say something about a single app."""
    return frozenset(rights) & permissions.APP


def _rights_together(roles: Iterable[str], known: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """What somebody with all of these roles may do with an app."""
    return app_rights(frozenset[str]().union(*(known.get(role, frozenset()) for role in roles)))


def _tell(username: str) -> User:
    user = User.objects.get(username=username)
    live.rights_changed(user.pk)
    return user


def _group(app: App, role: str) -> Group:
    return Group.objects.get_or_create(name=f"{_prefix(app)}{role}")[0]


def _prefix(app: App) -> str:
    return f"{app_group_prefix(app.tenant_id)}{app.pk}:"


def _grant(app: App, group: Group, rights: Iterable[str]) -> None:
    names = [permissions.codename(right) for right in app_rights(rights)]
    of_apps = ContentType.objects.get_for_model(App)
    wanted = set(Permission.objects.filter(content_type=of_apps, codename__in=names).values_list("pk", flat=True))
    grants = AppGroupObjectPermission.objects.filter(content_object=app, group=group)
    grants.exclude(permission__in=wanted).delete()
    AppGroupObjectPermission.objects.bulk_create(
        [AppGroupObjectPermission(group=group, permission_id=one, content_object=app) for one in sorted(wanted)],
        ignore_conflicts=True,
    )
