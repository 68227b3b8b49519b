"""ReplicaSets: as many pods as wanted, and what they amount to."""

from __future__ import annotations

from .. import errors
from ..kinds import POD, REPLICA_SET
from ..objects import (
    Object,
    annotations_of,
    condition_true,
    controller_of,
    is_deleting,
    labels_of,
    owner_reference,
    with_meta,
)
from ..selectors import selector_matches
from ..world import World
from . import conditions

_LONGEST_WAIT = 60.0
_BURST = 500
_COMPONENT = "replicaset-controller"


def _is_active(pod: Object) -> bool:
    return not is_deleting(pod) and pod.get("status", {}).get("phase") not in ("Succeeded", "Failed")


def _pods(world: World, replica_set: Object) -> list[Object]:
    """Its active pods; a new one adopts strays, and a pod whose labels no longer fit is let go."""
    selector = replica_set["spec"]["selector"]
    if "observedGeneration" not in replica_set.get("status", {}):
        for pod in world.store.each(POD, namespace=replica_set["metadata"]["namespace"]):
            if controller_of(pod) is None and _is_active(pod) and selector_matches(selector, labels_of(pod)):
                world.update(POD, pod, with_meta(pod, ownerReferences=[owner_reference("ReplicaSet", replica_set)]))
    found = []
    for kind, pod in world.store.dependents(replica_set["metadata"]["uid"]):
        if kind != POD or not _is_active(pod):
            continue
        if selector_matches(selector, labels_of(pod)):
            found.append(pod)
        else:
            world.update(POD, pod, with_meta(pod, ownerReferences=None))
    return found


def _rank(world: World, pod: Object) -> tuple[bool, bool, bool, float, str]:
    """Which pod goes first: unplaced, not running, not ready, ready for the shortest time."""
    meta = pod["metadata"]
    since = world.runtime.get(meta["uid"], {}).get("ready_at") or 0.0
    return (
        bool(pod["spec"].get("nodeName")),
        pod.get("status", {}).get("phase") == "Running",
        condition_true(pod, "Ready"),
        -since,
        meta["name"],
    )


def _spawn(world: World, replica_set: Object) -> None:
    meta, template = replica_set["metadata"], replica_set["spec"]["template"]
    prefix = meta["name"][:57] + "-"
    pod_meta: Object = {
        "name": prefix + world.suffix(),
        "generateName": prefix,
        "namespace": meta["namespace"],
        "labels": dict(labels_of(template)),
        "ownerReferences": [owner_reference("ReplicaSet", replica_set)],
    }
    if annotations_of(template):
        pod_meta["annotations"] = dict(annotations_of(template))
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": pod_meta,
        "spec": template["spec"],
        "status": {"phase": "Pending"},
    }
    world.create(POD, pod)
    world.event(REPLICA_SET, replica_set, "SuccessfulCreate", f"Created pod: {pod_meta['name']}", component=_COMPONENT)


def _failed(world: World, replica_set: Object, error: errors.ApiError) -> Object:
    """Say why no pod can be made, and try again later and later."""
    meta = replica_set["metadata"]
    memory = world.runtime.setdefault(f"replicaset/{meta['uid']}", {"failures": 0})
    memory["failures"] += 1
    world.soon("replicaset", (meta["namespace"], meta["name"]), after=min(2.0 ** memory["failures"], _LONGEST_WAIT))
    world.event(
        REPLICA_SET, replica_set, "FailedCreate", f"Error creating: {error}", type="Warning", component=_COMPONENT
    )
    rows = replica_set.get("status", {}).get("conditions")
    return {
        "conditions": conditions.put(rows, "ReplicaFailure", "True", "FailedCreate", str(error), stamp=world.stamp())
    }


def reconcile(world: World, key: tuple[str, str]) -> None:
    replica_set = world.store.get(REPLICA_SET, *key)
    if replica_set is None or is_deleting(replica_set):
        return
    pods = _pods(world, replica_set)
    missing = replica_set["spec"]["replicas"] - len(pods)
    trouble: Object | None = None
    try:
        for _ in range(min(missing, _BURST)):
            _spawn(world, replica_set)
        if missing > _BURST:
            world.soon("replicaset", key, after=1.0)
    except errors.ApiError as error:
        trouble = _failed(world, replica_set, error)
    if missing < 0:
        for pod in sorted(pods, key=lambda row: _rank(world, row))[:-missing]:
            name = pod["metadata"]["name"]
            world.event(REPLICA_SET, replica_set, "SuccessfulDelete", f"Deleted pod: {name}", component=_COMPONENT)
            world.delete(POD, pod)
    if trouble is None:
        world.runtime.pop(f"replicaset/{replica_set['metadata']['uid']}", None)
    _status(world, replica_set, trouble)


def _status(world: World, replica_set: Object, trouble: Object | None) -> None:
    pods = _pods(world, replica_set)
    ready = [pod for pod in pods if condition_true(pod, "Ready")]
    rest = replica_set["spec"].get("minReadySeconds", 0)
    available = 0
    for pod in ready:
        since = world.runtime.get(pod["metadata"]["uid"], {}).get("ready_at") or world.now
        if world.now >= since + rest:
            available += 1
        else:
            key = (replica_set["metadata"]["namespace"], replica_set["metadata"]["name"])
            world.soon("replicaset", key, after=since + rest - world.now)
    current = world.store.get(REPLICA_SET, replica_set["metadata"]["namespace"], replica_set["metadata"]["name"])
    if current is None:
        return
    rows = conditions.drop(current.get("status", {}).get("conditions"), "ReplicaFailure")
    world.update_status(
        REPLICA_SET,
        current,
        replicas=len(pods),
        fullyLabeledReplicas=len(pods) or None,
        readyReplicas=len(ready) or None,
        availableReplicas=available or None,
        observedGeneration=replica_set["metadata"]["generation"],
        conditions=trouble["conditions"] if trouble else rows or None,
    )
