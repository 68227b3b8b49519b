"""Evictions: deletions of pods that ask the disruption budgets first."""

from __future__ import annotations

from typing import Any

from . import budgets, deletion, errors
from .kinds import DISRUPTION_BUDGET, POD
from .objects import Object, condition_true, is_deleting
from .world import World

_NOT_COUNTED = ("Pending", "Succeeded", "Failed")
_MORE_THAN_ONE = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."


def evict(world: World, namespace: str, name: str, body: Any, *, dry_run: bool) -> Object:
    """Delete a pod if its budget allows; 429 if it does not now, 500 when more than one budget counts the pod."""
    if not isinstance(body, dict):
        raise errors.bad_request("the body of the request is not an object")
    if (body.get("metadata") or {}).get("name") != name:
        raise errors.bad_request("name in URL does not match name in Eviction object")
    pod = world.store.need(POD, namespace, name)
    if not (pod.get("status", {}).get("phase") in _NOT_COUNTED or is_deleting(pod)):
        _ask(world, pod, dry_run=dry_run)
    if not dry_run and not is_deleting(pod):
        pod = _mark(world, pod)
    last, _gone = deletion.delete(world, POD, pod, options=body.get("deleteOptions") or {}, dry_run=dry_run)
    return last


def _mark(world: World, pod: Object) -> Object:
    """Say on the pod why it goes."""
    row = {"type": "DisruptionTarget", "status": "True", "lastProbeTime": None, "lastTransitionTime": world.stamp()}
    row |= {"reason": "EvictionByEvictionAPI", "message": "Eviction API: evicting"}
    rows = [other for other in pod.get("status", {}).get("conditions") or () if other["type"] != "DisruptionTarget"]
    return world.update_status(POD, pod, conditions=[*rows, row])


def _ask(world: World, pod: Object, *, dry_run: bool) -> None:
    """Take one disruption from the budget of the pod, if it has any budget."""
    namespace = pod["metadata"]["namespace"]
    found = [row for row in world.store.each(DISRUPTION_BUDGET, namespace=namespace) if budgets.covers(row, pod)]
    if len(found) > 1:
        raise errors.ApiError(500, "", _MORE_THAN_ONE)
    for budget in found:
        if condition_true(pod, "Ready") or not _may_go_unhealthy(budget):
            _take(world, budget, pod, dry_run=dry_run)


def _may_go_unhealthy(budget: Object) -> bool:
    """Whether a pod that is not ready may go without counting: where enough others are, or the policy says so."""
    if budget["spec"].get("unhealthyPodEvictionPolicy") == "AlwaysAllow":
        return True
    status = budget["status"]
    return bool(status["currentHealthy"] >= status["desiredHealthy"] > 0)


def _take(world: World, budget: Object, pod: Object, *, dry_run: bool) -> None:
    status, name = budget["status"], budget["metadata"]["name"]
    if status.get("observedGeneration", 0) < budget["metadata"]["generation"]:
        why = f"The disruption budget {name} is still being processed by the server."
        raise errors.over_budget(why, wait=10)
    if not status["disruptionsAllowed"]:
        need, have = status["desiredHealthy"], status["currentHealthy"]
        raise errors.over_budget(f"The disruption budget {name} needs {need} healthy pods and has {have} currently")
    if not dry_run:
        disrupted = {**(status.get("disruptedPods") or {}), pod["metadata"]["name"]: world.stamp()}
        left = status["disruptionsAllowed"] - 1
        world.update_status(DISRUPTION_BUDGET, budget, disruptedPods=disrupted, disruptionsAllowed=left)
