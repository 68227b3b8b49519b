"""A deleted app: everything it has on clusters goes, by a release of its own."""

from __future__ import annotations

import uuid
from typing import Any

from apps_mgmt.deleting import APP_DELETED
from apps_mgmt.models import App
from portal import outbox
from portal.access import Actor
from releases import engine
from releases.freeze import Asked
from releases.launching import launch
from releases.models import Release
from releases.states import ReleaseKind
from tenants.quota import ledger


@outbox.handler(APP_DELETED)
class DeletedApp:
    """Rows of `app.deleted`: {app, actor, actor_id, note}."""

    def run(self, payload: dict[str, Any]) -> dict[str, Any]:
        return {}

    def finish(self, payload: dict[str, Any], result: dict[str, Any]) -> None:
        app = App.objects.filter(pk=payload["app"]).select_related("draft").first()
        if app is None or Release.objects.filter(app=app, kind=ReleaseKind.DELETE).exists():
            return
        ledger.lock(app.tenant_id)
        user = uuid.UUID(payload["actor_id"]) if payload.get("actor_id") else None
        actor = Actor(how="engine", user_id=user, username=payload["actor"])
        with engine.turn(app.pk) as turn:
            turn.observed()
            revision = turn.app.draft
            if revision is not None:
                asked = Asked(
                    kind=ReleaseKind.DELETE, revision=revision, actor=actor, note=str(payload.get("note", ""))
                )
                launch(turn, asked, supersede=True)

    def failed(self, payload: dict[str, Any], reason: str) -> None:
        """The app stays marked as being deleted, and the row shows why."""
