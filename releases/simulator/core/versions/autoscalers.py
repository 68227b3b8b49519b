"""Autoscalers as ``autoscaling/v1`` has them: by the use of CPU alone, with all else told in annotations."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from .. import typecheck
from ..errors import ApiError
from ..kinds import AUTOSCALER, Kind
from ..objects import Object
from ..schema import schema_of
from . import metrics

_PREFIX = "autoscaling.alpha.kubernetes.io/"
_METRICS, _USED = f"{_PREFIX}metrics", f"{_PREFIX}current-metrics"
_CONDITIONS, _BEHAVIOR = f"{_PREFIX}conditions", f"{_PREFIX}behavior"
_TOLD = (_METRICS, _USED, _CONDITIONS, _BEHAVIOR)
_OF_CONDITION = ("type", "status", "lastTransitionTime", "reason", "message")
_SAME_SPEC = ("scaleTargetRef", "minReplicas", "maxReplicas")
_SAME_STATUS = ("observedGeneration", "lastScaleTime", "currentReplicas", "desiredReplicas")
_UNREADABLE = (ApiError, AttributeError, KeyError, RecursionError, TypeError, ValueError)

Texts = dict[str, str]


def older(obj: Object, kind: Kind) -> Object:
    """As version 1 tells it."""
    made = {**obj, "apiVersion": kind.api_version, "metadata": dict(obj["metadata"])}
    told: dict[str, Any] = {}
    if "spec" in obj:
        made["spec"] = _older_spec(obj["spec"], told)
    if "status" in obj:
        made["status"] = _older_status(obj["status"], told)
    if told:
        texts = {key: json.dumps(value, separators=(",", ":"), ensure_ascii=False) for key, value in told.items()}
        made["metadata"]["annotations"] = {**(obj["metadata"].get("annotations") or {}), **texts}
    return made


def _older_spec(spec: Object, told: dict[str, Any]) -> Object:
    made = {key: spec[key] for key in _SAME_SPEC if key in spec}
    rows = spec.get("metrics") or []
    targets = [metrics.cpu_target(row) for row in rows]
    if by_cpu := [target for target in targets if target is not None]:
        made["targetCPUUtilizationPercentage"] = by_cpu[0]
    if others := [metrics.older(row) for row, target in zip(rows, targets, strict=True) if target is None]:
        told[_METRICS] = others
    if "behavior" in spec:
        told[_BEHAVIOR] = metrics.older_behavior(spec["behavior"])
    return made


def _older_status(status: Object, told: dict[str, Any]) -> Object:
    made = {"currentReplicas": 0, "desiredReplicas": 0}
    made |= {key: status[key] for key in _SAME_STATUS if key in status}
    rows = status.get("currentMetrics") or []
    if by_cpu := [used for row in rows if (used := metrics.cpu_used(row)) is not None]:
        made["currentCPUUtilizationPercentage"] = by_cpu[0]
    if rows:
        told[_USED] = [metrics.older_used(row) for row in rows]
    if conditions := status.get("conditions"):
        told[_CONDITIONS] = [{key: row[key] for key in _OF_CONDITION if key in row} for row in conditions]
    return made


def newer(obj: Object) -> Object:
    """As it is kept. An annotation that cannot be read tells nothing."""
    meta = dict(obj["metadata"])
    texts: Texts = meta.pop("annotations", None) or {}
    if left := {key: text for key, text in texts.items() if key not in _TOLD}:
        meta["annotations"] = left
    made = {**obj, "apiVersion": AUTOSCALER.api_version, "metadata": meta}
    if "spec" in obj:
        made["spec"] = _newer_spec(obj["spec"], texts)
    if "status" in obj:
        made["status"] = _newer_status(obj["status"], texts)
    return made


def _newer_spec(spec: Object, texts: Texts) -> Object:
    made = {key: spec[key] for key in _SAME_SPEC if key in spec}
    rows = _told(texts, _METRICS, "spec", "metrics", lambda rows: [metrics.newer(row) for row in rows]) or []
    if "targetCPUUtilizationPercentage" in spec:
        rows.append(metrics.by_cpu(spec["targetCPUUtilizationPercentage"]))
    behavior = _told(texts, _BEHAVIOR, "spec", "behavior", metrics.newer_behavior)
    return made | ({"metrics": rows} if rows else {}) | ({} if behavior is None else {"behavior": behavior})


def _newer_status(status: Object, texts: Texts) -> Object:
    made = {key: status[key] for key in _SAME_STATUS if key in status}
    used = status.get("currentCPUUtilizationPercentage")
    rows = _told(texts, _USED, "status", "currentMetrics", lambda rows: [metrics.newer_used(row) for row in rows])
    if not rows and used is not None:
        rows = [metrics.at_cpu(used)]
    conditions = _told(texts, _CONDITIONS, "status", "conditions", list)
    return made | ({"currentMetrics": rows} if rows else {}) | ({"conditions": conditions} if conditions else {})


def _told(texts: Texts, key: str, section: str, field: str, read: Callable[[Any], Any]) -> Any:
    """The value of a field by its annotation; None where that tells nothing."""
    try:
        value = read(json.loads(texts[key]))
        checked, _unknown = typecheck.check({section: {field: value}}, schema_of(AUTOSCALER), canonical=True)
    except _UNREADABLE:
        return None
    return checked[section].get(field)
