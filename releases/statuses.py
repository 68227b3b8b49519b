"""Statuses of all apps on a cluster that was lost or came back, a hundred at a time."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from apps_mgmt.models import App
from portal import outbox
from releases import engine
from releases.models import Observation
from releases.observing import STATUS

BATCH = 100


@outbox.handler(STATUS)
class StatusRefresher:
    """Rows of `release.status`: {cluster, after}; `after` is the id of the last app done."""

    def run(self, payload: dict[str, Any]) -> dict[str, Any]:
        rows = Observation.objects.filter(cluster_id=payload["cluster"]).order_by("app_id")
        if payload["after"]:
            rows = rows.filter(app_id__gt=payload["after"])
        apps = list(rows.values_list("app_id", flat=True)[:BATCH])
        for app_id in apps:
            outbox.alive()
            try:
                with engine.turn(app_id) as turn:
                    turn.observed()
            except App.DoesNotExist:
                continue
        return {"after": str(apps[-1]) if len(apps) == BATCH else ""}

    def finish(self, payload: dict[str, Any], result: dict[str, Any]) -> None:
        if result["after"]:
            with transaction.atomic():
                stream = f"status:{payload['cluster']}"
                outbox.add(STATUS, {"cluster": payload["cluster"], "after": result["after"]}, stream=stream)

    def failed(self, payload: dict[str, Any], reason: str) -> None:
        """The next observation of each app writes its status anew."""
