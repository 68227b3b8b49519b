"""The apps of a tenant that somebody may see."""

from __future__ import annotations

from django.db.models import QuerySet

from apps_mgmt.models import App
from portal import access
from portal.access import Actor, Ref, permissions
from portal.access.ref import TENANT


def apps_seen(actor: Actor, tenant: str) -> QuerySet[App]:
    """The apps of the tenant of this name that the actor may see; a right on one app is enough for a list of one.

    Raises NotFound for a stranger, and Forbidden for a member without the right to see any: an empty list would say
    that there is none.
    """
    rows = access.visible(actor, App, permissions.APP_VIEW).filter(tenant__name=tenant, deleted_at=None)
    if not rows.exists():
        access.get(actor, Ref(TENANT, tenant), permissions.APP_VIEW)
    return rows
