"""PodDisruptionBudgets: how many pods may be disrupted now."""

from __future__ import annotations

from .. import budgets
from ..kinds import DISRUPTION_BUDGET, POD
from ..objects import Object, is_deleting, parse_timestamp
from ..world import World
from . import conditions

_PATIENCE = 120.0
"""How long an evicted pod is taken for disrupted before it is deleted."""


def reconcile(world: World, key: tuple[str, str]) -> None:
    """Count the pods of one budget, and say what that allows."""
    budget = world.store.get(DISRUPTION_BUDGET, *key)
    if budget is None:
        return
    disrupted = _still_disrupted(world, budget)
    found = budgets.count(world.store, budget, disrupted=disrupted)
    generation = budget["metadata"]["generation"]
    world.update_status(
        DISRUPTION_BUDGET,
        budget,
        observedGeneration=generation,
        disruptedPods=disrupted or None,
        disruptionsAllowed=found.allowed,
        currentHealthy=found.healthy,
        desiredHealthy=found.desired,
        expectedPods=found.expected,
        conditions=[_condition(budget, allowed=found.allowed > 0, generation=generation, stamp=world.stamp())],
    )


def _still_disrupted(world: World, budget: Object) -> dict[str, str]:
    """Pods that were evicted and do not show it yet."""
    namespace, kept = budget["metadata"]["namespace"], {}
    for name, since in (budget.get("status", {}).get("disruptedPods") or {}).items():
        pod = world.store.get(POD, namespace, name)
        if pod is not None and not is_deleting(pod) and parse_timestamp(since) + _PATIENCE > world.now:
            kept[name] = since
    return kept


def _condition(budget: Object, *, allowed: bool, generation: int, stamp: str) -> Object:
    present = conditions.find(budget, "DisruptionAllowed")
    status = "True" if allowed else "False"
    since = present["lastTransitionTime"] if present is not None and present["status"] == status else stamp
    return {
        "type": "DisruptionAllowed",
        "status": status,
        "observedGeneration": generation,
        "lastTransitionTime": since,
        "reason": "SufficientPods" if allowed else "InsufficientPods",
        "message": "",
    }
