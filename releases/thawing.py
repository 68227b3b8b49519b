"""When a freeze calendar changes: releases under way that keep to it hear what it says now.

What waits for the end of a freeze waits for its new one, or goes on where nothing holds it any more; clusters that come
to it later keep to the calendar that was heard of last. A release that began while nothing was or would be frozen keeps
to none, and one that waits for its turn reads it then (`calendar_at_turn`).
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils import timezone

from apps_mgmt.models import App
from portal import outbox
from releases import engine
from releases.events import FreezesChanged
from releases.models import Release, Step
from releases.states import TERMINAL
from releases.waiting import FREEZE
from tenants import freezes
from tenants.models import Tenant


@outbox.handler(freezes.CHANGED)
class CalendarChanged:
    """Rows of `freezes.changed`: {tenant, by}; no tenant: the platform's calendar."""

    def run(self, payload: dict[str, Any]) -> dict[str, Any]:
        keeping = Step.objects.filter(kind=FREEZE, back=False).exclude(release__state__in=TERMINAL)
        if payload["tenant"]:
            keeping = keeping.filter(release__app__tenant=payload["tenant"])
        found = Release.objects.filter(pk__in=keeping.values("release")).order_by("app_id", "number")
        for release_id, app_id in found.values_list("pk", "app_id"):
            outbox.alive()
            _tell(release_id, app_id, by=payload["by"])
        return {}

    def finish(self, payload: dict[str, Any], result: dict[str, Any]) -> None:
        """Everything was done by `run`, a transaction for each app."""

    def failed(self, payload: dict[str, Any], reason: str) -> None:
        """The row stays visible with its reason; the releases wait until the time they were told, or for a person."""


def _tell(release_id: UUID, app_id: UUID, *, by: str) -> None:
    """The calendar is read while the app is locked: of two changes at once the last one is heard last, whoever is told
    of it first.
    """
    try:
        with engine.turn(app_id) as turn:
            tenant, now = Tenant.objects.get(pk=turn.app.tenant_id), timezone.now()
            present = freezes.concerning(tenant, turn.app.name, now=now)
            rows = tuple(freezes.row(whose, one) for whose, one in present)
            turn.hear(release_id, FreezesChanged(by=by, freezes=rows))
    except (App.DoesNotExist, Release.DoesNotExist):
        return  # it was deleted meanwhile
