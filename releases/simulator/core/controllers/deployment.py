"""Deployments: which ReplicaSets there are, and which rollout strategy moves them."""

from __future__ import annotations

from ..kinds import DEPLOYMENT, REPLICA_SET
from ..objects import Object, controller_of, is_deleting, labels_of, owner_reference, with_meta
from ..selectors import selector_matches
from ..world import World
from . import replicasets, rollout, rollout_status
from .replicasets import desired, revision_of


def _owned(world: World, deployment: Object) -> list[Object]:
    """Its ReplicaSets, oldest first; orphans that fit the selector are adopted when the deployment is new."""
    uid = deployment["metadata"]["uid"]
    if "observedGeneration" not in deployment.get("status", {}):
        namespace = deployment["metadata"]["namespace"]
        for found in world.store.each(REPLICA_SET, namespace=namespace):
            if controller_of(found) is None and selector_matches(deployment["spec"]["selector"], labels_of(found)):
                reference = owner_reference("Deployment", deployment)
                world.update(REPLICA_SET, found, with_meta(found, ownerReferences=[reference]))
    owned = [obj for kind, obj in world.store.dependents(uid) if kind == REPLICA_SET and not is_deleting(obj)]
    return sorted(owned, key=lambda row: (row["metadata"]["creationTimestamp"], revision_of(row)))


def reconcile(world: World, key: tuple[str, str]) -> None:
    deployment = world.store.get(DEPLOYMENT, *key)
    if deployment is None or is_deleting(deployment):
        return
    sets = _owned(world, deployment)
    settled = all(row.get("status", {}).get("observedGeneration", 0) >= row["metadata"]["generation"] for row in sets)
    if not settled:
        rollout_status.sync(world, deployment, sets)
        return
    new = replicasets.matching(deployment, sets)
    if deployment["spec"].get("paused") or rollout.is_scaling(deployment, sets):
        rollout.scale(world, deployment, sets, new=new)
    elif deployment["spec"]["strategy"]["type"] == "Recreate":
        _recreate(world, deployment, sets, new)
    else:
        new, deployment = replicasets.ensure(world, deployment, sets, create=True)
        if new is not None:
            rollout.roll(world, deployment, [row for row in sets if row is not new], new)
    fresh = world.store.get(DEPLOYMENT, *key)
    if fresh is None:
        return
    sets = _owned(world, fresh)
    rollout_status.sync(world, fresh, sets)
    if rollout_status.is_complete(world.store.need(DEPLOYMENT, *key)):
        _forget(world, fresh, sets)


def _recreate(world: World, deployment: Object, sets: list[Object], new: Object | None) -> None:
    """All old pods have to be gone before the first new one starts."""
    old = [row for row in sets if row is not new]
    running = False
    for row in old:
        if row["spec"]["replicas"]:
            replicasets.resize(world, deployment, row, 0)
        running = running or bool(row["spec"]["replicas"]) or _has_pods(world, row)
    if running:
        return
    new, deployment = replicasets.ensure(world, deployment, sets, create=True)
    if new is not None and new["spec"]["replicas"] != desired(deployment):
        replicasets.resize(world, deployment, new, desired(deployment))


def _has_pods(world: World, replica_set: Object) -> bool:
    return bool(world.store.dependents(replica_set["metadata"]["uid"]))


def _forget(world: World, deployment: Object, sets: list[Object]) -> None:
    """Keep as many empty old ReplicaSets as ``revisionHistoryLimit`` says."""
    limit = deployment["spec"].get("revisionHistoryLimit", 10)
    new = replicasets.matching(deployment, sets)
    empty = [
        row
        for row in sets
        if row is not new and not row["spec"]["replicas"] and not row.get("status", {}).get("replicas")
    ]
    empty.sort(key=revision_of)
    for row in empty[: max(0, len(empty) - limit)]:
        world.delete(REPLICA_SET, row)
