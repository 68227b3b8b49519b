"""Waiting for what a cluster brings about by itself: a watch, with a limit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kubernetes.dynamic.resource import Resource

Test = Callable[[dict[str, Any]], bool]


def condition(obj: dict[str, Any], type_: str) -> dict[str, Any]:
    """The condition of that type, empty when there is none."""
    rows = obj.get("status", {}).get("conditions") or []
    found: dict[str, Any] = next((row for row in rows if row["type"] == type_), {})
    return found


def complete(obj: dict[str, Any]) -> bool:
    """Whether a workload has as many new and available instances as it wants, and no other."""
    status, wanted = obj.get("status", {}), obj["spec"]["replicas"]
    counts = [status.get(name, 0) for name in ("replicas", "updatedReplicas", "availableReplicas")]
    return counts == [wanted] * 3 and status.get("observedGeneration") == obj["metadata"]["generation"]


def until(resource: Resource, namespace: str, test: Test, *, name: str = "web") -> dict[str, Any]:
    """The object as soon as a watch shows what is waited for."""
    seen: dict[str, Any] = {}
    for event in resource.watch(namespace=namespace, name=name, timeout=60):
        seen = event["object"].to_dict()
        if test(seen):
            return seen
    raise AssertionError(f"waited a minute in vain; last seen: {seen}")
