"""The banner of an app's page after a release that failed, everywhere or on some clusters, with the ways on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from apps_mgmt.models import App
from portal import access
from portal.access import Actor, permissions
from releases import blocking, standing
from releases.pages import buttons, links
from releases.standing import Place
from releases.states import TERMINAL
from releases.ways_back import from_last


def panel(app: App, actor: Actor, *, places: Sequence[Place] | None = None) -> dict[str, Any]:
    """`{title, actions}`; nothing where the last release got through. `places`: what stands where, if read already."""
    number = app.status.last_release
    if buttons.has_failed(app):
        actions = buttons.rescue_actions(app, actor)
        return {"title": _("Release {number} failed").format(number=number), "actions": actions} if actions else {}
    if app.deleted_at is not None or app.status.last_release_state not in TERMINAL:
        return {}
    # What came since may have been no more than the deletion of an instance.
    found = [one for one in (standing.places(app) if places is None else places) if one.half_way]
    number = max((one.release for one in found if one.release), default=None)
    names = [one.cluster for one in found if one.release == number]
    if number is None:
        return {}
    if any(one.failed for one in found if one.release == number):
        sentence = _("Release {number} stands half way on {clusters}, since it failed there")
    else:
        sentence = _("Release {number} stands half way on {clusters}")
    look = _("Look at release {number}").format(number=number)
    actions = [{"title": look, "url": links.release_url(app, number)}]
    held = access.rights(actor, tenant_id=app.tenant_id, app_id=app.pk)
    if permissions.APP_DEPLOY in held and not blocking.locked(app):
        actions += buttons.back_by(app, from_last(app), tone="primary")
    return {"title": sentence.format(number=number, clusters=", ".join(names)), "actions": actions}
