"""Who did what: the log of an app, of a tenant, and, for platform operators and auditors, of all tenants."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_date
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from portal import access
from portal.access import Actor, Ref, permissions
from portal.access.ref import CLUSTER, PLATFORM
from portal.audit.models import AuditEntry
from portal.operations import registry
from portal.operations.operation import Operation
from releases.pages.activity_figures import about, entry_views
from releases.pages.app_figures import head
from releases.pages.app_pages import tabs
from tenants.models import Tenant

PAGE = 50
NAMES = ("q", "person", "operation", "outcome", "app", "tenant", "since", "until")
OUTCOMES = (("done", gettext_lazy("Done")), ("refused", gettext_lazy("Refused")), ("failed", gettext_lazy("Failed")))


@login_required
@require_safe
def of_tenant(request: HttpRequest, tenant: str) -> HttpResponse:
    """Who did what in a tenant."""
    actor = Actor.of_request(request)
    found = access.get(actor, Ref("tenant", tenant), permissions.AUDIT_VIEW)
    rows = access.visible(actor, AuditEntry, permissions.AUDIT_VIEW).filter(tenant_id=found.pk)
    return _draw(request, rows, title=_("Activity"), tenant=found)


@login_required
@require_safe
def of_app(request: HttpRequest, tenant: str, app: str) -> HttpResponse:
    """Who did what to an app."""
    actor = Actor.of_request(request)
    found = access.get(actor, Ref("app", tenant, app), permissions.APP_VIEW)
    access.require(actor, permissions.AUDIT_VIEW, tenant_id=found.tenant_id)
    rows = access.visible(actor, AuditEntry, permissions.AUDIT_VIEW).filter(about(found))
    extra = {"app": head(found), "tabs": tabs(found, "app-activity")}
    return _draw(request, rows, title=_("Activity"), tenant=found.tenant, extra=extra)


@login_required
@require_safe
def of_platform(request: HttpRequest) -> HttpResponse:
    """Who did what, over all tenants."""
    actor = Actor.of_request(request)
    access.require_platform(actor, permissions.PLATFORM_AUDIT)
    rows = access.visible(actor, AuditEntry, permissions.PLATFORM_AUDIT)
    return _draw(request, rows, title=_("Audit"), tenant=None)


def _draw(
    request: HttpRequest,
    rows: QuerySet[AuditEntry],
    *,
    title: str,
    tenant: Any,
    extra: Mapping[str, Any] | None = None,
) -> HttpResponse:
    filters = {name: request.GET.get(name, "").strip()[:100] for name in NAMES}
    page, shown = _page(_filtered(rows, filters), request, filters)
    offered = {
        "outcomes": [(value, str(label)) for value, label in OUTCOMES],
        "operations": [(one.name, f"{one.name}: {one.title}") for one in _operations(tenant)],
        "tenants": None if tenant else _tenants(request),
    }
    context = {
        "title": title,
        "tenant": tenant,
        "filters": filters | offered,
        "entries": entry_views(Actor.of_request(request), shown),
        "page": page,
        "chain": None,
        **(extra or {}),
    }
    return render(request, "audit/list.html", context)


def _operations(tenant: Tenant | None) -> list[type[Operation]]:
    """What can stand in the log: in a tenant's nothing that is done to the platform."""
    every = registry.all_operations()
    return [one for one in every if one.subject not in (CLUSTER, PLATFORM)] if tenant else every


def _filtered(rows: QuerySet[AuditEntry], filters: Mapping[str, str]) -> QuerySet[AuditEntry]:
    exact = {"person": "actor_name", "operation": "operation", "outcome": "outcome", "tenant": "tenant_name"}
    for name, column in exact.items():
        if filters[name]:
            rows = rows.filter(**{column: filters[name]})
    if filters["app"]:
        rows = rows.filter(subject_name=filters["app"])
    if filters["q"]:
        words = filters["q"]
        rows = rows.filter(
            Q(subject_name__icontains=words)
            | Q(actor_name__icontains=words)
            | Q(operation__icontains=words)
            | Q(note__icontains=words)
            | Q(reason__icontains=words)
        )
    since, until = _day(filters["since"]), _day(filters["until"])
    if since:
        rows = rows.filter(at__gte=since)
    if until:
        rows = rows.filter(at__lt=until + datetime.timedelta(days=1))
    return rows


def _day(text: str) -> datetime.datetime | None:
    """Midnight in UTC of a day as `2026-03-02`; None for anything else."""
    try:
        day = parse_date(text)
    except ValueError:
        return None
    # The last year there is has no day after it.
    usable = day is not None and day.year < datetime.MAXYEAR
    return datetime.datetime.combine(day, datetime.time(), tzinfo=datetime.UTC) if day and usable else None


def _page(
    rows: QuerySet[AuditEntry], request: HttpRequest, filters: Mapping[str, str]
) -> tuple[dict[str, str], list[AuditEntry]]:
    """Keyset paging by id, the newest first: `before` goes to older entries, `after` back to newer ones."""
    kept = {name: value for name, value in filters.items() if value}
    older, newer = _id(request.GET.get("before", "")), _id(request.GET.get("after", ""))
    if newer:
        shown = list(rows.filter(pk__gt=newer).order_by("pk")[: PAGE + 1])
        has_newer, has_older = len(shown) > PAGE, True
        shown = shown[:PAGE][::-1]
    else:
        shown = list((rows.filter(pk__lt=older) if older else rows).order_by("-pk")[: PAGE + 1])
        has_newer, has_older = bool(older), len(shown) > PAGE
        shown = shown[:PAGE]
    page = {
        "newer_url": f"?{urlencode(kept | {'after': shown[0].pk})}" if has_newer and shown else "",
        "older_url": f"?{urlencode(kept | {'before': shown[-1].pk})}" if has_older and shown else "",
    }
    return page, shown


def _id(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _tenants(request: HttpRequest) -> list[tuple[str, str]]:
    """The tenants to filter by, for those who see them all."""
    actor = Actor.of_request(request)
    rows = access.visible(actor, Tenant, permissions.PLATFORM_AUDIT).order_by("name")
    return list(rows.values_list("name", "title")[:500])
