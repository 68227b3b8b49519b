"""One entry of the audit log with all there is to know about it, and the log as a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps_mgmt.spec.unsigned import unsigned_in
from portal import access
from portal.access import Actor, Ref, permissions
from portal.audit import verify_log
from portal.audit.models import PLATFORM_CHAIN, AuditEntry
from portal.errors import NotFound
from portal.spelling import spelled_out
from releases.log import exporting, searching
from releases.log.chain_state import is_own
from releases.pages.activity_figures import entry_url, entry_views
from tenants.models import Tenant


@login_required
@require_safe
def of_tenant(request: HttpRequest, tenant: str, sequence: int) -> HttpResponse:
    """An entry of a tenant's log."""
    actor = Actor.of_request(request)
    found = access.get(actor, Ref("tenant", tenant), permissions.AUDIT_VIEW)
    rows = access.visible(actor, AuditEntry, permissions.AUDIT_VIEW).filter(chain=str(found.pk))
    return _draw(request, rows, sequence, tenant=found)


@login_required
@require_safe
def of_platform(request: HttpRequest, chain: str, sequence: int) -> HttpResponse:
    """An entry of any chain. Without the right the chain of a tenant is as one that is not there."""
    actor = Actor.of_request(request)
    if chain == PLATFORM_CHAIN:
        access.require_platform(actor, permissions.PLATFORM_AUDIT)
    rows = access.visible(actor, AuditEntry, permissions.PLATFORM_AUDIT).filter(chain=chain)
    return _draw(request, rows, sequence, tenant=None)


@login_required
@require_safe
def export_tenant(request: HttpRequest, tenant: str) -> HttpResponseBase:
    """A tenant's log as a file."""
    actor = Actor.of_request(request)
    found = access.get(actor, Ref("tenant", tenant), permissions.AUDIT_EXPORT)
    rows = access.visible(actor, AuditEntry, permissions.AUDIT_EXPORT).filter(chain=str(found.pk))
    return _export(request, rows, tenant=found)


@login_required
@require_safe
def export_platform(request: HttpRequest) -> HttpResponseBase:
    """The log of all tenants and of the platform as a file."""
    actor = Actor.of_request(request)
    access.require_platform(actor, permissions.PLATFORM_AUDIT)
    return _export(request, access.visible(actor, AuditEntry, permissions.PLATFORM_AUDIT), tenant=None)


@login_required
@require_safe
def verifier(request: HttpRequest) -> HttpResponse:
    """The program that verifies an export without Slipway, to read and to run elsewhere."""
    text = Path(verify_log.__file__).read_text(encoding="utf-8")
    response = HttpResponse(text, content_type="text/x-python; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="verify_log.py"'
    return response


def _export(request: HttpRequest, rows: QuerySet[AuditEntry], *, tenant: Tenant | None) -> HttpResponseBase:
    filters = searching.filters_in(request.GET)
    searching.refuse_wrong(filters)
    kind = request.GET.get("as", "jsonl")
    return exporting.export(
        request, searching.filtered(rows, filters, tenant=tenant), tenant=tenant, filters=filters, kind=kind
    )


def _draw(request: HttpRequest, rows: QuerySet[AuditEntry], sequence: int, *, tenant: Tenant | None) -> HttpResponse:
    # A number that the column cannot hold is of no entry either.
    near = {one.sequence: one for one in rows.filter(sequence__in=[sequence - 1, sequence, sequence + 1])}
    entry = near.get(sequence)
    if entry is None:
        raise NotFound(_("There is no such entry. Look for it in the list."))
    over_all = tenant is None
    (view,) = entry_views(Actor.of_request(request), [entry], over_all=over_all)
    listed = reverse("platform-audit") if tenant is None else reverse("activity", args=[tenant.name])
    beside = {name: near.get(sequence + step) for name, step in (("newer_url", 1), ("older_url", -1))}
    context = {
        "title": _("Entry {number}").format(number=sequence),
        "tenant": tenant,
        "list_url": listed,
        "entry": view | {"previous_hash": entry.previous_hash, "whole": is_own(entry)},
        "versions": _versions(entry),
        "given": [(name, _plain(value)) for name, value in unsigned_in(entry.input).items()],
        "history_url": f"{listed}?{urlencode({'object': entry.subject_id})}" if entry.subject_id else "",
        "page": {name: entry_url(one, over_all=over_all) if one else "" for name, one in beside.items()},
    }
    return render(request, "audit/entry.html", context)


def _versions(entry: AuditEntry) -> str:
    before, after = entry.version_before, entry.version_after
    if after is None:
        return ""
    return f"{before} → {after}" if before is not None and before != after else str(after)


def _plain(value: Any) -> str:
    """What was given, as people read it; a secret is in the log only as that it changed."""
    if isinstance(value, dict):
        if "digest" in value and value.get("changed"):
            return _("a new value, not kept here")
        return ", ".join(f"{spelled_out(name)} {_plain(one)}" for name, one in value.items() if one not in ("", None))
    if isinstance(value, list):
        return "; ".join(map(_plain, value))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return "" if value is None else spelled_out(str(value))
