"""Waiting for what a cluster brings about by itself: a list, then a watch from there, with a limit.

The limit is of a machine that does much else at the same time; nothing waits as long when all is well.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from kubernetes.dynamic.resource import Resource

Test = Callable[[dict[str, Any]], bool]
LIMIT_SECONDS = 180
_moment = threading.Event()


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
    """The object as soon as it is what is waited for."""
    return until_any(resource, namespace, test, field_selector=f"metadata.name={name}")


def until_any(resource: Resource, namespace: str, test: Test, **selected: str) -> dict[str, Any]:
    """The first object among those selected that is what is waited for."""
    seen: dict[str, Any] = {}
    for seen in _states(resource, namespace, **selected):
        if test(seen):
            return seen
    raise AssertionError(f"waited {LIMIT_SECONDS} s in vain; last seen: {seen}")


def _states(resource: Resource, namespace: str, **selected: str) -> Iterator[dict[str, Any]]:
    """How the objects are now, and after every change from then on.

    A watch alone will not do: one that names no version begins with what the API server remembers, which may be older
    than the last answer that the test was given.
    """
    listed = resource.get(namespace=namespace, **selected)
    yield from (row.to_dict() for row in listed.items)
    version = listed.metadata.resourceVersion
    for event in resource.watch(namespace=namespace, resource_version=version, timeout=LIMIT_SECONDS, **selected):
        if event["type"] != "DELETED":
            yield event["object"].to_dict()


def eventually(check: Callable[[], object], *, what: str, seconds: float = LIMIT_SECONDS) -> None:
    """Ask again and again, where nothing can be watched."""
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        _moment.wait(0.05)
