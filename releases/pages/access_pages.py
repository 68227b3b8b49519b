"""Who may do what with one app: the roles in its tenant, and what single members have on the app beside them."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps_mgmt import granting
from apps_mgmt.models import App
from portal import access
from portal.access import Actor, Ref, permissions
from releases.pages import app_figures, buttons
from releases.pages.app_pages import tabs
from tenants.members import members_of, titles_of_roles
from tenants.roles import rights_of_roles


@login_required
@require_safe
def of_app(request: HttpRequest, tenant: str, app: str) -> HttpResponse:
    """A row per member: the role in the tenant, and the roles on this app."""
    actor = Actor.of_request(request)
    found: App = access.get(actor, Ref("app", tenant, app), permissions.APP_VIEW)
    # Who belongs to the tenant is for those who may see the tenant; a role on a single app does not say so.
    access.require(actor, permissions.TENANT_VIEW, tenant_id=found.tenant_id)
    manages = permissions.TENANT_MEMBERS in access.rights(actor, tenant_id=found.tenant_id, app_id=found.pk)
    context = {
        "app": app_figures.head(found),
        "tenant": found.tenant,
        "tabs": tabs(found, "app-access", actor),
        "actions": buttons.app_actions(found, actor, active=buttons.under_way(found)),
        "rows": _rows(found, actor if manages else None),
        "can_give": manages and not found.tenant.suspended,
    }
    return render(request, "apps/access.html", context)


def _rows(app: App, manager: Actor | None) -> list[dict[str, Any]]:
    titles, members = titles_of_roles(app.tenant), members_of(app.tenant)
    roles = {one.user.username: one.role for one in members}
    given, known = granting.grants_on(app), rights_of_roles(app.tenant) if manager else {}
    grants: dict[str, list[dict[str, Any]]] = {}
    for user, role in given:
        taken = manager is not None and granting.may_take(manager, app, user, (role, roles.get(user, "")), known=known)
        grants.setdefault(user, []).append({"role": role, "title": titles.get(role, role), "can_take": taken})
    return [
        {"user": one.user, "role_title": titles.get(one.role, one.role), "grants": grants.get(one.user.username, [])}
        for one in members
    ]
