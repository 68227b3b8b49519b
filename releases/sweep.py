"""The net under the events: it looks where something should have been heard of, and counts what it caught.

Nothing relies on it. What it catches is a message that got lost on the way, so the count should stay 0.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from apps_mgmt.models import App
from portal import outbox
from releases import deleting, engine, observing
from releases.events import TimerDue
from releases.gateway import open_gateway
from releases.models import Observation, Release, StepRun, Sweep
from releases.snapshot import RunRef
from releases.states import RUN_OPEN, TERMINAL, RunState, TargetState
from releases.taken import taken_over
from tenants.clusters import DEPLOYER, OBSERVER

log = logging.getLogger(__name__)

LOOK, LOOK_AGAIN = "release.look", "release.look_again"
QUIET = timedelta(seconds=20)  # a run that heard nothing for this long is looked after
LATE = timedelta(seconds=15)  # a timer that has not rung by then was lost
STRAY = timedelta(minutes=2)  # by then no write that was on its way to a cluster is still to come


def sweep(now: datetime) -> int:
    """One round: ask for a look at every quiet run, ring every lost timer, go on with deletions that could not end.
    How many timers it rang.
    """
    Sweep.objects.get_or_create(pk=1)
    Sweep.objects.filter(pk=1).update(rounds=F("rounds") + 1, last_at=now)
    _ask_for_looks(now)
    late = StepRun.objects.filter(state__in=RUN_OPEN, wake_at__lt=now - LATE).exclude(release__state__in=TERMINAL)
    rung = 0
    for run in late.select_related("release"):
        event = TimerDue(run=RunRef(str(run.cluster_id), run.step, run.attempt))
        if engine.dispatch(run.release_id, event):
            caught(f"timer of release {run.release_id}")
            rung += 1
    deleting.go_on_when_due(now)
    return rung


def look_again(release: Release) -> None:
    """After a deletion, within the transaction of the caller: see later whether a write arrived on a cluster after all.

    A worker asks before and after it creates something whether a newer release has begun. One that is killed between
    its write and its second question may leave an object that nothing else would ever look for again.
    """
    for cluster_id in release.targets.filter(state=TargetState.DONE).values_list("cluster_id", flat=True):
        payload = {"release": str(release.pk), "cluster": str(cluster_id)}
        outbox.add(LOOK_AGAIN, payload, share=str(cluster_id), not_before=timezone.now() + STRAY)


def drawn() -> Sweep | None:
    """How often the net was drawn, and what it caught; None before the first time."""
    return Sweep.objects.filter(pk=1).first()


def caught(what: str) -> None:
    """Count one thing that events should have brought."""
    now = timezone.now()
    Sweep.objects.get_or_create(pk=1)
    Sweep.objects.filter(pk=1).update(caught=F("caught") + 1, last_caught_at=now, last_caught=what[:200])
    log.warning("The sweep caught something that no event had brought: %s", what)


def _ask_for_looks(now: datetime) -> None:
    watching = StepRun.objects.filter(state=RunState.WATCHING, started__lt=now - QUIET)
    rows = watching.exclude(release__state__in=TERMINAL).values_list("release__app_id", "cluster_id").distinct()
    for app_id, cluster_id in rows:
        seen = Observation.objects.filter(app_id=app_id, cluster_id=cluster_id, changed_at__gt=now - QUIET)
        if not seen.exists():
            with transaction.atomic():
                payload = {"app": str(app_id), "cluster": str(cluster_id)}
                outbox.add(LOOK, payload, share=str(cluster_id), stream=f"look:{app_id}:{cluster_id}")


@outbox.handler(LOOK)
class Looker:
    """Rows of `release.look`: {app, cluster}. Lists what runs and takes it in, as the agent would have."""

    def run(self, payload: dict[str, Any]) -> dict[str, Any]:
        app = App.objects.filter(pk=payload["app"]).select_related("tenant").first()
        if app is None or not _is_watched(payload):
            return {}
        asked = timezone.now()
        with open_gateway(payload["cluster"], role=OBSERVER, tenant=app.tenant) as gateway:
            taken = taken_over(payload["cluster"], app=app)
            snapshot = gateway.list_app(str(app.pk), taken=taken)
        if observing.observe(payload["cluster"], app.pk, snapshot, as_of=asked):
            caught(f"{app.name} on {payload['cluster']}")
        return {}

    def finish(self, payload: dict[str, Any], result: dict[str, Any]) -> None:
        """Everything was done by `observe`, in transactions of its own."""

    def failed(self, payload: dict[str, Any], reason: str) -> None:
        """The next round asks again."""


@outbox.handler(LOOK_AGAIN)
class Straggler:
    """Rows of `release.look_again`: {release, cluster}. The release deleted an app; what came after goes too."""

    def run(self, payload: dict[str, Any]) -> dict[str, Any]:
        release = Release.objects.select_related("app__tenant").get(pk=payload["release"])
        app = release.app
        with open_gateway(payload["cluster"], role=DEPLOYER, tenant=app.tenant) as gateway:
            pruned = gateway.fenced_by(lambda: app.fence).prune(app_id=str(app.pk), keep=(), fence=app.fence)
        return {"app": app.name, "removed": ["/".join(key) for key in pruned.removed]}

    def finish(self, payload: dict[str, Any], result: dict[str, Any]) -> None:
        if result["removed"]:
            caught(f"{', '.join(result['removed'])} of the deleted app {result['app']}")

    def failed(self, payload: dict[str, Any], reason: str) -> None:
        """The row stays visible with its reason."""


def _is_watched(payload: dict[str, Any]) -> bool:
    releases = Release.objects.filter(app_id=payload["app"]).exclude(state__in=TERMINAL)
    return StepRun.objects.filter(release__in=releases, cluster_id=payload["cluster"], state__in=RUN_OPEN).exists()
