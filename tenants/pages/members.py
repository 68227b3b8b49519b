"""The members of a tenant, their roles, and what each role may do. Everything is changed by operations."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal import access
from portal.access import Actor, Ref
from portal.access.permissions import SENTENCES, TENANT_MEMBERS, TENANT_VIEW
from portal.access.permissions import TENANT as TENANT_RIGHTS
from portal.access.ref import TENANT
from portal.access.roles import ROLES
from tenants import members as membership
from tenants.models import Tenant
from tenants.roles import rights_of_roles
from tenants.tokens import working_in

MOST_HOLDERS = 5
"""So many of those who have a role are named at once."""


@require_safe
@login_required
def members(request: HttpRequest, tenant: str) -> HttpResponse:
    """Who belongs to the tenant, with which role."""
    actor, found = _tenant(request, tenant)
    titles, to_give = membership.titles_of_roles(found), membership.roles_to_give(actor, tenant=found)
    everybody = membership.members_of(found)
    reach = membership.within_reach(actor, tenant=found, members=everybody)
    removable = membership.removable(actor, tenant=found, members=everybody, reach=reach)
    rows: list[dict[str, Any]] = [
        {
            "membership": one,
            "user": one.user,
            "role": one.role,
            "role_title": titles.get(one.role, one.role),
            "within_reach": one.pk in reach,
            "removable": one.pk in removable,
        }
        for one in everybody
    ]
    context = {
        "tenant": found,
        "members": rows,
        "roles": to_give,
        "can_manage": bool(to_give),
        "can_change": bool(to_give) and not found.suspended,
        "self": actor.username,
    }
    return render(request, "tenants/members.html", context)


@require_safe
@login_required
def roles(request: HttpRequest, tenant: str) -> HttpResponse:
    """A matrix: a row per right, a column per role, and who has the role."""
    actor, found = _tenant(request, tenant)
    known, titles = rights_of_roles(found), membership.titles_of_roles(found)
    holders: dict[str, list[str]] = {role: [] for role in known}
    for one in membership.members_of(found):
        holders.setdefault(one.role, []).append(one.user.username)
    context = {
        "tenant": found,
        "columns": [
            {
                "name": role,
                "title": titles[role],
                "own": role not in ROLES,
                "yours": actor.username in holders[role],
                "holders": holders[role][:MOST_HOLDERS],
                "more": holders[role][MOST_HOLDERS:],
            }
            for role in known
        ],
        "groups": _groups(known),
        "can_manage": TENANT_MEMBERS in access.rights(actor, tenant_id=found.pk) and not found.suspended,
    }
    return render(request, "tenants/roles.html", context)


@require_safe
@login_required
def tokens(request: HttpRequest, tenant: str) -> HttpResponse:
    """The API tokens that work in the tenant, for whoever manages its members."""
    actor = Actor.of_request(request)
    found: Tenant = access.get(actor, Ref(TENANT, tenant=tenant), TENANT_MEMBERS)
    people = membership.members_of(found)
    reach = membership.within_reach(actor, tenant=found, members=people)
    reach = membership.removable(actor, tenant=found, members=people, reach=reach)
    users = {one.user_id for one in people if one.pk in reach}
    rows = [{"token": one, "within_reach": one.user_id in users} for one in working_in(found)]
    return render(request, "tenants/tokens.html", {"tenant": found, "rows": rows})


def _groups(known: dict[str, frozenset[str]]) -> list[list[dict[str, Any]]]:
    """The rights of a tenant by what they are about, each with one cell per role."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for right in SENTENCES:
        if right in TENANT_RIGHTS:
            row = {"right": right, "sentence": SENTENCES[right], "cells": [right in known[role] for role in known]}
            groups.setdefault(right.partition(".")[0], []).append(row)
    return list(groups.values())


def _tenant(request: HttpRequest, name: str) -> tuple[Actor, Tenant]:
    actor = Actor.of_request(request)
    found: Tenant = access.get(actor, Ref(TENANT, tenant=name), TENANT_VIEW)
    return actor, found
