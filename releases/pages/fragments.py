"""What is pushed to open pages: facts only, the same for everyone who may see the topic."""

from __future__ import annotations

import uuid

from django.template.loader import render_to_string

from apps_mgmt.drafts import spec_of
from apps_mgmt.models import App
from portal import access, live
from portal.access import Actor, permissions
from releases.models import Release
from releases.pages import app_figures, release_figures

RELEASE_PARTS = ("header", "steps", "lanes", "timeline", "failure", "traffic", "outputs")
APP_PARTS = ("status", "trouble", "clusters", "releases")
APP_BLOCKS = ("actions", "tabs", "rescue", "drift", "draft", "activity", "history", "settings")


@live.renderer("release")
def release_fragments(id: str) -> dict[str, str]:
    release = Release.objects.select_related("app__tenant", "revision").filter(pk__in=_ids(id)).first()
    if release is None:
        return {}
    context = {"release": release_figures.full(release)}
    return {
        f"release-{id}-{part}": render_to_string(f"releases/fragments/{part}.html", context) for part in RELEASE_PARTS
    }


@live.renderer("app")
def app_fragments(id: str) -> dict[str, str]:
    app = App.objects.select_related("tenant", "draft", "status").filter(pk__in=_ids(id)).first()
    if app is None:
        return {}
    view = app_figures.full(app, spec=spec_of(app), seen=app_figures.seen_of(app))
    parts: dict[str, str] = {
        f"app-{id}-{part}": render_to_string(f"apps/fragments/{part}.html", {"app": view}) for part in APP_PARTS
    }
    processes: dict[str, str] = {
        f"app-{id}-process-{one['name']}": render_to_string(
            "apps/fragments/process.html", {"app": view, "process": one}
        )
        for one in view["processes"]
    }
    return parts | processes | (_gone(id) if app.deleted_at else {})


def _gone(id: str) -> dict[str, str]:
    """What pages of an app fetch themselves, empty and fetching no more: a deleted app answers none of it."""
    return {name: f'<div id="{name}" hidden></div>' for name in (f"app-{id}-{block}" for block in APP_BLOCKS)}


@live.renderer("tenant")
def tenant_fragments(id: str) -> dict[str, str]:
    """Nothing is drawn for a whole tenant: its pages fetch themselves anew when the topic's version rises."""
    return {}


@live.renderer("waiting")
def waiting_fragments(id: str) -> dict[str, str]:
    """What waits differs from person to person: their pages ask for it when the topic's version rises."""
    return {}


@live.guard("waiting")
def may_see_waiting(actor: Actor, id: str) -> bool:
    return any(access.visible(actor, App, permissions.APP_VIEW).filter(tenant=found).exists() for found in _ids(id))


@live.guard("release")
def may_see_release(actor: Actor, id: str) -> bool:
    return access.visible(actor, Release, permissions.APP_VIEW).filter(pk__in=_ids(id)).exists()


@live.guard("app")
def may_see_app(actor: Actor, id: str) -> bool:
    return access.visible(actor, App, permissions.APP_VIEW).filter(pk__in=_ids(id)).exists()


@live.guard("tenant")
def may_see_tenant(actor: Actor, id: str) -> bool:
    """Its members, and who operates the platform and looks at what moves there: the topic tells no more than that."""
    if any(permissions.APP_VIEW in access.rights(actor, tenant_id=found) for found in _ids(id)):
        return True
    return permissions.PLATFORM_TENANTS in access.platform_rights(actor)


def _ids(text: str) -> list[uuid.UUID]:
    """The id in a list; an empty one for what is none."""
    try:
        return [uuid.UUID(text)]
    except ValueError:
        return []
