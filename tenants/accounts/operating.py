"""What platform operators do with the accounts of others: what speaks against it, what it changes, how it is kept."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Group
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.access.roles import PLATFORM_OPERATOR, TENANT_ADMIN
from portal.audit.recording import Subject
from portal.errors import Refused
from portal.operations.subject import Saved
from tenants import logbook, roles
from tenants.accounts import changing, factors, sessions
from tenants.models import Membership, Tenant, User
from tenants.values import AccountChange

ON, OFF, SESSIONS, FACTOR = "on", "off", "sessions", "factor"


def accounts() -> QuerySet[User]:
    """Every account, with `has_factor`, its memberships and its groups of platform roles."""
    factor = Authenticator.objects.filter(user=OuterRef("pk"), type=factors.TOTP)
    memberships = Membership.objects.select_related("tenant").order_by("tenant__name")
    over_all = Group.objects.filter(name__startswith="platform:")
    return User.objects.annotate(has_factor=Exists(factor)).prefetch_related(
        Prefetch("memberships", queryset=memberships), Prefetch("groups", queryset=over_all)
    )


def check(change: AccountChange) -> None:
    """Refused for an account there is not, for what is so already, and where nobody would be left to lead."""
    user = User.objects.filter(username=change.user).first()
    if user is None:
        sentence = _("There is no account {user}. Check the user name.")
        raise Refused(sentence.format(user=change.user[:150]), field="user")
    if words := _already(user, change.what):
        raise Refused(words.format(user=user.username), field="user")
    if change.what == OFF:
        _check_who_is_left(user)


def rows(change: AccountChange) -> list[dict[str, Any]]:
    """The rows {label, before, after, kind} of a preview or an audit entry."""
    user = User.objects.filter(username=change.user).first()
    if user is None:
        return []
    held = UserSession.objects.filter(user=user).count()
    words = ngettext("{count} session", "{count} sessions", held).format(count=held)
    ended = [{"label": _("Signed in"), "before": words, "after": "", "kind": "removed"}] if held else []
    if change.what == SESSIONS:
        return ended
    if change.what == FACTOR:
        return [{"label": _("Second factor"), "before": _("there"), "after": "", "kind": "removed"}, *ended]
    on, off = _("switched on"), _("switched off")
    before, after = (off, on) if change.what == ON else (on, off)
    account = {"label": _("Account {user}").format(user=user.username), "before": before, "after": after}
    return [account | {"kind": "changed"}, *(ended if change.what == OFF else [])]


def keep(change: AccountChange) -> Saved:
    """Do it. The tenants that the person leads are locked first: nobody else steps down from one meanwhile."""
    user = User.objects.get(username=change.user)
    if change.what == OFF:
        led = Membership.objects.filter(user=user, role=TENANT_ADMIN).values("tenant")
        list(Tenant.objects.select_for_update(no_key=True).filter(pk__in=led).order_by("pk"))
        _check_who_is_left(user)
    if change.what in (ON, OFF):
        changing.switch(user, on=change.what == ON)
    elif change.what == FACTOR:
        factors.take_away(user)
        sessions.end_all(user)
    else:
        sessions.end_all(user)
    about = Subject(logbook.ACCOUNT, str(user.pk), user.username)
    return Saved(version_before=None, version_after=None, subject=about)


def _already(user: User, what: str) -> str:
    if what in (ON, OFF) and user.is_active == (what == ON):
        return _("The account {user} is switched on.") if what == ON else _("The account {user} is switched off.")
    if what == FACTOR and not factors.has(user):
        return _("{user} has no second factor.")
    if what == SESSIONS and not UserSession.objects.filter(user=user).exists():
        return _("{user} is not signed in anywhere.")
    return ""


def _check_who_is_left(user: User) -> None:
    people, away = roles.platform_roles()
    operators = {name for name, role in people if role == PLATFORM_OPERATOR} - away
    if operators == {user.username}:
        sentence = _("{user} is the last platform operator. Make somebody else one first.")
        raise Refused(sentence.format(user=user.username), code="last_operator", field="user")
    others = Membership.objects.filter(tenant=OuterRef("tenant"), role=TENANT_ADMIN, user__is_active=True)
    led = Membership.objects.filter(user=user, role=TENANT_ADMIN).exclude(Exists(others.exclude(user=user)))
    if alone := list(led.order_by("tenant__name").values_list("tenant__name", flat=True)):
        sentence = _("{user} is the last admin of {tenants}. Appoint somebody else on the page of the tenant first.")
        raise Refused(sentence.format(user=user.username, tenants=", ".join(alone)), code="last_admin", field="user")
