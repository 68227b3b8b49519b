"""The members of a tenant. Everyone in it sees them; who may manage members changes them with plain forms."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from portal import access
from portal.access import Actor, Ref
from portal.access.permissions import TENANT_VIEW
from portal.access.ref import TENANT
from portal.access.roles import TITLES
from portal.errors import Invalid, Refused
from tenants import members as membership
from tenants.models import Tenant

TEMPLATE = "tenants/members.html"


@require_safe
@login_required
def members(request: HttpRequest, tenant: str) -> HttpResponse:
    return _page(request, _tenant(request, tenant))


@require_POST
@login_required
def add(request: HttpRequest, tenant: str) -> HttpResponse:
    """Make a person with an account a member."""
    return _set_role(request, tenant, username=request.POST.get("username", "").strip())


@require_POST
@login_required
def change_role(request: HttpRequest, tenant: str, username: str) -> HttpResponse:
    return _set_role(request, tenant, username=username)


@require_POST
@login_required
def remove(request: HttpRequest, tenant: str, username: str) -> HttpResponse:
    found = _tenant(request, tenant)
    try:
        membership.remove(Actor.of_request(request), tenant=found, username=username)
    except (Invalid, Refused) as error:
        return _page(request, found, problem=error, username=username)
    messages.success(request, _("{user} is no longer a member of {tenant}.").format(user=username, tenant=found.title))
    # Who removed themselves has nothing left to see here.
    return redirect("tenants") if username == request.user.get_username() else redirect("members", tenant=tenant)


def _set_role(request: HttpRequest, tenant: str, *, username: str) -> HttpResponse:
    found = _tenant(request, tenant)
    role = request.POST.get("role", "")
    try:
        membership.set_role(Actor.of_request(request), tenant=found, username=username, role=role)
    except (Invalid, Refused) as error:
        return _page(request, found, problem=error, username=username)
    messages.success(request, _("{user} is now {role}.").format(user=username, role=TITLES[role]))
    return redirect("members", tenant=tenant)


def _tenant(request: HttpRequest, name: str) -> Tenant:
    found: Tenant = access.get(Actor.of_request(request), Ref(TENANT, tenant=name), TENANT_VIEW)
    return found


def _page(
    request: HttpRequest, tenant: Tenant, *, problem: Invalid | Refused | None = None, username: str = ""
) -> HttpResponse:
    roles = membership.roles_to_give(Actor.of_request(request), tenant=tenant)
    rows: list[dict[str, Any]] = [
        {"membership": one, "user": one.user, "role": one.role, "role_title": TITLES.get(one.role, one.role)}
        for one in membership.members_of(tenant)
    ]
    context = {
        "tenant": tenant,
        "members": rows,
        "roles": roles,
        "can_manage": bool(roles),
        "problem": str(problem) if problem else "",
        "username": username,
    }
    return render(request, TEMPLATE, context, status=problem.status if problem else 200)
