"""When what kept releases from beginning may be gone: what came to its turn meanwhile begins.

The suspension of a tenant is lifted, an app is unlocked; rights, restrictions, rules or an isolation were changed.
"""

from __future__ import annotations

from typing import Any

from apps_mgmt.app_subject import APP_UNLOCKED
from portal import outbox
from releases import engine
from releases.events import Started
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
    waiting = Release.objects.filter(**whose, state=ReleaseState.WAITING)
    for pk in waiting.order_by("app_id", "number").values_list("pk", flat=True):
        engine.dispatch(pk, Started())
