"""What a list says that shows nothing: that there is nothing (yet, or like that), or that the person may not see it."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from apps_mgmt.seeing import apps_seen
from portal import access, live
from portal.access import Actor, permissions
from portal.errors import Forbidden
from tenants.models import Tenant

Figures = dict[str, str]


def followed(actor: Actor, tenant: Tenant, version: int, *, shown: bool) -> list[dict[str, Any]]:
    """The live topic of a list of the tenant: none where nothing is shown to somebody who may not watch it either."""
    topic = f"tenant:{tenant.pk}"
    return [{"topic": topic, "version": version}] if shown or live.may_watch(actor, topic) else []


def no_apps(actor: Actor, tenant: Tenant, *, filtered: bool = False) -> Figures:
    """`title` and `text` of a list without apps and its `icon`; what to do about it as `url` and `action`, or ""."""
    if why := _why_unseen(actor, tenant):
        return _said(_("You may not see apps here"), why, icon="lock")
    if filtered:
        return _loosen(_("No app like that"))
    title, text = _("No apps yet"), _("An app is an image and how it shall run.")
    if why := _why_not_created(actor, tenant):
        return _said(title, f"{text} {why}", icon="layout-grid")
    if tenant.suspended:
        return _said(title, text, icon="layout-grid")
    url = reverse("tenant-operation", args=[tenant.name, "app.create"])
    text = f"{text} {_('Create one, then deploy it.')}"
    return _said(title, text, icon="layout-grid") | {"url": url, "action": _("Create an app")}


def no_releases(actor: Actor, tenant: Tenant | None, *, filtered: bool) -> Figures:
    """The same of a list without releases: of a tenant, or None for those of all, which its reader may see."""
    if tenant and (why := _why_unseen(actor, tenant)):
        return _said(_("You may not see releases here"), why, icon="lock")
    if filtered:
        return _loosen(_("No release like that"))
    text = _("Whatever is deployed, restarted or rolled back appears here.")
    return _said(_("No releases yet"), text, icon="rocket")


def _why_unseen(actor: Actor, tenant: Tenant) -> str:
    try:
        apps_seen(actor, tenant.name)
    except Forbidden as refused:
        return str(refused)
    return ""


def _why_not_created(actor: Actor, tenant: Tenant) -> str:
    try:
        access.require(actor, permissions.APP_CREATE, tenant_id=tenant.pk)
    except Forbidden as refused:
        return str(refused)
    return ""


def _said(title: str, text: str, *, icon: str) -> Figures:
    return {"title": title, "text": text, "icon": icon, "url": "", "action": ""}


def _loosen(title: str) -> Figures:
    return _said(title, _("Loosen the filter."), icon="search-x") | {"url": "?", "action": _("Show all")}
