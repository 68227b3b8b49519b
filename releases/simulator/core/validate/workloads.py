"""Deployments, ReplicaSets, autoscalers and quotas."""

from __future__ import annotations

import re
from typing import Any

from ..errors import Cause
from ..objects import Object
from ..selectors import selector_matches
from . import names
from .pods import pod_spec
from .selectors import label_selector

_PERCENT = re.compile(r"^[0-9]+%$")
_STRATEGIES = ("Recreate", "RollingUpdate")


def selector_causes(selector: Any, field: str, *, of: str = "deployment") -> list[Cause]:
    """Everything wrong with the selector of a workload; ``of`` is the kind its words name."""
    if selector is None:
        return [names.required(field)]
    causes = label_selector(selector, field)
    if not selector.get("matchLabels") and not selector.get("matchExpressions"):
        causes.append(names.bad(field, {}, f"empty selector is invalid for {of}"))
    return causes


def _template(spec: Object, field: str) -> list[Cause]:
    template = spec.get("template") or {}
    meta = template.get("metadata") or {}
    labels = meta.get("labels") or {}
    causes = names.labels(f"{field}.metadata.labels", labels)
    causes += names.annotation_map(f"{field}.metadata.annotations", meta.get("annotations"))
    if spec.get("selector") and not selector_matches(spec["selector"], labels):
        causes.append(names.bad(f"{field}.metadata.labels", labels, "`selector` does not match template `labels`"))
    return causes + pod_spec(template.get("spec"), f"{field}.spec", restart=("Always",))


def _int_or_percent(value: Any, field: str) -> list[Cause]:
    if isinstance(value, str):
        if _PERCENT.match(value):
            return []
        return [names.bad(field, value, "a valid percent string must be a numeric string followed by an ending '%'")]
    return names.not_negative(field, value)


def _rolling(rolling: Object, field: str) -> list[Cause]:
    surge, down = rolling.get("maxSurge"), rolling.get("maxUnavailable")
    causes = _int_or_percent(surge, f"{field}.maxSurge") + _int_or_percent(down, f"{field}.maxUnavailable")
    if surge in (0, "0%") and down in (0, "0%"):
        causes.append(names.bad(f"{field}.maxUnavailable", down, "may not be 0 when `maxSurge` is 0"))
    if isinstance(down, str) and _PERCENT.match(down) and int(down[:-1]) > 100:
        causes.append(names.bad(f"{field}.maxUnavailable", down, "must not be greater than 100%"))
    return causes


def deployment(obj: Object) -> list[Cause]:
    spec = obj.get("spec") or {}
    causes = names.not_negative("spec.replicas", spec.get("replicas"))
    causes += selector_causes(spec.get("selector"), "spec.selector")
    causes += _template(spec, "spec.template")
    strategy = spec.get("strategy") or {}
    if strategy.get("type") not in _STRATEGIES:
        causes.append(names.unsupported("spec.strategy.type", strategy.get("type", ""), _STRATEGIES))
    elif strategy["type"] == "Recreate" and strategy.get("rollingUpdate"):
        words = "may not be specified when strategy `type` is 'Recreate'"
        causes.append(names.forbidden("spec.strategy.rollingUpdate", words))
    elif strategy["type"] == "RollingUpdate":
        causes += _rolling(strategy.get("rollingUpdate") or {}, "spec.strategy.rollingUpdate")
    for field in ("minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"):
        causes += names.not_negative(f"spec.{field}", spec.get(field))
    deadline = spec.get("progressDeadlineSeconds")
    if deadline is not None and deadline <= spec.get("minReadySeconds", 0):
        causes.append(names.bad("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds"))
    return causes


def replica_set(obj: Object) -> list[Cause]:
    spec = obj.get("spec") or {}
    causes = names.not_negative("spec.replicas", spec.get("replicas"))
    return causes + selector_causes(spec.get("selector"), "spec.selector") + _template(spec, "spec.template")


def selector_update(old: Object, new: Object) -> list[Cause]:
    """Selectors never change."""
    before, after = old["spec"].get("selector"), new["spec"].get("selector")
    return [] if before == after else [names.immutable("spec.selector", after)]
