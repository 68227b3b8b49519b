"""Nobody gives a right they lack, and nobody takes a role or a token from somebody who may do more than they do.

Checked when an operation is asked for, so that a preview says so, and again under the tenant's lock with the rights
read anew: rights may have been taken away in between.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal import access
from portal.access import Actor
from portal.access.permissions import APP, PLATFORM_TENANTS, TENANT_MEMBERS
from portal.access.roles import ROLES
from portal.errors import Forbidden
from tenants.values import OnApp, PlatformValue, TenantRecord

GIVES_MORE, OUTRANKED = "gives_more", "outranked"
# What is said to somebody who lacks rights, and to the token of somebody who has them.
_SENTENCES = {
    GIVES_MORE: (
        gettext_lazy("This gives rights you lack: {rights}. Ask {who}."),
        gettext_lazy("This gives rights that this token lacks: {rights}. Make a token that has them."),
    ),
    OUTRANKED: (
        gettext_lazy("This member has rights you lack: {rights}. Ask {who}."),
        gettext_lazy("This member has rights that this token lacks: {rights}. Make a token that has them."),
    ),
}


def check(actor: Actor, *, tenant_id: uuid.UUID, before: TenantRecord, after: TenantRecord) -> None:
    """Raise Forbidden when the change of roles, members and tokens gives or takes more than the actor has."""
    given, taken = _given(before, after), _taken(before, after, by=actor.username)
    if not given and not taken:
        return
    _refuse_missing(actor, given, code=GIVES_MORE, tenant_id=tenant_id)
    _refuse_missing(actor, taken, code=OUTRANKED, tenant_id=tenant_id)
    # Who is no member any more loses what they may do on single apps as well, and a token may do all of it.
    left = {user for user, _role in before.members if not after.role_of(user)} | _owners(before, after)
    left -= {actor.username}
    for one in before.on_apps:
        if one.user in left:
            check_taking(actor, _on_app(before.rights_of(one.role)), tenant_id=tenant_id, app_id=one.app_id)


def outranking_on_apps(
    actor: Actor, on_apps: Iterable[OnApp], *, tenant_id: uuid.UUID, known: Mapping[str, frozenset[str]]
) -> set[str]:
    """The members whom `check` keeps the actor from taking out for what they may do on single apps.

    `known` is what each role may do. Asks at most once, whatever the number of apps.
    """
    theirs = [(one, _on_app(known.get(one.role, frozenset()))) for one in on_apps]
    held = access.rights(actor, tenant_id=tenant_id)
    above = [(one, rights) for one, rights in theirs if one.user != actor.username and not rights <= held]
    access.read_ahead(actor, sorted({one.app_id for one, _rights in above}))
    return {
        one.user for one, rights in above if not rights <= access.rights(actor, tenant_id=tenant_id, app_id=one.app_id)
    }


def check_anew(actor: Actor, *, tenant_id: uuid.UUID, before: TenantRecord, after: TenantRecord) -> None:
    """The same with rights read now, and the right to manage members with it. Under the tenant's lock.

    Whom the platform appoints is made an admin as whom it founds a tenant with.
    """
    if (before.members, before.roles, before.tokens) == (after.members, after.roles, after.tokens):
        return
    fresh = replace(actor, cache={})
    if after.appointed:
        access.require_platform(fresh, PLATFORM_TENANTS)
        return
    others = (_changed(before, after) | _owners(before, after)) - {actor.username}
    if others or before.roles != after.roles:
        access.require(fresh, TENANT_MEMBERS, tenant_id=tenant_id)
    check(fresh, tenant_id=tenant_id, before=before, after=after)


def check_rights(actor: Actor, rights: frozenset[str], *, tenant_id: uuid.UUID, app_id: uuid.UUID | None) -> None:
    """Raise Forbidden when somebody gives rights on an app, or in a tenant, which they lack there."""
    _refuse_missing(actor, rights, code=GIVES_MORE, tenant_id=tenant_id, app_id=app_id)


def check_taking(actor: Actor, rights: frozenset[str], *, tenant_id: uuid.UUID, app_id: uuid.UUID) -> None:
    """Raise Forbidden when somebody takes a role on an app from a member with rights which they lack there."""
    _refuse_missing(actor, rights, code=OUTRANKED, tenant_id=tenant_id, app_id=app_id)


def check_platform(actor: Actor, *, before: PlatformValue, after: PlatformValue) -> None:
    """Raise Forbidden when a change of the platform's people gives or takes more than the actor has over it."""
    given, taken = (
        frozenset[str]().union(*(ROLES[role] for _user, role in set(one.roles) - set(other.roles)))
        for one, other in ((after, before), (before, after))
    )
    _refuse_missing(actor, given, code=GIVES_MORE)
    _refuse_missing(actor, taken, code=OUTRANKED)


def _on_app(rights: frozenset[str]) -> frozenset[str]:
    return rights & APP


def _changed(before: TenantRecord, after: TenantRecord) -> set[str]:
    return {user for user, _role in set(before.members) ^ set(after.members)}


def _owners(before: TenantRecord, after: TenantRecord) -> set[str]:
    """Whose tokens end."""
    return {one.user for one in set(before.tokens) - set(after.tokens)}


def _given(before: TenantRecord, after: TenantRecord) -> frozenset[str]:
    """The rights that somebody has afterwards, or could be given, which a change of role or member brings."""
    rights: set[str] = set()
    for user in _changed(before, after):
        rights |= after.rights_of(after.role_of(user))
    for role in after.roles:
        rights |= frozenset(role.rights) - before.rights_of(role.name)
    return frozenset(rights)


def _taken(before: TenantRecord, after: TenantRecord, *, by: str) -> frozenset[str]:
    """The rights of those whose role changes, ends, or may do less, or whose token ends; anybody may step down
    themselves.
    """
    others = (_changed(before, after) | _owners(before, after)) - {by}
    rights = [before.rights_of(before.role_of(user)) for user in others]
    held = {role for user, role in before.members if user != by} | {one.role for one in before.on_apps}
    for role in before.roles:
        if role.name in held and not frozenset(role.rights) <= after.rights_of(role.name):
            rights.append(frozenset(role.rights))
    return frozenset().union(*rights)


def _refuse_missing(
    actor: Actor,
    wanted: frozenset[str],
    *,
    code: str,
    tenant_id: uuid.UUID | None = None,
    app_id: uuid.UUID | None = None,
) -> None:
    """Raise Forbidden for rights that the actor lacks, over the platform where no tenant is named."""

    def held(by: Actor) -> frozenset[str]:
        if tenant_id is None:
            return access.platform_rights(by)
        return access.rights(by, tenant_id=tenant_id, app_id=app_id)

    missing = wanted - held(actor)
    if not missing:
        return
    sentence, of_token = _SENTENCES[code]
    if actor.rights_scope is not None and missing <= held(replace(actor, rights_scope=None)):
        raise Forbidden(of_token.format(rights=_listed(missing)), code=code)
    who = access.holders(PLATFORM_TENANTS) if tenant_id is None else access.who_can_give(tenant_id, wanted)
    raise Forbidden(sentence.format(rights=_listed(missing), who=_named(who)), code=code)


def _listed(rights: frozenset[str]) -> str:
    return ", ".join(sorted(rights))


def _named(who: Sequence[str]) -> str:
    return ", ".join(who) or _("someone who has them")
