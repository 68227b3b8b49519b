"""Who did what: the log of an app, of a tenant, and, for platform operators and auditors, of all tenants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from portal import access
from portal.access import Actor, Ref, permissions
from portal.access.ref import CLUSTER, PLATFORM
from portal.audit.models import PLATFORM_CHAIN, AuditEntry
from portal.audit.wording import titles
from portal.operations import registry
from releases.log import searching
from releases.log.chain_state import chain_state
from releases.log.exporting import TYPES, file_name
from releases.pages import buttons
from releases.pages.activity_figures import about, entry_views
from releases.pages.app_figures import head
from releases.pages.app_pages import tabs
from tenants.models import Tenant

PAGE = 50
PERIODS = (
    ("1", gettext_lazy("Last 24 hours")),
    ("7", gettext_lazy("Last 7 days")),
    ("30", gettext_lazy("Last 30 days")),
    ("365", gettext_lazy("Last 365 days")),
)
OUTCOMES = (("done", gettext_lazy("Done")), ("refused", gettext_lazy("Refused")), ("failed", gettext_lazy("Failed")))
_NOT_OF_TENANTS = ("account.", "api.", "keys.")  # what is no operation, and stands in the platform's chain alone


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
    extra = {
        "app": head(found),
        "tabs": tabs(found, "app-activity", actor),
        "actions": buttons.app_actions(found, actor, active=buttons.under_way(found)),
    }
    return _draw(request, rows, title=_("Activity"), tenant=found.tenant, app=found.name, extra=extra)


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
    app: str = "",
    extra: Mapping[str, Any] | None = None,
) -> HttpResponse:
    actor, filters = Actor.of_request(request), searching.filters_in(request.GET)
    places = {name: request.GET.get(name, "") for name in ("before", "after")}
    wrong = searching.wrong(filters, **places)
    filters |= dict.fromkeys(filters.keys() & wrong.keys(), "")
    found = searching.page_of(searching.filtered(rows, filters, tenant=tenant), size=PAGE, **places)
    kept = {name: value for name, value in filters.items() if value}
    tenants = None if tenant else _tenants(request)
    offered = {
        "periods": [(value, str(label)) for value, label in PERIODS],
        "outcomes": [(value, str(label)) for value, label in OUTCOMES],
        "operations": [(name, f"{name}: {title}") for name, title in _operations(tenant)],
        "tenants": tenants,
    }
    context = {
        "title": title,
        "tenant": tenant,
        "filters": filters | offered,
        "wrong": list(wrong.values()),
        "missed": searching.left_out(rows, filters, tenant=tenant),
        "entries": entry_views(actor, found.rows, over_all=tenant is None),
        "page": {
            "newer_url": f"?{urlencode(kept | {'after': found.newer})}" if found.newer else "",
            "older_url": f"?{urlencode(kept | {'before': found.older})}" if found.older else "",
        },
        "chain": chain_state(str(tenant.pk)) if tenant else _chain(actor, filters["tenant"]),
        "exports": _exports(actor, tenant, kept | ({"app": app} if app else {})),
        "whole": [] if app else _exports(actor, tenant, {})[:1],
        "verifying": f"python3 verify_log.py {file_name(tenant, 'jsonl')}",
        **(extra or {}),
    }
    return render(request, "audit/list.html", context)


def _chain(actor: Actor, name: str) -> dict[str, Any]:
    """How the chain stands of the tenant whose entries alone are listed, else the platform's: tenants have chains of
    their own, which that list shows entries of as well. Empty for a tenant that is gone.
    """
    if not name:
        state = chain_state(PLATFORM_CHAIN)
        return state | {"sentence": _("The platform's own chain: {state}").format(state=state["sentence"])}
    found = access.visible(actor, Tenant, permissions.PLATFORM_AUDIT).filter(name=name).first()
    if found is None:
        return {}
    state = chain_state(str(found.pk))
    return state | {"sentence": _("The chain of {tenant}: {state}").format(tenant=found.title, state=state["sentence"])}


def _operations(tenant: Tenant | None) -> list[tuple[str, Any]]:
    """What can stand in the log, with its title: in a tenant's nothing that is done to the platform or an account."""
    over = {one.name for one in registry.all_operations() if one.subject in (CLUSTER, PLATFORM)}
    every = sorted(titles().items())
    return [one for one in every if one[0] not in over and not one[0].startswith(_NOT_OF_TENANTS)] if tenant else every


def _exports(actor: Actor, tenant: Tenant | None, kept: Mapping[str, str]) -> list[dict[str, str]]:
    """Where what is shown can be fetched as a file, for those who may."""
    if tenant and permissions.AUDIT_EXPORT not in access.rights(actor, tenant_id=tenant.pk):
        return []
    start = reverse("activity-export", args=[tenant.name]) if tenant else reverse("platform-audit-export")
    return [{"title": kind.upper(), "url": f"{start}?{urlencode({**kept, 'as': kind})}"} for kind in TYPES]


def _tenants(request: HttpRequest) -> list[tuple[str, str]]:
    """The tenants to filter by, for those who see them all."""
    actor = Actor.of_request(request)
    rows = access.visible(actor, Tenant, permissions.PLATFORM_AUDIT).order_by("name")
    return list(rows.values_list("name", "title")[:500])
