"""All releases of a tenant, and of the platform: what runs and waits, and what has ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from portal import access, live
from portal.access import Actor, Ref, permissions
from portal.live.consumer import MAX_TOPICS
from releases import finding
from releases.models import Release
from releases.pages import app_figures, empty_figures
from releases.states import TERMINAL, ReleaseState
from releases.wording import RELEASE_STATES
from tenants.models import Tenant

PAGE = 50


@login_required
@require_safe
def of_tenant(request: HttpRequest, tenant: str) -> HttpResponse:
    """The releases of all apps of a tenant."""
    actor = Actor.of_request(request)
    found = access.get(actor, Ref("tenant", tenant), permissions.TENANT_VIEW)
    version = live.version(f"tenant:{found.pk}")
    rows = access.visible(actor, Release, permissions.APP_VIEW).filter(app__tenant=found)
    shown = _shown(request, rows, tenant=found)
    followed = empty_figures.followed(actor, found, version, shown=bool(shown["open"] or shown["ended"]))
    return render(request, "releases/all.html", {**shown, "live": followed})


@login_required
@require_safe
def of_platform(request: HttpRequest) -> HttpResponse:
    """The releases of all tenants, for those who operate the platform."""
    actor = Actor.of_request(request)
    access.require_platform(actor, permissions.PLATFORM_TENANTS)
    rows = access.visible(actor, Release, permissions.PLATFORM_TENANTS)
    versions = live.versions(*_followed(actor, rows))
    shown = _shown(request, rows)
    followed = [{"topic": topic, "version": version} for topic, version in versions.items()]
    return render(request, "releases/all.html", {**shown, "platform": True, "live": followed})


def _followed(actor: Actor, rows: QuerySet[Release]) -> list[str]:
    """The topics of tenants in which something is under way, then of any others, as many as a page can follow."""
    busy = rows.exclude(state__in=TERMINAL).order_by("app__tenant").values_list("app__tenant", flat=True).distinct()
    tenants = access.visible(actor, Tenant, permissions.PLATFORM_TENANTS).order_by("name").values_list("pk", flat=True)
    found = dict.fromkeys([*busy[:MAX_TOPICS], *tenants[:MAX_TOPICS]])
    return [f"tenant:{pk}" for pk in found][:MAX_TOPICS]


def _shown(request: HttpRequest, rows: QuerySet[Release], *, tenant: Tenant | None = None) -> dict[str, Any]:
    wanted, after = finding.Wanted.of(request.GET.dict()), request.GET.get("after", "")
    after = after if finding.is_mark(after) else ""
    over, more = finding.ended(rows, wanted, after=after, size=PAGE)
    going = [] if after else finding.under_way(rows, wanted)
    kept = {name: value for name, value in vars(wanted).items() if value}
    newest = f"?{urlencode(kept)}" if kept else "?"
    actor, some = Actor.of_request(request), bool(going or over)
    return {
        "filters": vars(wanted) | {"states": [(str(one), str(RELEASE_STATES[one])) for one in ReleaseState]},
        "open": _going(going),
        "blank": {} if some else empty_figures.no_releases(actor, tenant, filtered=bool(kept)),
        "ended": app_figures.release_rows(over),
        "page": {
            "newer_url": newest if after else "",
            "older_url": f"?{urlencode(kept | {'after': more})}" if more else "",
        },
    }


def _going(releases: Sequence[Release]) -> list[dict[str, Any]]:
    """Rows of those under way, with what holds them up: why each is in its state, else what its steps wait for."""
    waits = finding.waits_for(releases)
    rows = zip(releases, app_figures.release_rows(releases), strict=True)
    return [{**row, "why": row["why"] or waits.get(one.pk, "")} for one, row in rows]
