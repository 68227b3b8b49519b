"""When a freeze calendar changes: releases that wait for a freeze which is no more go on.

What a release waits for was frozen with it, so a freeze that was made longer meanwhile does not hold it longer.
"""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from portal import outbox
from releases import engine
from releases.events import Overridden
from releases.models import Release, Step, StepRun
from releases.states import RunState
from releases.steps.freeze import longest
from releases.waiting import FREEZE
from tenants import freezes


@outbox.handler(freezes.CHANGED)
class CalendarChanged:
    """Rows of `freezes.changed`: {tenant, by}; no tenant: the platform's calendar."""

    def run(self, payload: dict[str, Any]) -> dict[str, Any]:
        waiting = StepRun.objects.filter(state=RunState.WATCHING, reason__code="frozen")
        if payload["tenant"]:
            waiting = waiting.filter(release__app__tenant=payload["tenant"])
        held = Release.objects.filter(pk__in=waiting.values("release")).select_related("app__tenant")
        for release in held.order_by("app_id"):
            if not _still_held(release):
                engine.dispatch(release.pk, Overridden(by=payload["by"], comment=_("The freeze was lifted.")))
        return {}

    def finish(self, payload: dict[str, Any], result: dict[str, Any]) -> None:
        """Everything was done by `run`, a transaction for each app."""

    def failed(self, payload: dict[str, Any], reason: str) -> None:
        """The row stays visible with its reason; the releases wait until the time they were told, or for a person."""


def _still_held(release: Release) -> bool:
    """Whether any freeze that the release was given is in a calendar still, and holds by what that says now."""
    now, step = timezone.now(), Step.objects.filter(release=release, kind=FREEZE).first()
    given = {(row["whose"], row["name"]) for row in step.options["freezes"]} if step else set()
    present = freezes.concerning(release.app.tenant, release.app.name, now=now)
    rows = [freezes.row(whose, one) for whose, one in present if (whose, one.name) in given]
    return longest(rows, now) is not None
