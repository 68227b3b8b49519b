"""The freeze calendars: a tenant's with the platform's over it, and the platform's own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from portal import access
from portal.access import Actor, Ref
from portal.access.permissions import PLATFORM_TENANTS, TENANT_STRATEGIES, TENANT_VIEW
from portal.access.ref import TENANT
from tenants import freezes
from tenants.models import Tenant


@require_safe
@login_required
def of_tenant(request: HttpRequest, tenant: str) -> HttpResponse:
    """What is frozen of a tenant's apps, now and to come, and what was."""
    actor = Actor.of_request(request)
    found: Tenant = access.get(actor, Ref(TENANT, tenant=tenant), TENANT_VIEW)
    may_change = TENANT_STRATEGIES in access.rights(actor, tenant_id=found.pk) and not found.suspended
    own = [one for one in freezes.load(found.freezes)]
    over = [one for one in freezes.of_platform() if not one.only or found.name in one.only]
    forms = {
        name: reverse("tenant-operation", args=[found.name, f"freeze.{name}"]) if may_change else ""
        for name in ("set", "lift")
    }
    rows = [*_rows(over, whose=freezes.PLATFORM), *_rows(own, whose=freezes.TENANT, **forms)]
    context = {"tenant": found, "set_url": forms["set"], "rows": sorted(rows, key=_place)}
    return render(request, "tenants/freezes.html", context)


@require_safe
@login_required
def of_platform(request: HttpRequest) -> HttpResponse:
    """The calendar over all tenants."""
    access.require_platform(Actor.of_request(request), PLATFORM_TENANTS)
    forms = {
        "set": reverse("platform-operation", args=["platform.freeze"]),
        "lift": reverse("platform-operation", args=["platform.thaw"]),
    }
    rows = _rows(freezes.of_platform(), whose="", **forms)
    return render(request, "tenants/freezes.html", {"set_url": forms["set"], "rows": sorted(rows, key=_place)})


def _rows(found: Iterable[freezes.Freeze], *, whose: str, set: str = "", lift: str = "") -> list[dict[str, Any]]:
    now, named = timezone.now(), [(one, urlencode({"name": one.name})) for one in found]
    return [
        {
            "freeze": one,
            # Which other tenants an operator named is not for this one to know.
            "only": () if whose == freezes.PLATFORM else one.only,
            "begins": freezes.clock(one.start, one.time_zone),
            "ends": freezes.clock(one.end, one.time_zone),
            "of_platform": whose == freezes.PLATFORM,
            "state": "over" if one.is_over(now) else "frozen" if one.start <= now else "ahead",
            "set_url": f"{set}?{query}" if set else "",
            "lift_url": f"{lift}?{query}" if lift else "",
        }
        for one, query in named
    ]


def _place(row: dict[str, Any]) -> tuple[bool, Any]:
    """What is frozen or will be, the first to begin first; then what is over."""
    return row["state"] == "over", row["freeze"].start
