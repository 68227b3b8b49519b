"""What became of workloads that are there no more: asked of the cluster, because its agent tells only what is ours.

The namespace may have gone with them, or Slipway's account in it: then a release waits for somebody. Or another one was
made in the place of one that was taken over: then a release is refused. Whoever looks at the app reads it before.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.utils import timezone

from apps_mgmt.models import App
from portal import outbox
from releases import engine, missing, observation, observing
from releases.clusters import accounts
from releases.gateway import NotPrepared, open_gateway
from releases.models import Observation
from releases.taken import taken_over
from tenants.clusters import OBSERVER


@outbox.handler(missing.SEARCH)
class Searcher:
    """Rows of `release.search`: {app, cluster, tries}. Asks again after a growing pause while something lacks."""

    def run(self, payload: dict[str, Any]) -> dict[str, Any]:
        app = App.objects.select_related("tenant").filter(pk=payload["app"], deleted_at=None).first()
        seen = Observation.objects.filter(app_id=payload["app"], cluster_id=payload["cluster"]).first()
        if app is None or seen is None:
            return {}
        cluster_id = seen.cluster_id
        facts = observation.load(seen.facts) or observation.Observation()
        if not missing.is_lost(missing.filled(app, {cluster_id: facts})[cluster_id]):
            return {}
        hurt = accounts.look_again(cluster_id, app.tenant.name)
        return {"hurt": hurt, "instead": _instead(app, cluster_id, facts)}

    def finish(self, payload: dict[str, Any], result: dict[str, Any]) -> None:
        if not result:
            return
        try:
            with engine.turn(payload["app"]) as turn:
                _keep(turn.app, payload["cluster"], result["instead"])
                turn.observed()
        except App.DoesNotExist:
            return
        if result["hurt"]:
            observing.ask_for_statuses(payload["cluster"])
        missing.ask(payload["app"], payload["cluster"], tries=payload["tries"] + 1)

    def failed(self, payload: dict[str, Any], reason: str) -> None:
        """What is known stays told; the row stays visible with its reason."""


def _instead(app: App, cluster_id: uuid.UUID, facts: observation.Observation) -> list[str]:
    """The keys of what stands in the place of workloads that were taken over."""
    gone = [one for one in taken_over(cluster_id, app=app) if facts.workload(one.kind, one.name) is None]
    if not gone:
        return []
    try:
        with open_gateway(cluster_id, role=OBSERVER, tenant=app.tenant) as gateway:
            there = [(one, gateway.find(one.kind, one.name)) for one in gone]
    except NotPrepared:
        return []
    return [f"{one.kind}/{one.name}" for one, live in there if live and live["metadata"].get("uid") != one.uid]


def _keep(app: App, cluster_id: str, instead: list[str]) -> None:
    """Beside what the cluster said last; the app is locked, so nobody else writes."""
    row = Observation.objects.filter(app=app, cluster_id=cluster_id).first()
    seen = observation.load(row.facts) if row else None
    if row is None or seen is None:
        return
    facts = observation.dump(observation.with_instead(seen, instead))
    if facts != row.facts:
        values = {"facts": facts, "digest": observing.digest_of(facts), "changed_at": timezone.now()}
        Observation.objects.filter(pk=row.pk).update(**values)
