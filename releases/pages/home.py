"""Home: how the apps are, what is being released, what waits for a person, what happened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from apps_mgmt.models import App, AppStatus
from portal import access, live
from portal.access import Actor, Ref, permissions
from portal.access.ref import TENANT
from portal.audit.models import AuditEntry
from releases import blocking, inbox
from releases.models import Release
from releases.pages import activity_figures, buttons, empty_figures, links, platform_home
from releases.pages.app_pages import list_row
from releases.states import TERMINAL, ReleaseKind, ReleaseState
from releases.ways_back import Way, ways_back, with_tried
from releases.wording import trouble_of
from tenants.models import Tenant
from tenants.pages import quota_figures
from tenants.pages.navigation import places_of

SHOWN = 12
TROUBLED = (AppStatus.State.FAILING, AppStatus.State.DEGRADED)


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The platform, for those with rights over it; else the person's first tenant, or the list of tenants."""
    actor = Actor.of_request(request)
    if access.platform_rights(actor):
        return render(request, "home/platform.html", platform_home.context(actor))
    tenant = next(iter(places_of(actor)), None)
    return redirect("tenants") if tenant is None else _of_tenant(request, actor, tenant)


@login_required
@require_safe
def home_of(request: HttpRequest, tenant: str) -> HttpResponse:
    """The home of one tenant of those that the person sees."""
    actor = Actor.of_request(request)
    found = access.get(actor, Ref(TENANT, tenant), permissions.TENANT_VIEW)
    return _of_tenant(request, actor, found)


def _of_tenant(request: HttpRequest, actor: Actor, tenant: Tenant) -> HttpResponse:
    version = live.version(f"tenant:{tenant.pk}")
    apps = access.visible(actor, App, permissions.APP_VIEW).filter(tenant=tenant, deleted_at=None)
    releases = access.visible(actor, Release, permissions.APP_VIEW).filter(app__tenant=tenant)
    rights = access.rights(actor, tenant_id=tenant.pk)
    shown = list(apps.select_related("tenant", "status").order_by("name")[:SHOWN])
    context = {
        "tenant_title": tenant.title,
        "home_url": reverse("tenant-home", args=[tenant.name]),
        "apps": [list_row(one) for one in shown],
        "blank": {} if shown else empty_figures.no_apps(actor, tenant),
        "running": [_running(one) for one in _open(releases)],
        "waiting": [*_asked(actor, tenant), *_waiting(actor, apps), *_ending(tenant), *platform_home.waiting(actor)],
        "activity": _activity(actor, tenant, rights),
        "activity_url": f"/t/{tenant.name}/activity/" if permissions.AUDIT_VIEW in rights else "",
        "apps_url": f"/t/{tenant.name}/apps/",
        "live": empty_figures.followed(actor, tenant, version, shown=bool(shown)),
    }
    return render(request, "home/home.html", context)


def _open(releases: Any) -> list[Release]:
    rows = releases.exclude(state__in=TERMINAL).select_related("app__tenant").order_by("-created_at")
    return list(rows[:SHOWN])


def _running(release: Release) -> dict[str, Any]:
    return {
        "app": release.app.name,
        "number": release.number,
        "url": links.release_url(release.app, release.number),
        "state": release.state,
        "who": release.actor_name,
        "started_at": release.started_at or release.created_at,
        "sentence": release.why,
    }


def _asked(actor: Actor, tenant: Tenant) -> list[dict[str, Any]]:
    """The releases that wait for a word of this person."""
    count = len(inbox.asked_of(actor, tenant.pk))
    if not count:
        return []
    title = ngettext("{count} release waits for your word", "{count} releases wait for your word", count)
    return [{"title": title.format(count=count), "url": reverse("inbox", args=[tenant.name]), "icon": "inbox"}]


def _waiting(actor: Actor, apps: QuerySet[App]) -> list[dict[str, Any]]:
    """Apps in trouble and apps whose last release failed: one line each, with the way back where there is one."""
    failing = Q(status__last_release_state=ReleaseState.FAILED) | Q(
        came_to=ReleaseState.FAILED, status__last_release_state__in=TERMINAL
    )
    troubled = Q(status__state__in=TROUBLED) | failing
    found = list(with_tried(apps).filter(troubled).select_related("tenant", "status").order_by("name")[:SHOWN])
    if not found:
        return []
    failed = [one.pk for one in found if _failed(one) and not blocking.locked(one)]
    last = access.visible(actor, Release, permissions.APP_DEPLOY).filter(app_id__in=failed)
    last = last.exclude(kind=ReleaseKind.DELETE).select_related("app").order_by("app_id", "-number").distinct("app_id")
    ways = ways_back(last) if failed else {}
    return [_alert(one, ways=ways.get(one.pk, ())) for one in found]


def _failed(app: Any) -> int:
    """The number of the release that failed, and nothing else has been tried since; 0 for none. `app`: as annotated."""
    if buttons.has_failed(app):
        return int(app.status.last_release)
    acted = app.came_to == ReleaseState.FAILED and app.status.last_release_state in TERMINAL
    return int(app.tried) if acted else 0


def _ending(tenant: Tenant) -> list[dict[str, Any]]:
    """The raises of the quota that end soon."""
    url = reverse("tenant-quota", args=[tenant.name])
    title = _("More quota for a while")
    return [{"title": title, "text": sentence, "url": url} for sentence in quota_figures.raises(tenant)]


def _alert(app: App, *, ways: Sequence[Way]) -> dict[str, Any]:
    status, failed = app.status, _failed(app)
    troubles = [
        _("{what} on {cluster}").format(what=trouble_of(row["trouble"]), cluster=row["name"])
        for row in status.clusters
        if row.get("trouble")
    ]
    if not troubles and status.state in TROUBLED:
        troubles = [_("{ready} of {wanted} instances are ready").format(ready=status.ready, wanted=status.wanted)]
    last = [_("release {number} failed").format(number=failed)] if failed else []
    text = "; ".join([*troubles, *last])
    return {
        "title": app.title or app.name,
        "text": f"{text[:1].upper()}{text[1:]}.",
        "url": links.release_url(app, failed) if failed else links.app_url(app),
        "actions": buttons.back_by(app, ways),
        "tone": "bad",
        "icon": "circle-x" if failed else "triangle-alert",
    }


def _activity(actor: Actor, tenant: Tenant, rights: frozenset[str]) -> list[dict[str, Any]]:
    if permissions.AUDIT_VIEW not in rights:
        return []
    rows = access.visible(actor, AuditEntry, permissions.AUDIT_VIEW).filter(tenant_id=tenant.pk)
    return activity_figures.items(list(rows.order_by("-id")[:10]))
