"""The history of releases and the page of one: the heart of the product."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from apps_mgmt.rendering import as_yaml, key_of
from portal import access, live
from portal.access import Actor, Ref, permissions
from releases.models import Release, Target
from releases.pages import app_figures, buttons, release_figures
from releases.pages.app_pages import tabs

PAGE = 50


@login_required
@require_safe
def release_list(request: HttpRequest, tenant: str, app: str) -> HttpResponse:
    """The releases of an app, the newest first."""
    actor = Actor.of_request(request)
    found = access.get(actor, Ref("app", tenant, app), permissions.APP_VIEW)
    version = live.version(f"app:{found.pk}")
    rows = access.visible(actor, Release, permissions.APP_VIEW).filter(app=found).select_related("revision")
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) < 10:
        rows = rows.filter(number__lt=int(before))
    shown = list(rows.order_by("-number")[: PAGE + 1])
    older = f"?{urlencode({'before': shown[PAGE - 1].number})}" if len(shown) > PAGE else ""
    context = {
        "app": app_figures.head(found),
        "tabs": tabs(found, "releases", actor),
        "actions": buttons.app_actions(found, actor, active=buttons.under_way(found)),
        "releases": app_figures.release_rows(shown[:PAGE], app=found),
        "compare": {"url": reverse("releases-compare", args=[tenant, app]), "last": shown[0].number} if shown else {},
        "page": {"newer_url": "?" if before else "", "older_url": older},
        "live": [{"topic": f"app:{found.pk}", "version": version}],
    }
    return render(request, "releases/list.html", context)


@login_required
@require_safe
def detail(request: HttpRequest, tenant: str, app: str, number: int) -> HttpResponse:
    """One release as it happens."""
    found, actor = _release(request, tenant, app, number)
    version = live.version(f"release:{found.pk}")
    found.refresh_from_db(fields=["state", "reason", "started_at", "ended_at"])
    rows = release_figures.rows_of(found)
    context = {
        "release": release_figures.full(found, rows),
        "actions": buttons.release_actions(found, actor, rows),
        "live": [{"topic": f"release:{found.pk}", "version": version}],
    }
    return render(request, "releases/detail.html", context)


@login_required
@require_safe
def actions_block(request: HttpRequest, tenant: str, app: str, number: int) -> HttpResponse:
    """The buttons for the person who looks, fetched again when the release moved."""
    found, actor = _release(request, tenant, app, number)
    actions = buttons.release_actions(found, actor)
    shown: dict[str, Any] = {"id": str(found.pk), "actions_url": request.path}
    return render(request, "releases/actions.html", {"release": shown, "actions": actions})


@login_required
@require_safe
def manifests(request: HttpRequest, tenant: str, app: str, number: int) -> HttpResponse:
    """What was frozen, as YAML: a stream of documents per cluster. Secrets are in it by name and version only."""
    found, _actor = _release(request, tenant, app, number)
    documents = [
        f"# cluster {target.cluster_name}\n{_left_out(target, manifest)}{as_yaml(manifest)}"
        for target in found.targets.all()
        for manifest in target.manifests
    ]
    response = HttpResponse("---\n".join(documents), content_type="text/yaml; charset=utf-8")
    response["Content-Disposition"] = f'inline; filename="{app}-{number}.yaml"'
    return response


def _left_out(target: Target, manifest: dict[str, Any]) -> str:
    """Which of its fields are left to others there, as remarks."""
    left = target.left.get(key_of(manifest), {})
    return "".join(f"# left to {manager}: {field}\n" for field, manager in sorted(left.items()))


def _release(request: HttpRequest, tenant: str, app: str, number: int) -> tuple[Release, Actor]:
    actor = Actor.of_request(request)
    found: Release = access.get(actor, Ref("release", tenant, app, number), permissions.APP_VIEW)
    return found, actor
