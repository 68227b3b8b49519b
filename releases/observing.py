"""What clusters say, taken in: stored, and told to the release that waits for it.

The agent calls these from its threads, never two at once for the same app; the sweep calls `observe` too.
"""

from __future__ import annotations

import hashlib
import json
import logging
import uuid
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps_mgmt.models import App, Deployed
from portal import outbox
from releases import deleting, engine, observation, outgoing, reading, reserving, unlisted
from releases.events import ClusterBack, ClusterLost, Observed
from releases.gateway import breaker
from releases.models import Observation, Release, Target
from releases.states import TERMINAL
from tenants.models import TenantCluster

log = logging.getLogger(__name__)

STATUS = "release.status"


def observe(
    cluster_id: uuid.UUID | str,
    app_id: uuid.UUID | str,
    snapshot: dict[str, Any],
    *,
    as_of: datetime | None = None,
) -> bool:
    """Take in what a cluster said about an app: `workloads`, `replicasets`, `pods` as raw objects, `resource_version`,
    and from an agent its `fencing` number and `unlisted`, the kinds of workloads of which it knows nothing. True when
    it was news. What is unknown or out of date is dropped: the word of an agent whose lease another one has, and what
    was looked up before `as_of` when something was heard since.

    Whoever may write anywhere on a cluster can give objects the labels of any app: counted is what stands in the
    namespace that the app's tenant has there, and nothing where it has none.
    """
    if not _is_id(app_id):
        return False
    known = Observation.objects.filter(app_id=app_id, cluster_id=cluster_id).first()
    space = _space_of(app_id, cluster_id)
    if known is None and space is None:
        return False
    fencing = int(snapshot.get("fencing", 0))
    if _is_late(known, fencing=fencing, as_of=as_of):
        return False
    before = observation.load(known.facts) if known else None
    read = reading.read(_within(space, snapshot, name=_name_of(app_id)))
    read = outgoing.blameless(read, app_id=app_id, cluster_id=cluster_id)
    read = unlisted.kept(read, before, kinds=snapshot.get("unlisted", ()))
    seen = observation.keep_since(observation.keep_words(read, before), before)
    seen = observation.with_instead(seen, before.instead if before else ())
    facts = observation.dump(seen)
    digest = digest_of(facts)
    if known and known.digest == digest:
        return False
    version = str(snapshot.get("resource_version", ""))
    try:
        with engine.turn(app_id) as turn:
            # Once more under the lock: another agent may have spoken since.
            last = Observation.objects.filter(app_id=app_id, cluster_id=cluster_id).first()
            if _is_late(last, fencing=fencing, as_of=as_of) or (last and last.digest == digest):
                return False
            _store(turn.app, cluster_id, facts, last=last, digest=digest, version=version, fencing=fencing)
            if turn.app.left:
                reserving.heard(turn.app, observation.load(last.facts) if last else None, seen)
            for release_id in _waiting(turn.app, cluster_id):
                turn.hear(release_id, Observed(cluster=str(cluster_id), observation=seen))
            turn.observed()
    except App.DoesNotExist:
        log.info("Cluster %s runs objects of an app that is not known: %s", cluster_id, app_id)
        return False
    return True


def digest_of(facts: dict[str, Any]) -> str:
    """By which it is told whether a cluster said something new."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _is_id(text: uuid.UUID | str) -> bool:
    """Whether it can be an app's id: it comes from a label, which anybody may write."""
    try:
        return bool(uuid.UUID(str(text)))
    except ValueError:
        return False


def _space_of(app_id: uuid.UUID | str, cluster_id: uuid.UUID | str) -> str | None:
    """The namespace that the app's tenant has on the cluster; None where it has none."""
    grants = TenantCluster.objects.filter(cluster_id=cluster_id, tenant__apps__pk=app_id)
    return grants.values_list("namespace", flat=True).first()


def _name_of(app_id: uuid.UUID | str) -> str:
    return App.objects.filter(pk=app_id).values_list("name", flat=True).first() or ""


def _within(space: str | None, snapshot: dict[str, Any], *, name: str) -> dict[str, Any]:
    """What of the snapshot stands in that namespace, and is not of another app whose label somebody changed."""

    def counts(one: dict[str, Any]) -> bool:
        return one["metadata"].get("namespace") == space and reading.app_named_in(one) in ("", name)

    rows = ("workloads", "replicasets", "pods")
    told = {key: [one for one in snapshot.get(key, ()) if space is not None and counts(one)] for key in rows}
    return {**told, "unlisted": snapshot.get("unlisted", ())}


def _is_late(known: Observation | None, *, fencing: int, as_of: datetime | None) -> bool:
    if known is None:
        return False
    return bool(fencing and known.fencing > fencing) or bool(as_of and known.changed_at > as_of)


def cluster_lost(cluster_id: uuid.UUID | str, reason: str) -> None:
    """A cluster does not answer: what is under way there is held, and statuses say so."""
    for release_id in _open_on(cluster_id):
        engine.dispatch(release_id, ClusterLost(cluster=str(cluster_id), why=reason))
    ask_for_statuses(cluster_id)


def cluster_back(cluster_id: uuid.UUID | str) -> None:
    """A cluster answers again: what waited for it goes on at once."""
    for release_id in _open_on(cluster_id):
        engine.dispatch(release_id, ClusterBack(cluster=str(cluster_id)))
    with transaction.atomic():
        # Both breakers: what is due now would be turned away at once by the one that requests go through.
        breaker.closed(cluster_id)
        outbox.hurry(str(cluster_id))
    deleting.go_on(cluster_id)
    ask_for_statuses(cluster_id)


def _store(
    app: App,
    cluster_id: uuid.UUID | str,
    facts: dict[str, Any],
    *,
    last: Observation | None,
    digest: str,
    version: str,
    fencing: int,
) -> None:
    """What was said last is written over; the app is locked, so nobody else writes."""
    now = timezone.now()
    values = {"facts": facts, "digest": digest, "resource_version": version, "changed_at": now, "seen_at": now}
    if fencing:
        values["fencing"] = fencing
    if last is not None:
        # Where nothing of the app is left, an empty row says so to a release that waits for just that.
        Observation.objects.filter(pk=last.pk).update(**values)
    elif facts["workloads"] or facts["orphans"] or Deployed.objects.filter(app=app, cluster_id=cluster_id).exists():
        Observation.objects.create(app=app, cluster_id=cluster_id, **values)


def _waiting(app: App, cluster_id: uuid.UUID | str) -> list[uuid.UUID]:
    targets = Target.objects.filter(cluster_id=cluster_id, release__app=app).exclude(release__state__in=TERMINAL)
    return list(targets.values_list("release_id", flat=True))


def _open_on(cluster_id: uuid.UUID | str) -> list[uuid.UUID]:
    releases = Release.objects.filter(targets__cluster_id=cluster_id).exclude(state__in=TERMINAL)
    return list(releases.values_list("pk", flat=True))


def ask_for_statuses(cluster_id: uuid.UUID | str) -> None:
    """Have the statuses of all apps on a cluster written anew: something is otherwise that holds for all of them."""
    with transaction.atomic():
        outbox.add(STATUS, {"cluster": str(cluster_id), "after": ""}, stream=f"status:{cluster_id}")
