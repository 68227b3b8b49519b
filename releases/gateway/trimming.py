"""What is kept of an object that a cluster reports: enough for an observation, a small part of the whole. Pure.

The nesting stays that of Kubernetes, so what reads a trimmed object reads an untrimmed one as well.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from releases.gateway.foreign import foreign, lost_to_others, of_nobody, untold
from releases.gateway.kinds import WORKLOADS
from releases.gateway.stated import FIELDS

_METADATA = (
    "name",
    "namespace",
    "uid",
    "labels",
    "generation",
    "resourceVersion",
    "creationTimestamp",
    "deletionTimestamp",
)
_DROPPED_ANNOTATIONS = frozenset({"kubectl.kubernetes.io/last-applied-configuration", FIELDS})
_MAX_ANNOTATION = 300
_ESCAPES = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[@-Z\\-_])")
_CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def trim(
    item: Mapping[str, Any], *, kind: str, api_version: str = "", lost_marks: Collection[str] = ()
) -> dict[str, Any]:
    """The part of a workload, ReplicaSet or Pod that observations read. Items of a list carry no kind of their own.

    A workload has `foreign`, see there for `lost_marks` too, where fields of it belong to somebody else, and `untold`
    where that is cut.
    """
    spec = item.get("spec") or {}
    others: list[dict[str, Any]] = []
    if kind in WORKLOADS:
        others = [*foreign(item, lost_marks=lost_marks), *of_nobody(item), *lost_to_others(item)]
    more = untold(item, others) if others else 0
    return {
        "apiVersion": item.get("apiVersion") or api_version,
        "kind": item.get("kind") or kind,
        "metadata": _metadata(item.get("metadata") or {}),
        "spec": _pod_spec(spec) if kind == "Pod" else _workload_spec(spec),
        "status": item.get("status") or {},
        **({"foreign": others} if others else {}),
        **({"untold": more} if more else {}),
    }


def plain_text(line: str, *, limit: int = 2_000) -> str:
    """One line without terminal escapes, control characters and text direction marks, cut to `limit` characters."""
    return _CONTROLS.sub(" ", _ESCAPES.sub("", line)).rstrip()[:limit]


def trim_event(event: Mapping[str, Any]) -> dict[str, Any]:
    """`{type, reason, message, count, at}` of an Event; `at` is the time it was last seen, as the cluster wrote it."""
    series = event.get("series") or {}
    metadata = event.get("metadata") or {}
    return {
        "type": plain_text(str(event.get("type") or "")),
        "reason": plain_text(str(event.get("reason") or "")),
        "message": plain_text(str(event.get("message") or ""), limit=500),
        "count": series.get("count") or event.get("count") or 1,
        "at": series.get("lastObservedTime")
        or event.get("lastTimestamp")
        or event.get("eventTime")
        or metadata.get("creationTimestamp")
        or "",
    }


def _metadata(metadata: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: metadata[key] for key in _METADATA if metadata.get(key) is not None}
    kept["annotations"] = {
        key: str(value)[:_MAX_ANNOTATION]
        for key, value in (metadata.get("annotations") or {}).items()
        if key not in _DROPPED_ANNOTATIONS
    }
    if metadata.get("deletionTimestamp") and metadata.get("finalizers"):
        kept["finalizers"] = [plain_text(str(one), limit=_MAX_ANNOTATION) for one in metadata["finalizers"]]
    kept["ownerReferences"] = [
        {key: owner[key] for key in ("kind", "name", "uid", "controller") if key in owner}
        for owner in metadata.get("ownerReferences") or []
    ]
    return kept


def _workload_spec(spec: Mapping[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {"template": {"spec": _containers((spec.get("template") or {}).get("spec") or {})}}
    if "replicas" in spec:
        kept["replicas"] = spec["replicas"]
    if chosen := (spec.get("selector") or {}).get("matchLabels"):
        kept["selector"] = {"matchLabels": chosen}
    # Somebody may hold a rollout: a Deployment says so itself, a CloneSet in how it updates.
    if spec.get("paused"):
        kept["paused"] = True
    if (spec.get("updateStrategy") or {}).get("paused"):
        kept["updateStrategy"] = {"paused": True}
    return kept


def _pod_spec(spec: Mapping[str, Any]) -> dict[str, Any]:
    kept = _containers(spec)
    if spec.get("nodeName"):
        kept["nodeName"] = spec["nodeName"]
    return kept


def _containers(spec: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: [{"name": container.get("name", ""), "image": container.get("image", "")} for container in spec[key]]
        for key in ("initContainers", "containers")
        if spec.get(key)
    }
