"""What a pod's containers amount to: phase, conditions, quality of service."""

from __future__ import annotations

from .objects import Object, condition_of


def phase_of(pod: Object, rows: list[Object]) -> str:
    policy = pod["spec"].get("restartPolicy", "Always")
    if policy != "Always" and all("terminated" in row["state"] for row in rows):
        failed = any(row["state"]["terminated"]["exitCode"] for row in rows)
        if policy == "Never" or not failed:
            return "Failed" if failed else "Succeeded"
    begun = all("running" in row["state"] or row["lastState"] or "terminated" in row["state"] for row in rows)
    return "Running" if begun else "Pending"


def _condition(pod: Object, type_: str, *, holds: bool, stamp: str, reason: str = "", message: str = "") -> Object:
    status = "True" if holds else "False"
    present = condition_of(pod, type_)
    since = present["lastTransitionTime"] if present is not None and present["status"] == status else stamp
    row = {"type": type_, "status": status, "lastProbeTime": None, "lastTransitionTime": since}
    if not holds and reason:
        row |= {"reason": reason, "message": message}
    return row


def conditions_of(pod: Object, rows: list[Object], *, initialised: int, stamp: str) -> list[Object]:
    """The conditions a kubelet keeps, beside those of the scheduler and of whoever evicts."""
    waiting = [row["name"] for row in rows if not row["ready"]]
    done = phase_of(pod, rows) == "Succeeded"
    why = "PodCompleted" if done else "ContainersNotReady"
    unready = "" if done else f"containers with unready status: [{' '.join(waiting)}]"
    init = [row["name"] for row in pod["spec"].get("initContainers") or ()][initialised:]
    uninitialised = f"containers with incomplete status: [{' '.join(init)}]"
    started = any(row["state"].get("running") or row["lastState"] for row in rows)
    others = (condition_of(pod, type_) for type_ in ("PodScheduled", "DisruptionTarget"))
    found = [
        _condition(pod, "PodReadyToStartContainers", holds=started, stamp=stamp),
        _condition(
            pod, "Initialized", holds=not init, stamp=stamp, reason="ContainersNotInitialized", message=uninitialised
        ),
        _condition(pod, "Ready", holds=not waiting, stamp=stamp, reason=why, message=unready),
        _condition(pod, "ContainersReady", holds=not waiting, stamp=stamp, reason=why, message=unready),
    ]
    return [*found, *(row for row in others if row is not None)]


def qos_class(spec: Object) -> str:
    """Guaranteed, Burstable or BestEffort, by the containers' requests and limits."""
    blocks = [container.get("resources") or {} for container in spec["containers"]]
    if not any(block.get("requests") or block.get("limits") for block in blocks):
        return "BestEffort"
    for block in blocks:
        limits, requests = block.get("limits") or {}, block.get("requests") or {}
        for name in ("cpu", "memory"):
            if name not in limits or requests.get(name, limits[name]) != limits[name]:
                return "Burstable"
    return "Guaranteed"
