"""When the suspension of a tenant is lifted: the releases begin that came to their turn meanwhile."""

from __future__ import annotations

from typing import Any

from portal import outbox
from releases import engine
from releases.events import Started
from releases.models import Release
from releases.states import ReleaseState
from tenants.records import RESUMED


@outbox.handler(RESUMED)
class Resumed:
    """Rows of `tenant.resumed`: {tenant}. A release that still has another before it waits on."""

    def run(self, payload: dict[str, Any]) -> dict[str, Any]:
        waiting = Release.objects.filter(app__tenant=payload["tenant"], state=ReleaseState.WAITING)
        for pk in waiting.order_by("app_id", "number").values_list("pk", flat=True):
            engine.dispatch(pk, Started())
        return {}

    def finish(self, payload: dict[str, Any], result: dict[str, Any]) -> None:
        """Everything was done by `run`, a transaction for each app."""

    def failed(self, payload: dict[str, Any], reason: str) -> None:
        """The row stays visible with its reason; whoever may deploy can start the release anew."""
