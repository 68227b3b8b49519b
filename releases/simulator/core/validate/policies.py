"""Budgets of disruptions, and classes of priority."""

from __future__ import annotations

import json
import re
from typing import Any

from ..errors import Cause
from ..objects import Object
from ..priorities import SYSTEM
from . import names, selectors

_PERCENT = re.compile(r"^[0-9]+%$")
_PERCENT_WORDS = (
    "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for "
    "validation is '[0-9]+%')"
)
_HIGHEST = 1_000_000_000
_PREEMPTION = ("PreemptLowerPriority", "Never")
_FIXED_WORDS = "may not be changed in an update."
_UNHEALTHY = ("AlwaysAllow", "IfHealthyBudget")


def budget(obj: Object) -> list[Cause]:
    spec = obj.get("spec") or {}
    if "minAvailable" in spec and "maxUnavailable" in spec:
        shown = {field: spec.get(field[0].lower() + field[1:]) for field in _FIELDS}
        text = json.dumps(shown, separators=(",", ":"))
        words = "minAvailable and maxUnavailable cannot be both set"
        return [Cause("spec", "FieldValueInvalid", f"Invalid value: {text}: {words}")]
    causes: list[Cause] = []
    for field in ("minAvailable", "maxUnavailable"):
        if field in spec:
            causes += _amount(spec[field], f"spec.{field}")
    causes += selectors.label_selector(spec.get("selector") or {}, "spec.selector")
    policy = spec.get("unhealthyPodEvictionPolicy")
    if policy is not None and policy not in _UNHEALTHY:
        causes.append(names.unsupported("spec.unhealthyPodEvictionPolicy", policy, _UNHEALTHY))
    return causes


_FIELDS = ("MinAvailable", "Selector", "MaxUnavailable", "UnhealthyPodEvictionPolicy")


def _amount(value: Any, field: str) -> list[Cause]:
    if isinstance(value, int):
        return names.not_negative(field, value)
    if not _PERCENT.match(value):
        return [names.bad(field, value, _PERCENT_WORDS)]
    return [names.bad(field, value, "must not be greater than 100%")] if int(value[:-1]) > 100 else []


def priority_class(obj: Object) -> list[Cause]:
    name, causes = obj["metadata"]["name"], []
    if name.startswith("system-"):
        if name not in SYSTEM:
            words = "priority class names with 'system-' prefix are reserved for system use only. error: "
            causes.append(names.forbidden("metadata.name", f"{words}{name} is not a known system priority class"))
    elif obj["value"] > _HIGHEST:
        causes.append(names.forbidden("value", f"maximum allowed value of a user defined priority is {_HIGHEST}"))
    if obj["preemptionPolicy"] not in _PREEMPTION:
        causes.append(names.unsupported("preemptionPolicy", obj["preemptionPolicy"], _PREEMPTION))
    return causes


def priority_class_update(old: Object, new: Object) -> list[Cause]:
    changed = [names.forbidden("value", _FIXED_WORDS)] if old["value"] != new["value"] else []
    if old["preemptionPolicy"] != new["preemptionPolicy"]:
        changed.append(names.bad("preemptionPolicy", new["preemptionPolicy"], "field is immutable"))
    return changed
