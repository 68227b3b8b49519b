"""Any two releases of an app, compared."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal import access
from portal.access import Actor, Ref, permissions
from releases.models import Release
from releases.pages import app_figures, buttons, compare_figures
from releases.pages.app_pages import tabs

DIGITS = 9


@login_required
@require_safe
def compare(request: HttpRequest, tenant: str, app: str) -> HttpResponse:
    """`?from=3&to=7`; without either, the newest and the one before it."""
    actor = Actor.of_request(request)
    found = access.get(actor, Ref("app", tenant, app), permissions.APP_VIEW)
    rows = access.visible(actor, Release, permissions.APP_VIEW).filter(app=found).select_related("revision")
    asked = [_number(request.GET.get(name, "")) for name in ("from", "to")]
    newest = list(rows.order_by("-number").values_list("number", flat=True)[:2])
    new = asked[1] or next(iter(newest), 0)
    old = asked[0] or max(new - 1, 0)
    by_number = {one.number: one for one in rows.filter(number__in=[old, new])}
    for one in by_number.values():
        one.app = found
    context: dict[str, Any] = {
        "app": app_figures.head(found),
        "tabs": tabs(found, "releases", actor),
        "actions": buttons.app_actions(found, actor, active=buttons.under_way(found)),
        "releases_url": reverse("releases", args=[tenant, app]),
        "old": old or "",
        "new": new or "",
        "last": newest[0] if newest else 0,
    }
    missing = [str(number) for number in dict.fromkeys((old, new)) if number not in by_number]
    if newest and missing and (any(asked) or len(newest) > 1):
        context["error"] = _("There is no release {numbers}. The last one is {last}.").format(
            numbers=", ".join(missing), last=newest[0]
        )
    elif not missing:
        context |= compare_figures.compared(by_number[old], by_number[new])
    return render(request, "releases/compare.html", context)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= DIGITS else 0
