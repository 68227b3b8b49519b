"""Apps and releases as the API gives them; the same words name the fields in the schema."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Q
from rest_framework import serializers

from apps_mgmt.drafts import Undeployed
from apps_mgmt.models import App
from apps_mgmt.spec.unsigned import unsigned_in
from releases import away, holding, left_out
from releases.api.others import DriftShape, LeftShape, SharedShape, UntoldShape, others_of
from releases.having import GIVEN, REACHING
from releases.loading import seen_on
from releases.models import Release, Step, Target
from releases.open_words import open_words
from releases.retrying import retried, still_sent
from releases.states import RUN_OPEN
from releases.steps.notify import TOLD, written
from releases.troubled import on_lanes
from releases.wording import advice_of
from tenants.records import suspended_words


class StatusShape(serializers.Serializer[Any]):
    state = serializers.CharField()
    ready = serializers.IntegerField()
    wanted = serializers.IntegerField()
    image = serializers.CharField()
    clusters = serializers.ListField(child=serializers.DictField())
    addresses = serializers.ListField(child=serializers.CharField())
    last_release = serializers.IntegerField(allow_null=True)
    last_release_state = serializers.CharField()


class AppShape(serializers.Serializer[Any]):
    """An app in a list."""

    name = serializers.CharField()
    title = serializers.CharField()
    tenant = serializers.CharField()
    version = serializers.IntegerField(help_text="Send it back with an operation, to be told of others' changes.")
    status = StatusShape()


class ChangeShape(serializers.Serializer[Any]):
    revision = serializers.IntegerField()
    operation = serializers.CharField()
    by = serializers.CharField()
    at = serializers.DateTimeField()


class AppDetailShape(AppShape):
    """An app with its draft, what waits to be deployed, and what runs where."""

    description = serializers.CharField()
    locked = serializers.CharField(help_text="Why nothing of it can be changed or deployed; blank where it can.")
    suspended = serializers.CharField(help_text="The same of its whole tenant, until a platform operator lifts it.")
    revision = serializers.IntegerField()
    spec = serializers.DictField()
    undeployed = ChangeShape(many=True)
    differs = serializers.BooleanField(
        help_text="Whether a deploy would bring anything. It can without a change of the draft, as after a rollback."
    )
    deployed = serializers.DictField(child=serializers.IntegerField())
    drift = DriftShape(many=True)
    shared = SharedShape(many=True)
    untold = UntoldShape(many=True)
    left = LeftShape(many=True)


class TargetShape(serializers.Serializer[Any]):
    cluster = serializers.CharField()
    state = serializers.CharField()
    reason = serializers.CharField()
    digest = serializers.CharField()


class EventShape(serializers.Serializer[Any]):
    seq = serializers.IntegerField()
    at = serializers.DateTimeField()
    cause = serializers.CharField()
    by = serializers.CharField()
    change = serializers.DictField()


class ReleaseShape(serializers.Serializer[Any]):
    """A release in a list."""

    number = serializers.IntegerField()
    state = serializers.CharField()
    kind = serializers.CharField()
    revision = serializers.IntegerField()
    by = serializers.CharField()
    note = serializers.CharField()
    reason = serializers.CharField()
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    seconds = serializers.FloatField(allow_null=True)


class PlacedReleaseShape(ReleaseShape):
    """A release in a list of many apps."""

    tenant = serializers.CharField()
    app = serializers.CharField()


class OutputShape(serializers.Serializer[Any]):
    """What an attempt at a step gave, and what its command wrote."""

    cluster = serializers.CharField()
    step = serializers.IntegerField()
    kind = serializers.CharField()
    name = serializers.CharField()
    attempt = serializers.IntegerField()
    state = serializers.CharField()
    output = serializers.JSONField(help_text="What later steps can take from it; null for nothing.")
    log = serializers.ListField(child=serializers.CharField(), help_text="The last lines that it wrote.")
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class ReleaseDetailShape(ReleaseShape):
    left_out = serializers.ListField(child=serializers.CharField(), help_text="Of a stopped app: steps left out, why.")
    targets = TargetShape(many=True)
    outputs = OutputShape(many=True)
    timeline = EventShape(many=True)


def app_row(app: App) -> dict[str, Any]:
    status = app.status
    clusters = [one | {"sentence": advice_of(one.get("trouble") or {})} for one in status.clusters]
    names = ("state", "ready", "wanted", "image", "addresses", "last_release", "last_release_state")
    return {
        "name": app.name,
        "title": app.title or app.name,
        "tenant": app.tenant.name,
        "version": app.version,
        "status": {name: getattr(status, name) for name in names} | {"clusters": clusters},
    }


def app_detail(app: App, *, undeployed: Undeployed) -> dict[str, Any]:
    changes = [
        {"revision": one.number, "operation": one.operation, "by": one.actor_name, "at": one.created_at}
        for one in undeployed.changes
    ]
    return app_row(app) | {
        "description": app.description,
        "locked": app.locked_reason,
        "suspended": suspended_words(app.tenant) or "",
        "revision": app.draft.number if app.draft else 0,
        "spec": unsigned_in(app.draft.spec) if app.draft else {},
        "undeployed": changes,
        "differs": bool(undeployed.count),
        "deployed": dict(undeployed.on),
        **others_of(app),
    }


def release_row(release: Release) -> dict[str, Any]:
    begun, ended = release.started_at, release.ended_at
    return {
        "number": release.number,
        "state": release.state,
        "kind": release.kind,
        "revision": release.revision.number,
        "by": release.actor_name,
        "note": release.note,
        "reason": release.why or holding.waits_for(release),
        "created_at": release.created_at,
        "started_at": begun,
        "ended_at": ended,
        "seconds": (ended - begun).total_seconds() if begun and ended else None,
    }


def placed_release(release: Release) -> dict[str, Any]:
    return {"tenant": release.app.tenant.name, "app": release.app.name, **release_row(release)}


def _named(change: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """A change with its cluster by name, as everywhere in the API."""
    return change | {"cluster": names.get(change["cluster"], "")} if "cluster" in change else change


def release_detail(release: Release) -> dict[str, Any]:
    rows = list(release.targets.defer("manifests"))
    steps = list(release.steps.all())
    waiting = _waiting(release, rows, steps)
    targets = [
        {
            "cluster": one.cluster_name,
            "state": one.state,
            "reason": one.why or waiting.get(one.cluster_id, ""),
            "digest": one.digest,
        }
        for one in rows
    ]
    names = {str(one.cluster_id): one.cluster_name for one in rows}
    timeline = [
        {"seq": one.seq, "at": one.at, "cause": one.cause, "by": one.actor_name, "change": _named(one.change, names)}
        for one in release.timeline.all()
    ]
    told = {"left_out": left_out.of_release(release, steps), "outputs": _outputs(release, names)}
    return release_row(release) | {"targets": targets, "timeline": timeline, **told}


def _waiting(release: Release, rows: Sequence[Target], steps: Sequence[Step]) -> dict[UUID, str]:
    """Cluster → what is waited for there, and what is wrong with new instances meanwhile."""
    runs = [] if release.is_over else list(release.runs.all())
    acting = [one for one in runs if one.state in RUN_OPEN]
    waits = open_words(release, rows, steps, acting) | retried(release, rows, acting) | still_sent(rows, acting)
    facts = {} if release.is_over else seen_on(release.app_id, [one.cluster_id for one in rows])
    hurt = on_lanes(release, rows, steps, runs, facts=facts)
    told = {pk: " ".join(filter(None, (waits.get(pk, ""), hurt.get(pk, "")))) for pk in (*waits, *hurt)}
    return told | {pk: one.words for pk, one in away.silent(rows).items()}


def _outputs(release: Release, names: dict[str, str]) -> list[dict[str, Any]]:
    """In the order in which the attempts began; only of those that gave or wrote something."""
    plan = {one.number: one for one in release.steps.filter(kind__in=REACHING)}
    runs = release.runs.filter(Q(sent__gt=0) | Q(output__has_key=TOLD), step__in=plan).order_by("started", "pk")
    told = [run for run in runs if written(run.output) or run.output.get(GIVEN)]
    return [
        {
            "cluster": names.get(str(run.cluster_id), ""),
            "step": run.step,
            "kind": plan[run.step].kind,
            "name": plan[run.step].options.get("name", ""),
            "attempt": run.attempt,
            "state": run.state,
            "output": run.output.get(GIVEN),
            "log": written(run.output),
            "started_at": run.started,
            "ended_at": run.ended,
        }
        for run in told
    ]
