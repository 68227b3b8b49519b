"""The frozen values that operations on a tenant's record and on the platform work on. Pure."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.access.roles import PLATFORM_OPERATOR, ROLES, TENANT_ADMIN, TENANT_ROLES, TITLES
from portal.errors import Refused
from portal.spelling import as_read, as_seen, misleads
from tenants.isolation import Isolation
from tenants.quota.values import QuotaRecord


@dataclass(frozen=True)
class Role:
    """A role that a tenant made for itself. `rights` are of the catalogue, sorted."""

    name: str
    title: str
    rights: tuple[str, ...]


@dataclass(frozen=True)
class Token:
    """An API token for the tenant that still works: its id, what it is for, and whose it is."""

    id: str
    name: str
    user: str


@dataclass(frozen=True, order=True)
class OnApp:
    """A role that a member has on a single app beside the one in the tenant."""

    role: str
    app: str
    user: str
    app_id: uuid.UUID


@dataclass(frozen=True)
class TenantRecord:
    """What RECORD operations change of a tenant.

    `suspended` is the reason, blank while it is not. `members` are pairs of user name and role, sorted; `away` the
    members whose account is switched off. `roles` are the tenant's own, sorted by name; `on_apps` what they
    may do on single apps. `quota` is how much it may use. `shared` are its clusters that others may use as
    well, each with their names. `freezes` is its calendar (`tenants.freezes`). `strategies` are those it saved, which
    the room above knows. `tokens` are those that work, the newest first. `appointed` is who is made an admin by the
    platform. `notes` are sentences about a change that do not keep it from being made.
    """

    name: str
    title: str = ""
    suspended: str = ""
    members: tuple[tuple[str, str], ...] = ()
    away: frozenset[str] = frozenset()
    roles: tuple[Role, ...] = ()
    on_apps: tuple[OnApp, ...] = ()
    quota: QuotaRecord = field(default_factory=QuotaRecord)
    isolation: Isolation = field(default_factory=Isolation)
    freezes: tuple[Any, ...] = ()
    strategies: tuple[Any, ...] = ()
    shared: tuple[tuple[str, str], ...] = ()
    tokens: tuple[Token, ...] = ()
    appointed: str = ""
    notes: tuple[str, ...] = field(default=(), compare=False)

    def change(self, **values: Any) -> TenantRecord:
        return replace(self, **values)

    def role_of(self, user: str) -> str:
        """The role of a member; blank for somebody who is none."""
        return dict(self.members).get(user, "")

    def rights_of(self, role: str) -> frozenset[str]:
        """What a role may do, built in or the tenant's own; nothing for a role there is not."""
        own = {one.name: frozenset(one.rights) for one in self.roles}
        return own[role] if role in own else ROLES[role] if role in TENANT_ROLES else frozenset()

    def title_of(self, role: str) -> str:
        own = {one.name: one.title for one in self.roles}
        return own.get(role) or str(TITLES.get(role, role))

    @property
    def role_names(self) -> tuple[str, ...]:
        """Every role a member can have, the built-in ones first."""
        return (*TENANT_ROLES, *(one.name for one in self.roles))

    def with_member(self, user: str, role: str) -> TenantRecord:
        """Make `role` the one role of a person. Refused for a role there is not, and for the last admin."""
        if role not in self.role_names:
            sentence = _("There is no role {role}. Choose one of {roles}.")
            raise Refused(sentence.format(role=role[:64], roles=", ".join(self.role_names)), field="role")
        if role != TENANT_ADMIN:
            self._check_admin_left(leaving=user)
        return replace(self, members=tuple(sorted({**dict(self.members), user: role}.items())))

    def without_member(self, user: str) -> TenantRecord:
        """End a membership. Refused for somebody who is no member, and for the last admin."""
        if not self.role_of(user):
            sentence = _("{user} is not a member of {tenant}. Choose one of its members.")
            raise Refused(sentence.format(user=user[:150], tenant=self.name), field="user")
        self._check_admin_left(leaving=user)
        return replace(self, members=tuple(row for row in self.members if row[0] != user))

    def with_role(self, role: Role) -> TenantRecord:
        """A role of the tenant's own, new or in place of the one with its name."""
        if role.name in ROLES:
            sentence = _("{name} is a built-in role, which stays as it is. Choose another name.")
            raise Refused(sentence.format(name=role.name), field="name")
        others = {one.name: one for one in self.roles}
        # What is built in must not be written with digits either; of the tenant's own each may have a number.
        built_in = [(name, str(title), as_read) for name, title in TITLES.items()]
        own = [(name, one.title, as_seen) for name, one in others.items() if name != role.name]
        for name, title, alike in (*built_in, *own):
            if alike(role.title) in (alike(title), alike(name)):
                sentence = _("There is a role {title} ({name}) already. Choose a title that people can tell from it.")
                raise Refused(sentence.format(title=title, name=name), field="title")
        check_title(role.title)
        return replace(self, roles=tuple(sorted({**others, role.name: role}.values(), key=lambda one: one.name)))

    def without_role(self, name: str) -> TenantRecord:
        """Take a role of the tenant's own away. Refused while somebody has it."""
        if name not in {one.name for one in self.roles}:
            raise Refused(
                _("{tenant} has no role {name} of its own.").format(tenant=self.name, name=name), field="role"
            )
        if holders := [user for user, role in self.members if role == name]:
            sentence = ngettext(
                "{users} still has this role. Give them another one first.",
                "{users} still have this role. Give them another one first.",
                len(holders),
            )
            raise Refused(sentence.format(users=", ".join(holders)), field="role")
        if apps := sorted({one.app for one in self.on_apps if one.role == name}):
            sentence = _("Somebody has this role on {apps}. Take that access first.")
            raise Refused(sentence.format(apps=", ".join(apps)), field="role")
        return replace(self, roles=tuple(one for one in self.roles if one.name != name))

    def _check_admin_left(self, *, leaving: str) -> None:
        admins = {user for user, role in self.members if role == TENANT_ADMIN}
        if leaving in admins and not admins - self.away - {leaving}:
            sentence = _("{user} is the last admin of {tenant}. Make someone else a tenant admin first.")
            raise Refused(sentence.format(user=leaving, tenant=self.title or self.name), code="last_admin")


def check_title(title: str) -> None:
    """Refused for a title that nobody sees, and one that turns around the words beside it, or hides something."""
    if not as_seen(title):
        raise Refused(_("Nobody sees this title. Use letters."), field="title")
    if misleads(title):
        sentence = _("This title changes the direction of text, or has characters that nobody sees. Write it plainly.")
        raise Refused(sentence, field="title")


@dataclass(frozen=True)
class NewTenant:
    """A tenant about to be founded, and who is its first admin."""

    name: str
    title: str
    admin: str


@dataclass(frozen=True)
class AccountChange:
    """What an operator does with somebody's account: one of `tenants.accounts.operating`."""

    user: str
    what: str


@dataclass(frozen=True)
class PlatformValue:
    """What RECORD operations change of the platform: what there is, by name, and the one thing an operation adds.

    `roles` are pairs of user name and platform role, sorted; `away` those whose account is switched off. `rules` are
    set on every app (`tenants.rules.PlatformRules`), `freezes` is the calendar over all tenants (`tenants.freezes`).
    """

    clusters: frozenset[str] = frozenset()
    tenants: frozenset[str] = frozenset()
    roles: tuple[tuple[str, str], ...] = ()
    away: frozenset[str] = frozenset()
    rules: Any = None
    freezes: tuple[Any, ...] = ()
    new: Any = None

    def change(self, **values: Any) -> PlatformValue:
        return replace(self, **values)

    def with_role(self, user: str, role: str) -> PlatformValue:
        return replace(self, roles=tuple(sorted({*self.roles, (user, role)})))

    def without_role(self, user: str, role: str) -> PlatformValue:
        return replace(self, roles=tuple(row for row in self.roles if row != (user, role)))

    @property
    def operators(self) -> frozenset[str]:
        """Who can operate the platform now."""
        return frozenset(user for user, role in self.roles if role == PLATFORM_OPERATOR) - self.away
