"""A tenant's record as the value operations work on, and what is written when it changes."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from portal import live, outbox
from portal.access import Actor
from portal.access.permissions import SENTENCES
from portal.spelling import spelled_out
from tenants import freezes, giving, roles, titles, tokens, waking
from tenants.clusters import dedicated, preparing
from tenants.isolation import Isolation
from tenants.models import CustomRole, Tenant, User
from tenants.quota import records as quota_records
from tenants.values import Role, TenantRecord, Token

# What waits in the tenant may go on.
RESUMED = "tenant.resumed"


def record_of(tenant: Tenant) -> TenantRecord:
    """The tenant as it is now."""
    rows = list(tenant.memberships.values_list("user__username", "role", "user__is_active"))
    return TenantRecord(
        name=tenant.name,
        title=tenant.title,
        suspended=_suspended(tenant),
        members=tuple(sorted((user, role) for user, role, _active in rows)),
        away=frozenset(user for user, _role, active in rows if not active),
        roles=own_roles(tenant),
        quota=quota_records.record_of(tenant),
        isolation=Isolation.load(tenant.isolation),
        freezes=freezes.load(tenant.freezes),
        shared=dedicated.shared_by(tenant.pk),
        tokens=tuple(Token(str(one.pk), one.name, one.user.username) for one in tokens.working_in(tenant)),
    )


def own_roles(tenant: Tenant) -> tuple[Role, ...]:
    """The roles a tenant made for itself, by name."""
    rows = CustomRole.objects.filter(tenant=tenant).order_by("name").values_list("name", "title", "rights")
    return tuple(Role(name, title, tuple(rights)) for name, title, rights in rows)


def keep(tenant: Tenant, before: TenantRecord, after: TenantRecord, *, actor: Actor) -> None:
    """Write what differs. The tenant's row is locked and saved here; raises Forbidden as `giving` does."""
    giving.check_anew(actor, tenant_id=tenant.pk, before=before, after=after)
    _keep_roles(tenant, before, after)
    _keep_members(tenant, before, after)
    quota_records.keep(tenant, before.quota, after.quota)
    for token_id in sorted({one.id for one in before.tokens} - {one.id for one in after.tokens}):
        tokens.revoke(token_id)
    if (after.members, after.roles) != (before.members, before.roles):
        waking.wake(tenant.pk)
    if after.title != before.title:
        titles.check_anew(after.title, own=tenant.name)
    tenant.title = after.title
    if after.suspended != before.suspended:
        tenant.suspended, tenant.suspended_reason = bool(after.suspended), after.suspended
        if not after.suspended:
            outbox.add(RESUMED, {"tenant": str(tenant.pk)})
    if after.freezes != before.freezes:
        freezes.keep_of_tenant(tenant, after.freezes, by=actor.username)
    tenant.isolation = after.isolation.dump()
    tenant.version += 1
    tenant.save(update_fields=["title", "suspended", "suspended_reason", "isolation", "freezes", "version"])
    if after.isolation != before.isolation:
        dedicated.check()
        dedicated.check_nodes(tenant.pk, after.isolation)
        # Other tenants' releases may tolerate what were nodes of this one.
        waking.wake()
        preparing.prepare_everywhere(tenant.pk, cause=preparing.ISOLATED)
    live.touch(f"tenant:{tenant.pk}")
    quota_records.note_early(tenant, before.quota, after.quota)


def rows_of_change(before: TenantRecord, after: TenantRecord) -> list[dict[str, Any]]:
    """The rows {label, before, after, kind} of a preview or an audit entry."""
    rows = [
        _row(_("Title"), before.title, after.title),
        _row(_("Suspended"), before.suspended, after.suspended),
        _row(_("Isolation"), before.isolation.words, after.isolation.words),
    ]
    old, new = dict(before.members), dict(after.members)
    for user in sorted(old.keys() | new.keys()):
        was, now = old.get(user, ""), new.get(user, "")
        rows.append(_row(_("Member {user}").format(user=user), before.title_of(was), after.title_of(now)))
    was_roles, now_roles = ({one.name: one for one in record.roles} for record in (before, after))
    for name in sorted(was_roles.keys() | now_roles.keys()):
        label = _("Role {name}").format(name=name)
        rows.append(_row(label, _words(was_roles.get(name)), _words(now_roles.get(name))))
    rows += freezes.rows_of_change(before.freezes, after.freezes)
    rows += quota_records.rows_of_change(before.quota, after.quota)
    for token in sorted(set(before.tokens) - set(after.tokens), key=lambda one: one.id):
        rows.append(_row(_("API token {name}").format(name=token.name), token.user, ""))
    return [row for row in rows if row["before"] != row["after"]]


def suspended_words(tenant: Tenant) -> str | None:
    """The sentence that refuses edits and deploys while the tenant is suspended; None while it is not."""
    if not tenant.suspended:
        return None
    words = [
        _("The tenant {tenant} is suspended: its apps run on, but nothing can be changed.").format(tenant=tenant.name)
    ]
    if tenant.suspended_reason:
        words.append(_("The reason: {reason}.").format(reason=spelled_out(tenant.suspended_reason.rstrip("."))))
    return " ".join([*words, _("A platform operator can lift it.")])


def _keep_roles(tenant: Tenant, before: TenantRecord, after: TenantRecord) -> None:
    gone = {one.name for one in before.roles} - {one.name for one in after.roles}
    for name in sorted(gone):
        roles.drop_role(tenant, name)
    for role in after.roles:
        if role not in before.roles:
            roles.define_role(tenant, role)


def _keep_members(tenant: Tenant, before: TenantRecord, after: TenantRecord) -> None:
    old, new = dict(before.members), dict(after.members)
    changed = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
    users = {one.username: one for one in User.objects.filter(username__in=changed)}
    for name in changed:
        if name in new:
            roles.give_role(users[name], tenant, new[name])
        else:
            roles.take_role(users[name], tenant)


def _suspended(tenant: Tenant) -> str:
    return (tenant.suspended_reason or _("suspended")) if tenant.suspended else ""


def _words(role: Role | None) -> str:
    if role is None:
        return ""
    return f"{role.title}: " + ", ".join(right for right in SENTENCES if right in role.rights)


def _row(label: str, before: str, after: str) -> dict[str, Any]:
    kind = "changed" if before and after else "added" if after else "removed"
    return {"label": label, "before": before, "after": after, "kind": kind}
