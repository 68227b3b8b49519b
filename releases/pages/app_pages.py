"""The list of apps and the pages of one app."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps_mgmt import drafts
from apps_mgmt.drafts import spec_of
from apps_mgmt.models import App, AppStatus
from portal import access, live
from portal.access import Actor, Ref, permissions
from releases import deleting, standing
from releases.ahead import brings_beside, brings_draft
from releases.drift.looking import last_said
from releases.models import Release
from releases.pages import (
    activity_figures,
    app_figures,
    buttons,
    configure_figures,
    draft_figures,
    drift_figures,
    empty_figures,
    links,
    rescue_figures,
)
from releases.pages.instance_figures import images_of
from releases.standing import Place
from tenants.clusters import clusters_of

PAGE = 50


@login_required
@require_safe
def app_list(request: HttpRequest, tenant: str) -> HttpResponse:
    """The apps of a tenant: filtered, fifty at a time."""
    actor = Actor.of_request(request)
    found = access.get(actor, Ref("tenant", tenant), permissions.TENANT_VIEW)
    version = live.version(f"tenant:{found.pk}")
    rows = access.visible(actor, App, permissions.APP_VIEW).filter(tenant=found, deleted_at=None)
    filters = {name: request.GET.get(name, "")[:64] for name in ("q", "state", "cluster")}
    going = access.visible(actor, App, permissions.APP_VIEW).filter(tenant=found).exclude(deleted_at=None)
    # An app that is being deleted is told where it is asked for alone: its name is not free yet.
    some = going if filters["state"] == AppStatus.State.DELETING else rows
    page, shown = _page(_filtered(some, filters).select_related("tenant", "status"), request, filters)
    ends = deleting.numbers_of(shown)
    may_create = permissions.APP_CREATE in access.rights(actor, tenant_id=found.pk) and not found.suspended
    context = {
        "tenant": found,
        "apps": [list_row(one, deleted_by=ends.get(one.pk)) for one in shown],
        "blank": {} if shown else empty_figures.no_apps(actor, found, filtered=any(filters.values())),
        "filters": filters
        | {
            "states": [(value, str(label)) for value, label in AppStatus.State.choices],
            "clusters": [(one.name, one.title or one.name) for one in clusters_of(found.pk)],
        },
        "page": page,
        "create_url": f"/t/{tenant}/do/app.create/" if may_create else "",
        "total": rows.count(),
        "live": empty_figures.followed(actor, found, version, shown=bool(shown)),
    }
    return render(request, "apps/list.html", context)


@login_required
@require_safe
def overview(request: HttpRequest, tenant: str, app: str) -> HttpResponse:
    """How the app is: instances, clusters, what waits to be deployed, what happened."""
    found, actor = _app(request, tenant, app)
    version = live.version(f"app:{found.pk}")
    active, seen, places = buttons.under_way(found), app_figures.seen_of(found), standing.places(found)
    context = {
        "app": app_figures.full(found, spec=spec_of(found), seen=seen, places=places),
        "tabs": tabs(found, "app", actor),
        "actions": buttons.app_actions(found, actor, active=active),
        "rescue": rescue_figures.panel(found, actor, places=places),
        "drift": drift_figures.panel(found, actor, seen=seen, active=active),
        "draft": _draft(found, actor, active, places=places),
        "broken": app_figures.broken_rules(spec_of(found)),
        "isolation": app_figures.other_isolation(found),
        "activity": activity_figures.recent(actor, app=found),
        "activity_url": links.page_url("app-activity", found) if may_see_log(found, actor) else "",
        "live": [{"topic": f"app:{found.pk}", "version": version}],
    }
    return render(request, "apps/overview.html", context)


@login_required
@require_safe
def configure(request: HttpRequest, tenant: str, app: str) -> HttpResponse:
    """The whole spec, grouped as a person thinks; each line leads to the operation that changes it."""
    found, actor = _app(request, tenant, app)
    version = live.version(f"app:{found.pk}")
    active = buttons.under_way(found)
    context = {
        "app": app_figures.head(found),
        "tabs": tabs(found, "app-configure", actor),
        "actions": buttons.app_actions(found, actor, active=active),
        "draft": _draft(found, actor, active),
        "groups": configure_figures.groups(found, actor),
        "live": [{"topic": f"app:{found.pk}", "version": version}],
    }
    return render(request, "apps/configure.html", context)


@login_required
@require_safe
def actions_block(request: HttpRequest, tenant: str, app: str) -> HttpResponse:
    """The buttons for the person who looks, fetched again when the app changed."""
    found, actor = _app(request, tenant, app)
    context = {
        "app": app_figures.head(found),
        "actions": buttons.app_actions(found, actor, active=buttons.under_way(found)),
    }
    return render(request, "apps/actions.html", context)


@login_required
@require_safe
def draft_block(request: HttpRequest, tenant: str, app: str) -> HttpResponse:
    """The banner of undeployed changes, fetched again when the app changed."""
    found, actor = _app(request, tenant, app)
    draft = _draft(found, actor, buttons.under_way(found))
    return render(request, "apps/draft.html", {"app": app_figures.head(found), "draft": draft})


@login_required
@require_safe
def rescue_block(request: HttpRequest, tenant: str, app: str) -> HttpResponse:
    """What the person who looks can do about a failed release, fetched again when the app changed."""
    found, actor = _app(request, tenant, app)
    context = {"app": app_figures.head(found), "rescue": rescue_figures.panel(found, actor)}
    return render(request, "apps/rescue.html", context)


@login_required
@require_safe
def drift_block(request: HttpRequest, tenant: str, app: str) -> HttpResponse:
    """What others changed in its clusters, fetched again when the app changed."""
    found, actor = _app(request, tenant, app)
    panel = drift_figures.panel(found, actor, seen=last_said(found), active=buttons.under_way(found))
    return render(request, "apps/drift.html", {"app": app_figures.head(found), "drift": panel})


def tabs(app: App, current: str, actor: Actor) -> list[dict[str, Any]]:
    """The pages of an app that the actor may see."""
    pages = [
        ("app", _("Overview")),
        ("app-configure", _("Configure")),
        ("releases", _("Releases")),
        ("app-usage", _("Usage")),
        ("app-access", _("Access")),
    ]
    if may_see_log(app, actor):
        pages.append(("app-activity", _("Activity")))
    return [{"title": title, "url": links.page_url(name, app), "current": name == current} for name, title in pages]


def may_see_log(app: App, actor: Actor) -> bool:
    """Whether who did what to the app is for the actor to see: a right in its tenant."""
    return permissions.AUDIT_VIEW in access.rights(actor, tenant_id=app.tenant_id)


def _app(request: HttpRequest, tenant: str, app: str) -> tuple[App, Actor]:
    actor = Actor.of_request(request)
    found: App = access.get(actor, Ref("app", tenant, app), permissions.APP_VIEW)
    return found, actor


def _draft(app: App, actor: Actor, active: Release | None, *, places: Sequence[Place] | None = None) -> dict[str, Any]:
    there = None if places is None else {one.cluster: one.revision for one in places}
    waiting = drafts.undeployed(app, standing=there)
    beside = active if active is not None and brings_beside(app, active) else None
    if beside and not waiting.drafted:
        return draft_figures.beside_view(app, beside)
    if not waiting.count or (active and brings_draft(app, active) and not waiting.drafted):
        return {}
    actions = buttons.draft_actions(app, actor, active=active, waiting=waiting)
    return draft_figures.draft_view(app, waiting, active=active, beside=beside, actions=actions)


def _filtered(rows: QuerySet[App], filters: dict[str, str]) -> QuerySet[App]:
    if filters["q"]:
        rows = rows.filter(Q(name__icontains=filters["q"]) | Q(title__icontains=filters["q"]))
    if filters["state"]:
        rows = rows.filter(status__state=filters["state"])
    if filters["cluster"]:
        rows = rows.filter(deployed__cluster_name=filters["cluster"])
    return rows


def _page(rows: QuerySet[App], request: HttpRequest, filters: dict[str, str]) -> tuple[dict[str, str], list[App]]:
    """Keyset paging by name: `after` goes on, `before` goes back."""
    kept = {name: value for name, value in filters.items() if value}
    before, after = request.GET.get("before", "")[:64], request.GET.get("after", "")[:64]
    if before:
        shown = list(rows.filter(name__lt=before).order_by("-name")[: PAGE + 1])
        more_before, more_after = len(shown) > PAGE, True
        shown = shown[:PAGE][::-1]
    else:
        shown = list(rows.filter(name__gt=after).order_by("name")[: PAGE + 1])
        more_before, more_after = bool(after), len(shown) > PAGE
        shown = shown[:PAGE]
    page = {
        "newer_url": f"?{urlencode(kept | {'before': shown[0].name})}" if more_before and shown else "",
        "older_url": f"?{urlencode(kept | {'after': shown[-1].name})}" if more_after and shown else "",
        "newer_title": _("Previous"),
        "older_title": _("Next"),
    }
    return page, shown


def list_row(app: App, *, deleted_by: int | None = None) -> dict[str, Any]:
    """An app as lists tell it. One that is being deleted has no page, but the release that `deleted_by` names."""
    status = app.status
    return {
        "id": str(app.pk),
        "name": app.name,
        "title": app.title or app.name,
        "colour": app.colour,
        "url": links.app_url(app) if app.deleted_at is None else links.release_url(app, deleted_by),
        "state": status.state,
        "image": images_of(status),
        "ready": status.ready,
        "wanted": status.wanted,
        "clusters": [one["name"] for one in status.clusters],
        "release": status.last_release,
        "release_url": links.release_url(app, status.last_release),
        "released_at": status.last_release_at,
        "owner": "",
        "tags": [],
    }
