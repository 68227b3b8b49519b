"""What an app uses of its tenant's quota, now and over time."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps_mgmt.models import App
from portal import access
from portal.access import Actor, Ref, permissions
from releases.pages import app_figures, usage_figures
from releases.pages.app_pages import tabs


@login_required
@require_safe
def of_app(request: HttpRequest, tenant: str, app: str) -> HttpResponse:
    """A row per dimension: what counts of draft, deployed and in flight, and its history."""
    actor = Actor.of_request(request)
    found: App = access.get(actor, Ref("app", tenant, app), permissions.APP_VIEW)
    rights = access.rights(actor, tenant_id=found.tenant_id)
    context = {
        "app": app_figures.head(found),
        "tabs": tabs(found, "app-usage", actor),
        "rows": usage_figures.rows(found),
        # Who sees this app alone sees nothing of the tenant.
        "quota_url": reverse("tenant-quota", args=[tenant]) if permissions.TENANT_VIEW in rights else "",
    }
    return render(request, "apps/usage.html", context)
