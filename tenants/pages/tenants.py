"""The tenants of a person, and one tenant at a glance."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal import access
from portal.access import Actor, Ref
from portal.access.permissions import TENANT_VIEW
from portal.access.ref import TENANT
from portal.access.roles import TENANT_ADMIN
from tenants.clusters import clusters_of
from tenants.members import members_of, titles_in
from tenants.models import Cluster, Tenant
from tenants.pages import quota_figures
from tenants.pages.paging import page_by_name
from tenants.pages.person import person
from tenants.quota import ledger
from tenants.quota.showing import row
from tenants.standing import Standing, standing_of


@require_safe
@login_required
def tenants(request: HttpRequest) -> HttpResponse:
    """Where the person is a member."""
    rows = access.visible(Actor.of_request(request), Tenant, TENANT_VIEW)
    page = page_by_name(rows, request)
    mine = list(person(request).memberships.filter(tenant__in=page.rows))
    titles = titles_in(mine)
    roles = {one.tenant_id: titles[one.pk] for one in mine}
    cards = [{"tenant": one, "role": roles.get(one.pk, "")} for one in page.rows]
    return render(request, "tenants/tenants.html", {"cards": cards, "page": page})


@require_safe
@login_required
def overview(request: HttpRequest, tenant: str) -> HttpResponse:
    """Quota, clusters, admins of one tenant."""
    actor = Actor.of_request(request)
    found: Tenant = access.get(actor, Ref(TENANT, tenant=tenant), TENANT_VIEW)
    members = members_of(found)
    lines = ledger.usage_of(found.pk)
    context = {
        "tenant": found,
        "quota": [row(line) for line in lines],
        "above": quota_figures.above(lines),
        "raises": quota_figures.raises(found),
        "clusters": [(one, _standing(one, found)) for one in clusters_of(found.pk)],
        "admins": [one.user for one in members if one.role == TENANT_ADMIN],
        "member_count": len(members),
        "rights": access.rights(actor, tenant_id=found.pk),
    }
    return render(request, "tenants/overview.html", context)


def _standing(cluster: Cluster, tenant: Tenant) -> Standing:
    return standing_of(cluster.state, cluster.state_reason, cluster.capabilities, tenant=tenant.name)
