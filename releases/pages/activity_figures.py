"""Audit entries as the pages show them."""

from __future__ import annotations

from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from apps_mgmt.models import App
from portal import access
from portal.access import Actor, permissions
from portal.audit.models import AuditEntry
from portal.audit.wording import words

RECENT = 8
TONES = {AuditEntry.REFUSED: "warn", AuditEntry.FAILED: "bad"}


def recent(actor: Actor, *, app: App) -> list[dict[str, Any]]:
    """The last things done to an app, for those who may see the log."""
    if permissions.AUDIT_VIEW not in access.rights(actor, tenant_id=app.tenant_id):
        return []
    rows = AuditEntry.objects.filter(tenant_id=app.tenant_id, subject_id=str(app.pk)).order_by("-id")[:RECENT]
    return [item(row) for row in rows]


def item(entry: AuditEntry, *, named: bool = False) -> dict[str, Any]:
    """A line of a timeline; `named` says the subject too."""
    text = words(entry)
    return {
        "at": entry.at,
        "who": entry.actor_name,
        "text": f"{entry.subject_name}: {text}" if named and entry.subject_name else text,
        "note": entry.note or entry.reason,
        "tone": TONES.get(entry.outcome, ""),
        "key": str(entry.pk),
    }


def entry_view(entry: AuditEntry) -> dict[str, Any]:
    """A row of the audit page, with all there is to know about it."""
    return {
        "sequence": entry.sequence,
        "at": entry.at,
        "who": entry.actor_name or _("anonymous"),
        "how": "" if entry.how == entry.actor_name else entry.how,
        "sentence": words(entry),
        "operation": entry.operation,
        "outcome": entry.outcome,
        "reason": entry.reason,
        "note": entry.note,
        "tenant": entry.tenant_name,
        "subject": entry.subject_name,
        "subject_url": _subject_url(entry),
        "diff": entry.diff,
        "address": entry.address,
        "request_id": entry.request_id,
        "hash": entry.hash,
    }


def _subject_url(entry: AuditEntry) -> str:
    if entry.subject_kind != "app" or not entry.tenant_name:
        return ""
    try:
        return reverse("app", args=[entry.tenant_name, entry.subject_name])
    except NoReverseMatch:
        return ""
