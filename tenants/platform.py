"""What is written when the people of the platform change, or a tenant is founded."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from portal.access import Actor
from portal.access.ref import TENANT
from portal.access.roles import TENANT_ADMIN, TITLES
from portal.audit.recording import Subject
from portal.operations.subject import Saved
from tenants import founding, freezes, giving, roles, rules, titles, waking
from tenants.accounts import operating
from tenants.models import User
from tenants.values import AccountChange, NewTenant, PlatformValue


def keep(before: PlatformValue, after: PlatformValue, *, actor: Actor) -> Saved:
    """Write what differs; a tenant that is founded is what the audit entry is about.

    Raises Forbidden as `giving` does, by rights that are read now.
    """
    giving.check_platform(replace(actor, cache={}), before=before, after=after)
    if isinstance(after.new, NewTenant):
        return _found(after.new)
    if isinstance(after.new, AccountChange):
        return operating.keep(after.new)
    if after.rules != before.rules:
        rules.keep(after.rules)
        waking.wake()
    met = freezes.met(before.freezes, after.freezes)
    if after.freezes != before.freezes:
        freezes.keep_of_platform(after.freezes, by=actor.username)
    for user, role in sorted(set(after.roles) - set(before.roles)):
        roles.give_platform_role(User.objects.get(username=user), role)
    for user, role in sorted(set(before.roles) - set(after.roles)):
        roles.take_platform_role(User.objects.get(username=user), role)
    return Saved(version_before=None, version_after=None, result={"warnings": met} if met else {})


def check(after: PlatformValue) -> None:
    """Refuse what only the database can say of what is about to be done."""
    if isinstance(after.new, AccountChange):
        operating.check(after.new)


def people() -> list[tuple[User, str]]:
    """Who has a role over the platform, and which, by user name."""
    pairs, _away = roles.platform_roles()
    found = {one.username: one for one in User.objects.filter(username__in={user for user, _role in pairs})}
    return [(found[user], role) for user, role in pairs]


def rows_of_change(before: PlatformValue, after: PlatformValue) -> list[dict[str, Any]]:
    """The rows {label, before, after, kind} of a preview or an audit entry."""
    if isinstance(after.new, NewTenant):
        new = after.new
        rows = [(_("Name"), new.name), (_("Title"), new.title), (_("First admin"), new.admin)]
        return [{"label": label, "before": "", "after": value, "kind": "added"} for label, value in rows]
    if isinstance(after.new, AccountChange):
        return operating.rows(after.new)
    gained, lost = set(after.roles) - set(before.roles), set(before.roles) - set(after.roles)
    return [
        *_rows_of_rules(before.rules, after.rules),
        *freezes.rows_of_change(before.freezes, after.freezes),
        *({"label": user, "before": "", "after": str(TITLES[role]), "kind": "added"} for user, role in sorted(gained)),
        *({"label": user, "before": str(TITLES[role]), "after": "", "kind": "removed"} for user, role in sorted(lost)),
    ]


def words_of_rules(ruled: rules.PlatformRules) -> list[tuple[str, str]]:
    """(what, words) of every rule; the words are blank where nothing is ruled."""
    yes = _("yes")
    return [
        (_("Allowed registries"), ", ".join(ruled.registries)),
        (_("Images need a version"), yes if ruled.tagged else ""),
        (_("What listens needs a readiness probe"), yes if ruled.probed else ""),
        (_("Containers say what they need"), yes if ruled.requested else ""),
        (_("Most CPU of one instance"), ruled.cpu),
        (_("Most memory of one instance"), ruled.memory),
        (_("Allowed annotations"), ", ".join(ruled.annotations)),
    ]


def _rows_of_rules(before: rules.PlatformRules, after: rules.PlatformRules) -> list[dict[str, Any]]:
    pairs = zip(words_of_rules(before), words_of_rules(after), strict=True)
    return [
        {
            "label": label,
            "before": old,
            "after": new,
            "kind": "changed" if old and new else "added" if new else "removed",
        }
        for (label, old), (_label, new) in pairs
        if old != new
    ]


def _found(new: NewTenant) -> Saved:
    titles.check_anew(new.title)
    tenant = founding.found(new.name, title=new.title)
    roles.give_role(User.objects.get(username=new.admin), tenant, TENANT_ADMIN)
    return Saved(
        version_before=None,
        version_after=tenant.version,
        result={"tenant": tenant.name},
        subject=Subject(TENANT, str(tenant.pk), tenant.name, tenant.pk, tenant.name),
    )
