"""What Ctrl-K finds beside the pages of the navigation: apps, and forms of operations, filled in by further words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from apps_mgmt.models import App
from portal import access
from portal.access import Actor, permissions
from portal.access.ref import APP, RELEASE
from portal.operations.kinds import NOW
from portal.operations.subject import adapter_of
from portal.ui import palette
from portal.ui.palette import Hit
from releases.models import Release
from releases.pages import buttons, links
from releases.pages.going_forms import MOST_HITS, called, find_forms, form_hit
from releases.pages.going_place import page_in_front
from releases.pages.going_places import find_account, find_log, find_places
from releases.pages.going_words import meant, without


def register() -> None:
    palette.provider(find_for_release)
    palette.provider(find_apps)
    palette.provider(find_forms)
    palette.provider(find_places)
    palette.provider(find_account)
    palette.provider(find_log)


def find_apps(request: HttpRequest, words: Sequence[str]) -> list[Hit]:
    """Apps by name or title; with an operation's words behind it, that form filled in: `scale shop web 4`.

    On a page of an app the app need not be named.
    """
    if not request.user.is_authenticated or not words:
        return []
    actor = Actor.of_request(request)
    rows = access.visible(actor, App, permissions.APP_VIEW).filter(deleted_at=None).select_related("tenant", "draft")
    named = called(rows, words)
    apps = named or list(rows.filter(Q(name__icontains=words[0]) | Q(title__icontains=words[0]))[:MOST_HITS])
    hits = [Hit(title=_named(one), url=links.app_url(one), detail=one.tenant.title, icon="box") for one in apps]
    those = named or _open_in_front(request, rows) or apps
    if len(those) != 1 or not (rest := without(words, name=those[0].name, title=those[0].title)):
        return hits
    forms = _of_app(those[0], actor, words=rest)
    if not named:
        return hits + forms
    under_way = buttons.under_way(those[0])
    return forms + (_of_release(under_way, actor, words=rest) if under_way else []) + hits


def find_for_release(request: HttpRequest, words: Sequence[str]) -> list[Hit]:
    """What may be said now to the release on whose page, or form, somebody types: `skip`, `try again north`."""
    place = _release_here(request) if request.user.is_authenticated and words else None
    if place is None:
        return []
    actor = Actor.of_request(request)
    rows = access.visible(actor, Release, permissions.APP_VIEW).select_related("app__tenant", "revision")
    named = {"app__tenant__name": place["tenant"], "app__name": place["app"], "number": place["number"]}
    release = rows.filter(**named, app__deleted_at=None).first()
    return _of_release(release, actor, words=list(words)) if release else []


def _release_here(request: HttpRequest) -> dict[str, Any] | None:
    """The parts of the address of the release's page from which was asked; None on any other page."""
    place = page_in_front(request)
    return place.kwargs if place is not None and place.url_name in ("release", "release-operation") else None


def _of_release(release: Release, actor: Actor, *, words: list[str]) -> list[Hit]:
    """What the person may do to it, and makes sense now."""
    given = list(meant(words, subject=RELEASE))
    if not given or release.is_over:
        return []
    held = access.rights(actor, tenant_id=release.app.tenant_id, app_id=release.app_id)
    speaker = adapter_of(RELEASE)
    value, hits = speaker.value(release, NOW), []
    pickers = speaker.pickers(release)
    for operation, behind in given:
        if operation.permission not in held or speaker.blocked(release, operation) or operation().blocked(value):
            continue
        url = links.release_form_url(release, operation.name)
        hits.append(form_hit(operation, url, behind, pickers=pickers, detail=f"{release.app.name} #{release.number}"))
    return hits[:MOST_HITS]


def _open_in_front(request: HttpRequest, rows: QuerySet[App]) -> list[App]:
    """The app whose page was open when this was typed."""
    place = page_in_front(request)
    if place is None or "app" not in place.kwargs:
        return []
    return list(rows.filter(name=place.kwargs["app"], tenant__name=place.kwargs.get("tenant", "")))


def _of_app(app: App, actor: Actor, *, words: list[str]) -> list[Hit]:
    rights, pickers = access.rights(actor, tenant_id=app.tenant_id, app_id=app.pk), adapter_of(APP).pickers(app)
    hits = []
    for operation, behind in meant(words, subject=APP):
        if operation.permission not in rights:
            continue
        hits.append(form_hit(operation, links.form_url(app, operation.name), behind, pickers=pickers, app=app.name))
    return hits[:MOST_HITS]


def _named(app: App) -> str:
    return app.name if app.title.lower() in ("", app.name) else f"{app.name} · {app.title}"
