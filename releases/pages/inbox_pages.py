"""What waits for the person who looks, to be answered there and then; and how much it is, for the navigation."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal import access, live
from portal.access import Actor, Ref, permissions
from releases import inbox, notices
from releases.pages import links
from releases.pages.buttons import override_title
from releases.wording import step_title
from tenants.models import Tenant


@login_required
@require_safe
def of_tenant(request: HttpRequest, tenant: str) -> HttpResponse:
    """The releases of a tenant that wait for a word of whoever looks, and what releases told this person."""
    actor, found = _tenant(request, tenant)
    topic = f"waiting:{found.pk}"
    version = live.version(topic)
    rows = [_row(one) for one in inbox.asked_of(actor, found.pk)]
    told = [_told(one) for one in notices.told_to(actor, found.pk)]
    context = {"rows": rows, "told": told, "live": [{"topic": topic, "version": version}]}
    return render(request, "releases/inbox.html", context)


@login_required
@require_safe
def count(request: HttpRequest, tenant: str) -> HttpResponse:
    """How many there are, as the navigation shows it; fetched again when something else waits."""
    actor, found = _tenant(request, tenant)
    item = {
        "count": len(inbox.asked_of(actor, found.pk)),
        "count_url": request.path,
        "count_topic": f"waiting:{found.pk}",
    }
    return render(request, "components/nav_count.html", {"item": item})


def _tenant(request: HttpRequest, name: str) -> tuple[Actor, Tenant]:
    actor = Actor.of_request(request)
    return actor, access.get(actor, Ref("tenant", name), permissions.TENANT_VIEW)


def _told(one: notices.Notice) -> dict[str, Any]:
    release = one.release
    title = f"{release.app.title or release.app.name} · {release.number}"
    return {"title": title, "url": links.release_url(release.app, release.number), "text": one.message, "at": one.at}


def _row(one: inbox.Asked) -> dict[str, Any]:
    release = one.release
    return {
        "title": f"{release.app.title or release.app.name} · {release.number}",
        "url": links.release_url(release.app, release.number),
        "step": step_title(one.kind, {}),
        "why": one.why,
        "clusters": ", ".join(one.clusters),
        "since": one.since,
        "who": release.actor_name,
        "note": release.note,
        "actions": _answers(one),
    }


def _answers(one: inbox.Asked) -> list[dict[str, Any]]:
    """The words that this person may say, the one that is asked for first."""
    release = one.release
    items: list[dict[str, Any]] = []
    if one.word:
        url = links.release_form_url(release, "release.promote", step=one.step)
        items.append({"title": _("Go on"), "url": url, "icon": "play", "tone": "primary", "method": "post"})
    elif one.approval:
        url = links.release_form_url(release, "release.approve", step=one.step)
        items.append({"title": _("Approve…"), "url": url, "icon": "check", "tone": "primary", "dialog": True})
    if one.day:
        url = links.release_form_url(release, "release.override", step=one.step)
        items.append({"title": override_title(one.kind), "url": url, "icon": "sun", "dialog": True})
    if one.approval or one.day:
        url = links.release_form_url(release, "release.reject", step=one.step)
        items.append({"title": _("Reject…"), "url": url, "icon": "x", "dialog": True})
    return items
