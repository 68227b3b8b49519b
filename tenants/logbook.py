"""Audit entries of what happens in this room outside the catalogue of operations: sign-ins, accounts and tokens.

Entries about a tenant go to the tenant's chain, those about an account to the platform's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.access import Actor
from portal.access.ref import PLATFORM, TENANT
from portal.audit.models import PLATFORM_CHAIN, AuditEntry
from portal.audit.recording import Change, Subject, record
from portal.audit.wording import register_sentence
from tenants.models import ApiToken, Tenant, User

ACCOUNT = "account"

SIGN_IN = "account.sign_in"
SIGN_OUT = "account.sign_out"
ADD = "account.add"
PASSWORD = "account.password"
FACTOR_ADD = "account.factor_add"
FACTOR_REMOVE = "account.factor_remove"
RECOVERY_RENEW = "account.recovery_renew"
RECOVERY_USE = "account.recovery_use"
SESSION_END = "account.session_end"
CONFIRM = "account.confirm"
TOKEN_CREATE = "token.create"
TOKEN_REVOKE = "token.revoke"
TOKEN_USE = "token.use"

# A flood of wrong passwords must not become a flood of entries: beyond this many a minute they go unrecorded
# here (the lock-out still counts them).
FAILED_SIGN_INS_A_MINUTE = 30

SENTENCES = {
    SIGN_IN: (_("Sign in"), _("signed in")),
    SIGN_OUT: (_("Sign out"), _("signed out")),
    ADD: (_("Make an account"), _("made the account")),
    PASSWORD: (_("Change the password"), _("changed the password")),
    FACTOR_ADD: (_("Add a second factor"), _("added a second factor")),
    FACTOR_REMOVE: (_("Remove the second factor"), _("removed the second factor")),
    RECOVERY_RENEW: (_("Make new recovery codes"), _("made new recovery codes")),
    RECOVERY_USE: (_("Use a recovery code"), _("used a recovery code")),
    SESSION_END: (_("End sessions"), _("ended sessions")),
    CONFIRM: (_("Confirm who you are"), _("confirmed who they are")),
    TOKEN_CREATE: (_("Create an API token"), _("created the API token {name}")),
    TOKEN_USE: (_("Use an API token"), _("used the API token {name}, first on this day")),
}


def register() -> None:
    for operation, (title, sentence) in SENTENCES.items():
        register_sentence(operation, sentence, title=title)


def note_tenant(operation: str, *, actor: Actor, tenant: Tenant, values: Mapping[str, Any], reason: str = "") -> None:
    """Record what was done to a tenant; with a reason: what was refused. Inside the transaction of the change."""
    record(
        _change(operation, values, reason),
        actor=actor,
        subject=Subject(kind=TENANT, id=str(tenant.pk), name=tenant.name, tenant_id=tenant.pk, tenant_name=tenant.name),
    )


def note_token(operation: str, *, actor: Actor, token: ApiToken, values: Mapping[str, Any], reason: str = "") -> None:
    """Record what was done with a token, in the log of its tenant or of the platform; with a reason: was refused."""
    if token.tenant is not None:
        note_tenant(operation, actor=actor, tenant=token.tenant, values=values, reason=reason)
    else:
        record(
            _change(operation, values, reason), actor=actor, subject=Subject(kind=PLATFORM, id="", name="the platform")
        )


def note_account(operation: str, *, actor: Actor, user: User, reason: str = "") -> None:
    """Record what happened to an account, such as a sign-in, in a transaction of its own."""
    with transaction.atomic():
        record(_change(operation, {}, reason), actor=actor, subject=_account(user))


def note_failed_sign_in(*, actor: Actor, username: str, reason: str) -> None:
    """Record a sign-in that failed. What was typed as a name is kept only when there is such an account."""
    # Asked for any name and in the same way, so that the time it takes says nothing.
    user = User.objects.filter(username=username).first()
    recent = AuditEntry.objects.filter(
        chain=PLATFORM_CHAIN,
        operation=SIGN_IN,
        outcome=AuditEntry.REFUSED,
        at__gt=timezone.now() - timedelta(minutes=1),
    )
    if recent.count() >= FAILED_SIGN_INS_A_MINUTE:
        return
    with transaction.atomic():
        record(_change(SIGN_IN, {}, reason), actor=actor, subject=_account(user))


def _change(operation: str, values: Mapping[str, Any], reason: str) -> Change:
    outcome = AuditEntry.REFUSED if reason else AuditEntry.DONE
    return Change(operation=operation, outcome=outcome, input=values, reason=reason)


def _account(user: User | None) -> Subject:
    return Subject(kind=ACCOUNT, id=str(user.pk) if user else "", name=user.username if user else "")
