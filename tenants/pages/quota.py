"""The quota of a tenant, and the requests that platform operators decide."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from portal import access
from portal.access import Actor, Ref
from portal.access.permissions import PLATFORM_QUOTA, TENANT_QUOTA, TENANT_VIEW
from portal.access.ref import TENANT
from tenants.models import QuotaRequest, Tenant
from tenants.pages import quota_figures
from tenants.quota import ledger

MOST = 50


@require_safe
@login_required
def of_tenant(request: HttpRequest, tenant: str) -> HttpResponse:
    """How much is in use of what, now and before, and what was asked for."""
    actor = Actor.of_request(request)
    found: Tenant = access.get(actor, Ref(TENANT, tenant=tenant), TENANT_VIEW)
    may_ask = TENANT_QUOTA in access.rights(actor, tenant_id=found.pk) and not found.suspended
    ask_url = reverse("tenant-operation", args=[found.name, "quota.request"]) if may_ask else ""
    lines = ledger.usage_of(found.pk)
    context = {
        "tenant": found,
        "rows": quota_figures.bars(found, lines, ask_url=ask_url),
        "above": quota_figures.above(lines),
        "raises": quota_figures.raises(found),
        "requests": quota_figures.requests_of(found, lines),
        "ask_url": ask_url,
    }
    return render(request, "tenants/quota.html", context)


@require_safe
@login_required
def to_decide(request: HttpRequest) -> HttpResponse:
    """The requests of all tenants that wait, the oldest first, and those decided last."""
    actor = Actor.of_request(request)
    access.require_platform(actor, PLATFORM_QUOTA)
    rows = access.visible(actor, QuotaRequest, PLATFORM_QUOTA).select_related("tenant")
    waiting = list(rows.filter(state=QuotaRequest.State.WAITING).order_by("asked_at", "pk")[:MOST])
    decided = rows.exclude(state=QuotaRequest.State.WAITING).order_by("-decided_at", "-pk")[:MOST]
    context = {
        "waiting": quota_figures.to_decide(waiting, by=actor.username),
        "decided": [quota_figures.asked(one) | {"tenant": one.tenant} for one in decided],
    }
    return render(request, "platform/quota.html", context)
