"""What a deployment says of itself: counts, and the conditions Available, Progressing and ReplicaFailure."""

from __future__ import annotations

from ..kinds import DEPLOYMENT
from ..objects import Object, parse_timestamp
from ..world import World
from . import conditions
from .replicasets import desired, limits, matching


def _counts(deployment: Object, sets: list[Object], new: Object | None) -> dict[str, int]:
    def total(field: str) -> int:
        return sum(row.get("status", {}).get(field, 0) for row in sets)

    replicas, available = total("replicas"), total("availableReplicas")
    return {
        "observedGeneration": deployment["metadata"]["generation"],
        "replicas": replicas,
        "updatedReplicas": new.get("status", {}).get("replicas", 0) if new is not None else 0,
        "readyReplicas": total("readyReplicas"),
        "availableReplicas": available,
        "unavailableReplicas": max(0, replicas - available),
    }


def is_complete(deployment: Object) -> bool:
    status, wanted = deployment.get("status", {}), desired(deployment)
    return (
        status.get("updatedReplicas", 0) == status.get("replicas", 0) == status.get("availableReplicas", 0) == wanted
        and status.get("observedGeneration", 0) >= deployment["metadata"]["generation"]
    )


def _moved(before: Object, now: dict[str, int]) -> bool:
    old = before.get("replicas", 0) - before.get("updatedReplicas", 0)
    return (
        now["updatedReplicas"] > before.get("updatedReplicas", 0)
        or now["replicas"] - now["updatedReplicas"] < old
        or now["readyReplicas"] > before.get("readyReplicas", 0)
        or now["availableReplicas"] > before.get("availableReplicas", 0)
    )


def _paused(world: World, deployment: Object, rows: list[Object]) -> list[Object]:
    """That it is paused, or goes on. One that ran out of time stays so."""
    deadline, paused = deployment["spec"].get("progressDeadlineSeconds"), deployment["spec"].get("paused")
    present = next((row for row in rows if row["type"] == "Progressing"), None)
    reason = present["reason"] if present is not None else ""
    if deadline is None or deadline >= 2**31 - 1 or reason == "ProgressDeadlineExceeded":
        return rows
    if bool(paused) == (reason == "DeploymentPaused"):
        return rows
    words = ("DeploymentPaused", "Deployment is paused") if paused else ("DeploymentResumed", "Deployment is resumed")
    return conditions.put(rows, "Progressing", "Unknown", *words, stamp=world.stamp())


def _progressing(
    world: World, deployment: Object, counts: dict[str, int], rows: list[Object], name: str
) -> list[Object]:
    """The Progressing condition, and a look again when its deadline passes."""
    deadline = deployment["spec"].get("progressDeadlineSeconds")
    if deadline is None or deadline >= 2**31 - 1 or deployment["spec"].get("paused"):
        return rows
    present = next((row for row in rows if row["type"] == "Progressing"), None)
    finished = present is not None and present["reason"] == "NewReplicaSetAvailable"
    if finished and counts["replicas"] == counts["updatedReplicas"]:
        return rows
    stamp = world.stamp()
    if is_complete({**deployment, "status": counts}):
        message = f'ReplicaSet "{name}" has successfully progressed.'
        return conditions.put(rows, "Progressing", "True", "NewReplicaSetAvailable", message, stamp=stamp)
    if _moved(deployment.get("status", {}), counts):
        since = present["lastTransitionTime"] if present is not None and present["status"] == "True" else stamp
        row = {
            "type": "Progressing",
            "status": "True",
            "lastUpdateTime": stamp,
            "lastTransitionTime": since,
            "reason": "ReplicaSetUpdated",
            "message": f'ReplicaSet "{name}" is progressing.',
        }
        rows = [*conditions.drop(rows, "Progressing"), row]
        present = row
    if present is None or present["reason"] in ("NewReplicaSetAvailable", "ProgressDeadlineExceeded"):
        return rows
    due = parse_timestamp(present["lastUpdateTime"]) + deadline
    if world.now > due:
        message = f'ReplicaSet "{name}" has timed out progressing.'
        return conditions.put(rows, "Progressing", "False", "ProgressDeadlineExceeded", message, stamp=stamp)
    meta = deployment["metadata"]
    world.soon("deployment", (meta["namespace"], meta["name"]), after=due - world.now + 1.0)
    return rows


def sync(world: World, deployment: Object, sets: list[Object]) -> None:
    """Write the status that follows from the ReplicaSets."""
    new = matching(deployment, sets)
    counts = _counts(deployment, sets, new)
    rows = list(deployment.get("status", {}).get("conditions") or ())
    rows = _paused(world, deployment, rows)
    _, down = limits(deployment)
    rolling = deployment["spec"]["strategy"]["type"] == "RollingUpdate"
    if counts["availableReplicas"] >= desired(deployment) - (down if rolling else 0):
        words = ("True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
    else:
        words = ("False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
    rows = conditions.put(rows, "Available", *words, stamp=world.stamp())
    name = new["metadata"]["name"] if new is not None else deployment["metadata"]["name"]
    rows = _progressing(world, deployment, counts, rows, name)
    failed = next((found for row in sets if (found := conditions.find(row, "ReplicaFailure"))), None)
    if failed is not None:
        stamp = world.stamp()
        words = (failed["status"], failed["reason"], failed["message"])
        rows = conditions.put(rows, "ReplicaFailure", *words, stamp=stamp)
    else:
        rows = conditions.drop(rows, "ReplicaFailure")
    shown = {field: count or None for field, count in counts.items()}
    world.update_status(DEPLOYMENT, deployment, **shown, conditions=rows)
