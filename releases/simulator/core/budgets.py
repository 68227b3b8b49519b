"""Disruption budgets: which pods one counts, how many there should be, and how many must stay healthy."""

from __future__ import annotations

import math
from typing import NamedTuple

from . import kinds
from .objects import Object, condition_true, controller_of, is_deleting, labels_of
from .selectors import selector_matches
from .store import Store


class Count(NamedTuple):
    """How many pods of a budget there should be, how many of them healthy, and how many are."""

    expected: int
    desired: int
    healthy: int

    @property
    def allowed(self) -> int:
        """How many may be disrupted now."""
        return max(0, self.healthy - self.desired) if self.expected > 0 else 0


def covers(budget: Object, pod: Object) -> bool:
    """Whether a budget counts a pod; one without a selector counts none."""
    selector = budget["spec"].get("selector")
    return selector is not None and selector_matches(selector, labels_of(pod))


def count(store: Store, budget: Object, *, disrupted: dict[str, str]) -> Count:
    """Look at all pods of a budget; those ``disrupted`` by name are as good as gone."""
    namespace = budget["metadata"]["namespace"]
    pods = [pod for pod in store.each(kinds.POD, namespace=namespace) if covers(budget, pod)]
    healthy = sum(_healthy(pod) and pod["metadata"]["name"] not in disrupted for pod in pods)
    spec = budget["spec"]
    if "maxUnavailable" in spec:
        expected = _wanted(store, pods)
        return Count(expected, max(0, expected - _part(spec["maxUnavailable"], expected)), healthy)
    least = spec.get("minAvailable", 0)
    expected = len(pods) if isinstance(least, int) else _wanted(store, pods)
    return Count(expected, _part(least, expected), healthy)


def _healthy(pod: Object) -> bool:
    return condition_true(pod, "Ready") and not is_deleting(pod)


def _part(amount: int | str, whole: int) -> int:
    """A number, or so many percent of the whole, rounded up."""
    return amount if isinstance(amount, int) else math.ceil(int(amount.rstrip("%")) * whole / 100)


def _wanted(store: Store, pods: list[Object]) -> int:
    """How many pods the workloads of these pods want together; a pod on its own counts for nothing."""
    owners: dict[str, int] = {}
    for pod in pods:
        owner = _workload(store, pod)
        if owner is not None:
            owners[owner["metadata"]["uid"]] = owner["spec"].get("replicas", 1)
    return sum(owners.values())


def _workload(store: Store, obj: Object) -> Object | None:
    """What scales a pod: its controller, or the controller of that."""
    reference = controller_of(obj)
    found = store.by_uid(reference["uid"]) if reference is not None else None
    if found is None or "scale" not in found[0].subresources:
        return None
    return _workload(store, found[1]) or found[1]
