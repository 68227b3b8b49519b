"""The ReplicaSets of a deployment: finding the one of the present template, making it, resizing any."""

from __future__ import annotations

import json
from typing import Any

from .. import errors
from ..kinds import DEPLOYMENT, REPLICA_SET
from ..objects import Object, annotations_of, owner_reference, safe_digest, with_meta
from ..world import World
from . import conditions

HASH = "pod-template-hash"
REVISION = "deployment.kubernetes.io/revision"
DESIRED = "deployment.kubernetes.io/desired-replicas"
MAXIMUM = "deployment.kubernetes.io/max-replicas"
_NOT_COPIED = frozenset(
    {
        REVISION,
        DESIRED,
        MAXIMUM,
        "kubectl.kubernetes.io/last-applied-configuration",
        "deprecated.deployment.rollback.to",
    }
)


def desired(deployment: Object) -> int:
    replicas: int = deployment["spec"].get("replicas", 1)
    return replicas


def revision_of(obj: Object) -> int:
    text = annotations_of(obj).get(REVISION, "0")
    return int(text) if text.isdigit() else 0


def _share(value: Any, total: int, *, up: bool) -> int:
    if isinstance(value, str):
        part = int(value.removesuffix("%")) * total
        return -(-part // 100) if up else part // 100
    return int(value or 0)


def limits(deployment: Object) -> tuple[int, int]:
    """``(surge, unavailable)`` in pods; never both 0, or nothing could move."""
    strategy = deployment["spec"]["strategy"]
    if strategy["type"] != "RollingUpdate":
        return 0, desired(deployment)
    rolling = strategy.get("rollingUpdate") or {}
    surge = _share(rolling.get("maxSurge", 0), desired(deployment), up=True)
    down = _share(rolling.get("maxUnavailable", 0), desired(deployment), up=False)
    return (surge, down) if surge or down else (0, 1)


def _bare(template: Object) -> Object:
    meta = template.get("metadata") or {}
    labels = {key: value for key, value in (meta.get("labels") or {}).items() if key != HASH}
    return {**template, "metadata": {**meta, "labels": labels}}


def matching(deployment: Object, sets: list[Object]) -> Object | None:
    """The ReplicaSet of the present template; the oldest where there are several."""
    wanted = _bare(deployment["spec"]["template"])
    return next((row for row in sets if _bare(row["spec"]["template"]) == wanted), None)


def _annotations(deployment: Object, revision: int) -> dict[str, str]:
    copied = {key: value for key, value in annotations_of(deployment).items() if key not in _NOT_COPIED}
    surge, _ = limits(deployment)
    maximum = desired(deployment) + (surge if deployment["spec"]["strategy"]["type"] == "RollingUpdate" else 0)
    return {**copied, REVISION: str(revision), DESIRED: str(desired(deployment)), MAXIMUM: str(maximum)}


def ensure(world: World, deployment: Object, sets: list[Object], *, create: bool) -> tuple[Object | None, Object]:
    """The ReplicaSet of the present template with its revision right, and the deployment with the same revision."""
    new = matching(deployment, sets)
    highest = max((revision_of(row) for row in sets if row is not new), default=0)
    if new is not None:
        revision = max(revision_of(new), highest + 1)
        wanted = {**annotations_of(new), **_annotations(deployment, revision)}
        stored = world.update(REPLICA_SET, new, with_meta(new, annotations=wanted))
        sets[sets.index(new)] = stored
        deployment = _mark(world, deployment, revision)
        if not conditions.find(deployment, "Progressing"):
            deployment = _progress(world, deployment, "FoundNewReplicaSet", f'Found new replica set "{_name(stored)}"')
        return stored, deployment
    if not create:
        return None, deployment
    try:
        created = world.create(REPLICA_SET, _manifest(deployment, sets, revision=highest + 1))
    except errors.ApiError as error:
        message = f"Failed to create new replica set: {error}"
        _progress(world, deployment, "ReplicaSetCreateError", message, status="False")
        world.soon("deployment", (deployment["metadata"]["namespace"], deployment["metadata"]["name"]), after=5.0)
        return None, deployment
    sets.append(created)
    replicas = created["spec"]["replicas"]
    if replicas:
        world.event(
            DEPLOYMENT,
            deployment,
            "ScalingReplicaSet",
            f"Scaled up replica set {_name(created)} from 0 to {replicas}",
            component="deployment-controller",
        )
    deployment = _mark(world, deployment, highest + 1)
    message = f'Created new replica set "{_name(created)}"'
    return created, _progress(world, deployment, "NewReplicaSetCreated", message)


def _manifest(deployment: Object, sets: list[Object], *, revision: int) -> Object:
    template = _bare(deployment["spec"]["template"])
    collisions = deployment.get("status", {}).get("collisionCount", 0)
    digest = safe_digest(json.dumps([template, collisions], sort_keys=True).encode(), length=10)
    labels = {**template["metadata"]["labels"], HASH: digest}
    selector = deployment["spec"]["selector"]
    surge, _ = limits(deployment)
    room = desired(deployment) + surge - sum(row["spec"]["replicas"] for row in sets)
    recreate = deployment["spec"]["strategy"]["type"] == "Recreate"
    replicas = desired(deployment) if recreate else max(0, min(room, desired(deployment)))
    spec: Object = {
        "replicas": replicas,
        "selector": {**selector, "matchLabels": {**(selector.get("matchLabels") or {}), HASH: digest}},
        "template": {**template, "metadata": {**template["metadata"], "labels": labels}},
    }
    if deployment["spec"].get("minReadySeconds"):
        spec["minReadySeconds"] = deployment["spec"]["minReadySeconds"]
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": f"{_name(deployment)}-{digest}",
            "namespace": deployment["metadata"]["namespace"],
            "labels": labels,
            "annotations": _annotations(deployment, revision),
            "ownerReferences": [owner_reference("Deployment", deployment)],
        },
        "spec": spec,
    }


def _name(obj: Object) -> str:
    name: str = obj["metadata"]["name"]
    return name


def _mark(world: World, deployment: Object, revision: int) -> Object:
    annotations = {**annotations_of(deployment), REVISION: str(revision)}
    return world.update(DEPLOYMENT, deployment, with_meta(deployment, annotations=annotations))


def _progress(world: World, deployment: Object, reason: str, message: str, *, status: str = "True") -> Object:
    rows = conditions.put(
        deployment.get("status", {}).get("conditions"), "Progressing", status, reason, message, stamp=world.stamp()
    )
    return world.update_status(DEPLOYMENT, deployment, conditions=rows)


def resize(world: World, deployment: Object, replica_set: Object, replicas: int) -> None:
    """Set a ReplicaSet's size and say so in an Event of the deployment."""
    before = replica_set["spec"]["replicas"]
    surge, _ = limits(deployment)
    annotations = {
        **annotations_of(replica_set),
        DESIRED: str(desired(deployment)),
        MAXIMUM: str(desired(deployment) + surge),
    }
    changed = with_meta(replica_set, annotations=annotations)
    world.update(REPLICA_SET, replica_set, {**changed, "spec": {**changed["spec"], "replicas": replicas}})
    if replicas != before:
        way = "up" if replicas > before else "down"
        message = f"Scaled {way} replica set {_name(replica_set)} from {before} to {replicas}"
        world.event(DEPLOYMENT, deployment, "ScalingReplicaSet", message, component="deployment-controller")
