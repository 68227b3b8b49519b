"""A deleted app: everything it has on clusters goes, by releases of its own.

A release that could not empty a cluster (one that is away for long, an object that does not go) ends like any other.
Another one begins for what is left: as soon as the cluster is back, else by the clock after a growing pause. Only a
deletion that is under way, or that left nothing, needs no other.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, InterfaceError, transaction
from django.db.models import Max, QuerySet

from apps_mgmt.deleting import APP_DELETED
from apps_mgmt.models import App, AppStatus
from portal import live, outbox
from portal.access import Actor
from releases import engine, remains
from releases.freeze import Asked
from releases.launching import launch
from releases.models import Release
from releases.states import TERMINAL, ReleaseKind
from tenants.models import Cluster
from tenants.quota import ledger

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)


@outbox.handler(APP_DELETED)
class DeletedApp:
    """Rows of `app.deleted`: {app, actor, actor_id, note}."""

    def run(self, payload: dict[str, Any]) -> dict[str, Any]:
        return {}

    def finish(self, payload: dict[str, Any], result: dict[str, Any]) -> None:
        user = uuid.UUID(payload["actor_id"]) if payload.get("actor_id") else None
        actor = Actor(how="engine", user_id=user, username=payload["actor"])
        empty(payload["app"], actor=actor, note=str(payload.get("note", "")))
        _tell(uuid.UUID(payload["app"]))

    def failed(self, payload: dict[str, Any], reason: str) -> None:
        """The app stays marked as being deleted, the row shows why, and the clock begins again."""


def _tell(app_id: uuid.UUID) -> None:
    """Open pages of releases that are long over say that the app was deleted, too. Only what somebody looks at is drawn
    anew, see `portal.live.publisher`.
    """
    known = Release.objects.filter(app=app_id).values_list("pk", flat=True)
    with transaction.atomic():
        live.touch(*(f"release:{pk}" for pk in known))


def empty(app_id: uuid.UUID | str, *, actor: Actor, note: str = "") -> bool:
    """Start a release that removes what is left of a deleted app. True when one began."""
    app = App.objects.filter(pk=app_id).exclude(deleted_at=None).first()
    if app is None:
        return False
    with transaction.atomic():
        ledger.lock(app.tenant_id)
        with engine.turn(app.pk) as turn:
            turn.observed()
            revision = turn.app.draft
            if revision is None or not _has_to_go(turn.app):
                return False
            asked = Asked(kind=ReleaseKind.DELETE, revision=revision, actor=actor, note=note)
            launch(turn, asked, supersede=True)
    return True


def go_on(cluster_id: uuid.UUID | str) -> None:
    """A cluster answers again: deleted apps that have something left there are emptied now."""
    for app in _unfinished():
        if any(str(cluster.pk) == str(cluster_id) for cluster in remains.left(app)):
            _again(app)


def go_on_when_due(now: datetime) -> None:
    """For the clock: what an earlier release left is tried again. A cluster that is away is waited for, not asked."""
    for app in _unfinished():
        due = _due(app)
        if due is not None and due <= now and any(cluster.state not in Cluster.UNSEEN for cluster in remains.left(app)):
            try:
                _again(app)
            except (DatabaseError, InterfaceError):
                raise
            except Exception:  # one broken app must not keep all others from going
                log.exception("The deletion of app %s could not go on.", app.pk)


def _has_to_go(app: App) -> bool:
    releases = _releases(app)
    if releases.exclude(state__in=TERMINAL).exists():
        return False
    return not releases.exists() or bool(remains.left(app))


def _unfinished() -> QuerySet[App]:
    return App.objects.filter(status__state=AppStatus.State.DELETING).exclude(deleted_at=None)


def _releases(app: App) -> QuerySet[Release]:
    return Release.objects.filter(app=app, kind=ReleaseKind.DELETE)


def _due(app: App) -> datetime | None:
    """When to try again: a doubling pause after the end of the last release. None while one is under way."""
    ends = list(_releases(app).order_by("number").values_list("ended_at", flat=True))
    last = ends[-1] if ends else app.deleted_at
    return last and last + min(FIRST_PAUSE * 2 ** min(max(len(ends) - 1, 0), 10), LONGEST_PAUSE)


def _again(app: App) -> None:
    """On behalf of whoever deleted it."""
    last = _releases(app).order_by("-number").first()
    if last is None:
        empty(app.pk, actor=Actor.engine())
    else:
        actor = Actor(how="engine", user_id=last.actor_id, username=last.actor_name)
        empty(app.pk, actor=actor, note=last.note)


def numbers_of(apps: Iterable[App]) -> dict[uuid.UUID, int]:
    """App → the release that deletes it, or did so last. Without one: what is not deleted, and before it is made."""
    gone = [app.pk for app in apps if app.deleted_at is not None]
    last = Release.objects.filter(app__in=gone, kind=ReleaseKind.DELETE).values_list("app").annotate(Max("number"))
    return dict(last)
