"""What Ctrl-K finds beside the pages of the navigation: apps, and forms of operations, filled in by further words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.http import HttpRequest
from django.urls import Resolver404, ResolverMatch, resolve, reverse
from django.utils.http import urlencode

from apps_mgmt.models import App
from portal import access
from portal.access import Actor, permissions
from portal.access.ref import APP, PLATFORM, RELEASE, TENANT
from portal.operations import registry
from portal.operations.kinds import NOW, READ
from portal.operations.operation import Operation
from portal.operations.subject import adapter_of
from portal.ui import palette
from portal.ui.palette import Hit
from releases.models import Release
from releases.pages import buttons, links
from releases.pages.going_filled import filled
from tenants.pages.navigation import places_of

MOST_HITS = 8


def register() -> None:
    palette.provider(find_for_release)
    palette.provider(find_apps)
    palette.provider(find_forms)


def find_apps(request: HttpRequest, words: Sequence[str]) -> list[Hit]:
    """Apps by name or title; with an operation's words behind it, that form filled in: `scale shop web 4`.

    On a page of an app the app need not be named.
    """
    if not request.user.is_authenticated or not words:
        return []
    actor = Actor.of_request(request)
    rows = access.visible(actor, App, permissions.APP_VIEW).filter(deleted_at=None).select_related("tenant", "draft")
    called = _called(rows, words)
    apps = called or list(rows.filter(Q(name__icontains=words[0]) | Q(title__icontains=words[0]))[:MOST_HITS])
    hits = [Hit(title=_named(one), url=links.app_url(one), detail=one.tenant.title, icon="box") for one in apps]
    meant = called or _open_in_front(request, rows) or apps
    if len(meant) != 1 or not (rest := _without(words, meant[0])):
        return hits
    forms = _of_app(meant[0], actor, words=rest)
    if not called:
        return hits + forms
    under_way = buttons.under_way(meant[0])
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
    place = _page_in_front(request)
    return place.kwargs if place is not None and place.url_name in ("release", "release-operation") else None


def _of_release(release: Release, actor: Actor, *, words: list[str]) -> list[Hit]:
    """What the person may do to it, and makes sense now."""
    meant = list(_meant(words, subject=RELEASE))
    if not meant or release.is_over:
        return []
    held = access.rights(actor, tenant_id=release.app.tenant_id, app_id=release.app_id)
    speaker = adapter_of(RELEASE)
    value, hits = speaker.value(release, NOW), []
    pickers = speaker.pickers(release)
    for operation, behind in meant:
        if operation.permission not in held or speaker.blocked(release, operation) or operation().blocked(value):
            continue
        values = filled(operation, behind, pickers=pickers) if behind else {}
        url = links.release_form_url(release, operation.name)
        hits.append(_form(operation, url, values, detail=f"{release.app.name} #{release.number}"))
    return hits[:MOST_HITS]


def find_forms(request: HttpRequest, words: Sequence[str]) -> list[Hit]:
    """What a person may do to a tenant or the platform: `add member bob developer` opens that form filled in."""
    if not request.user.is_authenticated or not words:
        return []
    actor = Actor.of_request(request)
    hits = []
    for operation, behind in _meant(words, subject=TENANT):
        for tenant in places_of(actor):
            if operation.permission in access.rights(actor, tenant_id=tenant.pk):
                url = reverse("tenant-operation", args=[tenant.name, operation.name])
                values = filled(operation, behind, pickers=adapter_of(TENANT).pickers(tenant)) if behind else {}
                hits.append(_form(operation, url, values, detail=tenant.title or tenant.name))
    for operation, behind in _meant(words, subject=PLATFORM):
        if operation.permission in access.platform_rights(actor):
            values = filled(operation, behind, pickers={}) if behind else {}
            hits.append(_form(operation, reverse("platform-operation", args=[operation.name]), values))
    return hits[:MOST_HITS]


def _called(rows: QuerySet[App], words: Sequence[str]) -> list[App]:
    """The apps of which one word is the name; else those of which words one behind the other are the title."""
    lower = [word.lower() for word in words]
    spans = {" ".join(lower[at:end]) for at in range(len(lower)) for end in range(at + 1, len(lower) + 1)}
    either = Q(name__in=lower) | Q(called__in=spans)
    found: list[App] = [*rows.alias(called=Lower("title")).filter(either)[: 2 * MOST_HITS]]
    return ([one for one in found if one.name in lower] or found)[:MOST_HITS]


def _open_in_front(request: HttpRequest, rows: QuerySet[App]) -> list[App]:
    """The app whose page was open when this was typed."""
    place = _page_in_front(request)
    if place is None or "app" not in place.kwargs:
        return []
    return list(rows.filter(name=place.kwargs["app"], tenant__name=place.kwargs.get("tenant", "")))


def _page_in_front(request: HttpRequest) -> ResolverMatch | None:
    """The page that was open when this was typed."""
    try:
        return resolve(urlsplit(request.headers.get("Referer", "")).path)
    except (Resolver404, ValueError):
        return None


def _without(words: Sequence[str], app: App) -> list[str]:
    """What was typed besides the name of the app, or its title."""
    lower, title = [word.lower() for word in words], app.title.lower().split()
    if app.name in lower:
        return [word for word in words if word.lower() != app.name]
    for at in range(len(lower) if title else 0):
        if lower[at : at + len(title)] == title:
            return [*words[:at], *words[at + len(title) :]]
    return list(words)


def _of_app(app: App, actor: Actor, *, words: list[str]) -> list[Hit]:
    rights, pickers = access.rights(actor, tenant_id=app.tenant_id, app_id=app.pk), adapter_of(APP).pickers(app)
    hits = []
    for operation, behind in _meant(words, subject=APP):
        if operation.permission not in rights:
            continue
        values = filled(operation, behind, pickers=pickers) if behind else {}
        title = _said(app.name, operation, values)
        hits.append(Hit(title=title, url=links.form_url(app, operation.name, **values), icon=operation.icon, form=True))
    return hits[:MOST_HITS]


def _meant(words: Sequence[str], *, subject: str) -> Iterator[tuple[type[Operation], list[str]]]:
    """Operations whose name or title begins what was typed, each with the words behind: what to fill in."""
    lower = [word.lower() for word in words]
    for operation in registry.all_operations():
        said = f"{operation.name} {operation.title}".lower()
        if operation.subject != subject or operation.kind is READ or lower[0] not in said:
            continue
        behind = next((at for at, word in enumerate(lower) if word not in said), len(words))
        yield operation, list(words[behind:])


def _form(operation: type[Operation], url: str, values: Mapping[str, Any], *, detail: str = "") -> Hit:
    address = f"{url}?{urlencode(values, doseq=True)}" if values else url
    return Hit(title=_said("", operation, values), url=address, detail=detail, icon=operation.icon, form=True)


def _said(app: str, operation: type[Operation], values: Mapping[str, Any]) -> str:
    """The operation with what its form is filled with."""
    words = [word for one in values.values() for word in (one if isinstance(one, list) else [one])]
    return " ".join([*([app] if app else []), str(operation.title), *words])


def _named(app: App) -> str:
    return app.name if app.title.lower() in ("", app.name) else f"{app.name} · {app.title}"
