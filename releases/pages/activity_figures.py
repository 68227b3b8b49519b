"""Audit entries as the pages show them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import CharField, Q
from django.db.models.functions import Cast
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps_mgmt.models import App
from apps_mgmt.spec.unsigned import unsigned_rows
from portal import access
from portal.access import Actor, permissions
from portal.access.actor import COMMAND
from portal.access.ref import APP, RELEASE
from portal.audit.models import AuditEntry
from portal.audit.wording import note_of, words
from portal.spelling import spelled_out
from releases import finding
from releases.models import Release
from releases.pages import links

RECENT = 8
_HOW = {COMMAND: gettext_lazy("by command line")}
TONES = {AuditEntry.REFUSED: "warn", AuditEntry.FAILED: "bad"}


def recent(actor: Actor, *, app: App) -> list[dict[str, Any]]:
    """The last things done to an app, for those who may see the log."""
    if permissions.AUDIT_VIEW not in access.rights(actor, tenant_id=app.tenant_id):
        return []
    rows = AuditEntry.objects.filter(about(app), tenant_id=app.tenant_id).order_by("-id")[:RECENT]
    return [item(row) for row in rows]


def about(app: App) -> Q:
    """The entries about an app: those of its releases are among them.

    All ids in one list, and no `OR`: of that PostgreSQL expects half of the log to match, and reads the tenant's whole.
    """
    releases = Release.objects.filter(app=app).values_list(Cast("pk", CharField()))
    itself = App.objects.filter(tenant_id=app.tenant_id, pk=app.pk).values_list(Cast("pk", CharField()))
    return Q(subject_id__in=itself.union(releases, all=True))


def items(entries: Sequence[AuditEntry]) -> list[dict[str, Any]]:
    """Lines of a timeline about several apps, of which one may have the name of another that was deleted."""
    hidden = _hidden(entries)
    return [
        item(one, named=True) | ({"url": ""} if (one.subject_id, _number(one)) in hidden else {}) for one in entries
    ]


def _hidden(entries: Sequence[AuditEntry]) -> set[tuple[str, int]]:
    """Subject and number of those at whose release's address another app's stands. One query, and one more for those
    of deleted apps.
    """
    ids = {
        kind: {one.subject_id for one in entries if one.subject_kind == kind and _number(one)}
        for kind in (APP, RELEASE)
    }
    numbers = {_number(one) for one in entries}
    found = finding.of_deleted(ids[APP], ids[RELEASE], numbers=numbers) if any(ids.values()) else []
    again = finding.named_again(found)
    return {(str(pk), one.number) for one in found if one.pk in again for pk in (one.app_id, one.pk)}


def item(entry: AuditEntry, *, named: bool = False) -> dict[str, Any]:
    """A line of a timeline; `named` says the subject too."""
    text = words(entry)
    return {
        "at": entry.at,
        "who": entry.actor_name,
        "text": f"{_named(entry)}: {text}" if named and entry.subject_name not in ("", entry.actor_name) else text,
        "note": spelled_out(note_of(entry) or entry.reason),
        "tone": TONES.get(entry.outcome, ""),
        "key": str(entry.pk),
        "url": _release_url(entry),
    }


def _named(entry: AuditEntry) -> str:
    """The subject before its sentence: of a release the app, as the sentence has the number."""
    return entry.subject_name.partition(" #")[0] if entry.subject_kind == RELEASE else entry.subject_name


def entry_views(actor: Actor, entries: Sequence[AuditEntry], *, over_all: bool) -> list[dict[str, Any]]:
    """Rows of the audit page. Apps and releases are links where the actor may see them and the app is still there.

    `over_all`: the pages of the entries are those of the platform's log, not of the tenant's.
    """
    urls = _urls(actor, entries)
    return [
        _entry_view(entry, url=urls.get(entry.subject_id, "")) | {"url": entry_url(entry, over_all=over_all)}
        for entry in entries
    ]


def entry_url(entry: AuditEntry, *, over_all: bool) -> str:
    """The page of one entry."""
    if over_all:
        return reverse("platform-audit-entry", args=[entry.chain, entry.sequence])
    return reverse("activity-entry", args=[entry.tenant_name, entry.sequence])


def _urls(actor: Actor, entries: Sequence[AuditEntry]) -> dict[str, str]:
    """The pages of what entries are about, by its id. At most a query for apps and one for releases."""
    ids = {kind: {entry.subject_id for entry in entries if entry.subject_kind == kind} for kind in (APP, RELEASE)}
    urls: dict[str, str] = {}
    if ids[APP]:
        apps = access.visible(actor, App, permissions.APP_VIEW).filter(pk__in=ids[APP], deleted_at=None)
        urls |= {str(app.pk): links.app_url(app) for app in apps.select_related("tenant")}
    if ids[RELEASE]:
        rows = access.visible(actor, Release, permissions.APP_VIEW).filter(pk__in=ids[RELEASE], app__deleted_at=None)
        urls |= {str(one.pk): links.release_url(one.app, one.number) for one in rows.select_related("app__tenant")}
    return urls


def _entry_view(entry: AuditEntry, *, url: str) -> dict[str, Any]:
    """A row with all there is to know about it."""
    return {
        "sequence": entry.sequence,
        "at": entry.at,
        "who": entry.actor_name or _("anonymous"),
        "how": "" if entry.how == entry.actor_name else _HOW.get(entry.how, entry.how),
        "sentence": words(entry),
        "operation": entry.operation,
        "outcome": entry.outcome,
        "reason": spelled_out(entry.reason),
        "note": spelled_out(note_of(entry)),
        "tenant": entry.tenant_name,
        "subject": _named(entry),
        "subject_url": url,
        "diff": unsigned_rows(entry.diff),
        "address": entry.address,
        "request_id": entry.request_id,
        "hash": entry.hash,
    }


def _release_url(entry: AuditEntry) -> str:
    """The page of the release that an entry is about, or that it made; empty for others."""
    number = _number(entry)
    if not number or not entry.tenant_name:
        return ""
    try:
        return reverse("release", args=[entry.tenant_name, entry.subject_name.partition(" #")[0], number])
    except NoReverseMatch:
        return ""


def _number(entry: AuditEntry) -> int:
    """The number of that release; 0 for none."""
    said = entry.subject_name.partition(" #")[2] if entry.subject_kind == RELEASE else entry.result.get("release")
    number = str(said or "")
    return int(number) if entry.subject_kind in (APP, RELEASE) and number.isdecimal() else 0
