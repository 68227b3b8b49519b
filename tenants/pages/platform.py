"""The platform's lists: tenants, people and clusters, for platform operators."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal import access
from portal.access import Actor, Ref
from portal.access.permissions import PLATFORM_CLUSTERS, PLATFORM_QUOTA, PLATFORM_TENANTS
from portal.access.ref import TENANT
from portal.access.roles import TENANT_ADMIN, TITLES
from tenants.accounts import operating as operating_accounts
from tenants.clusters import grants_of
from tenants.isolation import Isolation
from tenants.members import members_of
from tenants.models import Cluster, Tenant
from tenants.pages import quota_figures
from tenants.pages.account_figures import account_rows
from tenants.pages.paging import page_by_name, page_by_user_name
from tenants.platform import people as operating
from tenants.platform import words_of_rules
from tenants.quota import ledger
from tenants.quota import records as quota_records
from tenants.quota.showing import row
from tenants.rules import rules_now


@require_safe
@login_required
def tenants(request: HttpRequest) -> HttpResponse:
    actor = Actor.of_request(request)
    access.require_platform(actor, PLATFORM_TENANTS)
    rows = access.visible(actor, Tenant, PLATFORM_TENANTS).annotate(
        members=Count("memberships", distinct=True), clusters=Count("cluster_grants", distinct=True)
    )
    return render(request, "platform/tenants.html", {"page": page_by_name(rows, request)})


@require_safe
@login_required
def tenant(request: HttpRequest, tenant: str) -> HttpResponse:
    """One tenant, for whoever operates the platform: what it may use, how far it is kept apart, whether it goes on."""
    actor = Actor.of_request(request)
    found: Tenant = access.get(actor, Ref(TENANT, tenant=tenant), PLATFORM_TENANTS)
    members = members_of(found)
    lines = ledger.usage_of(found.pk)
    context = {
        "tenant": found,
        "member_count": len(members),
        "admins": [one.user for one in members if one.role == TENANT_ADMIN],
        "isolation": Isolation.load(found.isolation).words,
        "grants": grants_of(found.pk),
        "may_see_clusters": PLATFORM_CLUSTERS in access.platform_rights(actor),
        "quota": [row(line) for line in lines],
        "above": quota_figures.above(lines),
        "raised": quota_records.raised(found),
        "actions": _actions(found, access.platform_rights(actor)),
    }
    return render(request, "platform/tenant.html", context)


def _actions(tenant: Tenant, held: frozenset[str]) -> dict[str, Any]:
    def form(name: str, title: str, icon: str, **look: str) -> dict[str, Any]:
        url = reverse("tenant-operation", args=[tenant.name, name])
        return {"title": title, "url": url, "icon": icon, **look}

    suspend = (
        form("tenant.resume", _("Resume…"), "play")
        if tenant.suspended
        else form("tenant.suspend", _("Suspend…"), "ban", tone="danger")
    )
    isolate = form("tenant.isolate", _("Isolate…"), "shield-check")
    limit = [form("quota.set", _("Set a limit…"), "gauge")] if PLATFORM_QUOTA in held else []
    appoint = form("tenant.appoint", _("Appoint an admin…"), "users")
    return {"items": [*limit, isolate, suspend], "more": [appoint, form("tenant.describe", _("Describe…"), "pencil")]}


@require_safe
@login_required
def people(request: HttpRequest) -> HttpResponse:
    """Who operates the platform, and who may read every tenant's audit log."""
    access.require_platform(Actor.of_request(request), PLATFORM_TENANTS)
    rows = [
        {"user": user, "role": role, "role_title": TITLES[role], "away": not user.is_active}
        for user, role in operating()
    ]
    return render(request, "platform/people.html", {"rows": rows})


@require_safe
@login_required
def accounts(request: HttpRequest) -> HttpResponse:
    """Every account: where its person works, how they sign in, and whether they can."""
    actor = Actor.of_request(request)
    access.require_platform(actor, PLATFORM_TENANTS)
    page = page_by_user_name(operating_accounts.accounts(), request)
    rows = account_rows(page.rows, self=actor.username)
    return render(request, "platform/accounts.html", {"page": page, "rows": rows})


@require_safe
@login_required
def rules(request: HttpRequest) -> HttpResponse:
    """What every app has to keep to."""
    access.require_platform(Actor.of_request(request), PLATFORM_TENANTS)
    facts = [{"title": title, "text": words or _("not ruled")} for title, words in words_of_rules(rules_now())]
    return render(request, "platform/rules.html", {"facts": facts})


@require_safe
@login_required
def clusters(request: HttpRequest) -> HttpResponse:
    actor = Actor.of_request(request)
    access.require_platform(actor, PLATFORM_CLUSTERS)
    rows = access.visible(actor, Cluster, PLATFORM_CLUSTERS).annotate(tenants=Count("grants"))
    return render(request, "platform/clusters.html", {"page": page_by_name(rows, request), "now": timezone.now()})
