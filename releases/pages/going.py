"""What Ctrl-K finds beside the pages of the navigation: apps, and forms of operations, filled in by further words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from apps_mgmt.models import App
from portal import access
from portal.access import Actor, permissions
from portal.access.ref import APP, PLATFORM, TENANT
from portal.operations import registry
from portal.operations.kinds import READ
from portal.operations.operation import Operation
from portal.ui import palette
from portal.ui.palette import Hit
from releases.pages import links
from tenants.pages.navigation import places_of

MOST_HITS = 8


def register() -> None:
    palette.provider(find_apps)
    palette.provider(find_forms)


def find_apps(request: HttpRequest, words: Sequence[str]) -> list[Hit]:
    """Apps by name; with an operation's words behind it, that form filled in: `scale shop web 4`."""
    if not request.user.is_authenticated or not words:
        return []
    actor = Actor.of_request(request)
    rows = access.visible(actor, App, permissions.APP_VIEW).filter(deleted_at=None).select_related("tenant")
    named = list(rows.filter(name__in=words)[:MOST_HITS]) or list(rows.filter(name__icontains=words[0])[:MOST_HITS])
    hits = [Hit(title=one.name, url=links.app_url(one), detail=one.tenant.title, icon="box") for one in named]
    rest = {word for word in words if word not in {one.name for one in named}}
    if len(named) == 1 and rest:
        hits = _of_app(named[0], words=[word for word in words if word in rest]) + hits
    return hits


def find_forms(request: HttpRequest, words: Sequence[str]) -> list[Hit]:
    """What a person may do to a tenant or the platform: `add member bob developer` opens that form filled in."""
    if not request.user.is_authenticated or not words:
        return []
    actor = Actor.of_request(request)
    hits = []
    for operation, values in _meant(words, subject=TENANT):
        for tenant in places_of(actor):
            if operation.permission in access.rights(actor, tenant_id=tenant.pk):
                url = reverse("tenant-operation", args=[tenant.name, operation.name])
                hits.append(_form(operation, url, values, detail=tenant.title or tenant.name))
    for operation, values in _meant(words, subject=PLATFORM):
        if operation.permission in access.platform_rights(actor):
            hits.append(_form(operation, reverse("platform-operation", args=[operation.name]), values))
    return hits[:MOST_HITS]


def _of_app(app: App, *, words: list[str]) -> list[Hit]:
    hits = []
    for operation, values in _meant(words, subject=APP):
        title = " ".join([app.name, str(operation.title), *values])
        fields = dict(zip(operation.Input().fields, values, strict=False))
        hits.append(Hit(title=title, url=links.form_url(app, operation.name, **fields), icon=operation.icon, form=True))
    return hits[:MOST_HITS]


def _meant(words: Sequence[str], *, subject: str) -> Iterator[tuple[type[Operation], list[str]]]:
    """Operations whose name or title begins what was typed, each with the words behind: what to fill in."""
    for operation in registry.all_operations():
        said = f"{operation.name} {operation.title}".lower()
        if operation.subject != subject or operation.kind is READ or words[0] not in said:
            continue
        behind = next((at for at, word in enumerate(words) if word not in said), len(words))
        yield operation, list(words[behind:])


def _form(operation: type[Operation], url: str, values: list[str], *, detail: str = "") -> Hit:
    fields = dict(zip(operation.Input().fields, values, strict=False))
    filled = f"{url}?{urlencode(fields)}" if fields else url
    title = " ".join([str(operation.title), *values])
    return Hit(title=title, url=filled, detail=detail, icon=operation.icon, form=True)
