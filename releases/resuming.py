"""When what kept releases from beginning, at all or on a cluster, may be gone: what came to that meanwhile begins.

The suspension of a tenant is lifted, an app is unlocked; rights, restrictions, rules or an isolation were changed.
"""

from __future__ import annotations

from typing import Any

from apps_mgmt.app_subject import APP_UNLOCKED
from portal import outbox
from releases import engine, events
from releases.models import Release
from releases.states import ReleaseState
from tenants import waking
from tenants.records import RESUMED


@outbox.handler(RESUMED)
class Resumed:
    """Rows of `tenant.resumed`: {tenant}. A release that still has another before it waits on."""

    def run(self, payload: dict[str, Any]) -> dict[str, Any]:
        _begin(app__tenant=payload["tenant"])
        return {}

    def finish(self, payload: dict[str, Any], result: dict[str, Any]) -> None:
        """Everything was done by `run`, a transaction for each app."""

    def failed(self, payload: dict[str, Any], reason: str) -> None:
        """The row stays visible with its reason; whoever may deploy can start the release anew."""


@outbox.handler(APP_UNLOCKED)
class Unlocked(Resumed):
    """Rows of `app.unlocked`: {app}."""

    def run(self, payload: dict[str, Any]) -> dict[str, Any]:
        _begin(app=payload["app"])
        return {}


@outbox.handler(waking.CHANGED)
class Woken(Resumed):
    """Rows of `queue.changed`: {tenant}; no tenant: all of them."""

    def run(self, payload: dict[str, Any]) -> dict[str, Any]:
        _begin(**({"app__tenant": payload["tenant"]} if payload["tenant"] else {}))
        return {}


def _begin(**whose: str) -> None:
    """Of those under way, too, none is asked beforehand whether anything of it is kept back: that may be written in
    this very moment, by somebody who read what was so before.
    """
    going = Release.objects.filter(**whose, state__in=(ReleaseState.WAITING, ReleaseState.RUNNING))
    for pk, state in going.order_by("app_id", "number").values_list("pk", "state"):
        engine.dispatch(pk, events.Started() if state == ReleaseState.WAITING else events.Woken())
