"""HorizontalPodAutoscalers: by what they scale, and how fast."""

from __future__ import annotations

from typing import Any

from ..errors import Cause
from ..objects import Object
from . import names

_SOURCES = {
    "ContainerResource": "containerResource",
    "External": "external",
    "Object": "object",
    "Pods": "pods",
    "Resource": "resource",
}
_SEEN_AT_ZERO = ("External", "Object")
_CORE = ("v1", "ReplicationController")
_TARGETS = ("Utilization", "Value", "AverageValue")
_POLICIES = ("Percent", "Pods")
_SELECTS = ("Disabled", "Max", "Min")
_LONGEST_WINDOW, _LONGEST_PERIOD = 3600, 1800
_NO_SOURCE = "must populate information for the given metric source"
_NO_NUMBER = "must set either a target raw value or a target utilization"


def autoscaler(obj: Object) -> list[Cause]:
    spec = obj.get("spec") or {}
    causes: list[Cause] = _target(spec.get("scaleTargetRef") or {})
    most, least = spec.get("maxReplicas", 0), spec.get("minReplicas", 1)
    if least < 1:
        causes.append(names.bad("spec.minReplicas", least, "must be greater than or equal to 1"))
    if most < 1:
        causes.append(names.bad("spec.maxReplicas", most, "must be greater than 0"))
    if most < least:
        causes.append(names.bad("spec.maxReplicas", most, "must be greater than or equal to `minReplicas`"))
    for place, metric in enumerate(spec.get("metrics") or ()):
        causes += _metric(metric, f"spec.metrics[{place}]")
    if least == 0 and not any(metric.get("type") in _SEEN_AT_ZERO for metric in spec.get("metrics") or ()):
        words = "must specify at least one Object or External metric to support scaling to zero replicas"
        causes.append(names.forbidden("spec.metrics", words))
    for direction in ("scaleUp", "scaleDown"):
        rules = (spec.get("behavior") or {}).get(direction)
        if rules is not None:
            causes += _rules(rules, f"spec.behavior.{direction}")
    return causes


def _target(target: dict[str, Any]) -> list[Cause]:
    here, causes = "spec.scaleTargetRef", []
    for field in ("kind", "name"):
        if not target.get(field):
            causes.append(names.required(f"{here}.{field}"))
        elif "/" in target[field]:
            causes.append(names.bad(f"{here}.{field}", target[field], "may not contain '/'"))
    version = target.get("apiVersion", "")
    group, slash, _ = version.partition("/")
    if version.count("/") > 1:
        causes.append(names.bad(f"{here}.apiVersion", version, f"unexpected GroupVersion string: {version}"))
    elif not (slash and group) and (version, target.get("kind")) != _CORE:
        causes.append(names.bad(f"{here}.apiVersion", version, "apiVersion must specify API group"))
    return causes


def _metric(metric: dict[str, Any], here: str) -> list[Cause]:
    kind = metric.get("type")
    if not kind:
        return [names.required(f"{here}.type", "must specify a metric source type")]
    if kind not in tuple(_SOURCES):
        return [names.unsupported(f"{here}.type", kind, tuple(_SOURCES))]
    own = _SOURCES[kind]
    others = [one for one in _SOURCES.values() if one != own and metric.get(one) is not None]
    if not metric.get(own):
        return [names.required(f"{here}.{own}", _NO_SOURCE)]
    if others:
        return [names.forbidden(f"{here}.{one}", "must populate the given metric source only") for one in others]
    return _resource(metric[own], f"{here}.{own}") if own == "resource" else []


def _resource(source: dict[str, Any], here: str) -> list[Cause]:
    causes = [] if source.get("name") else [names.required(f"{here}.name", "must specify a resource name")]
    target = source.get("target") or {}
    kind, number = target.get("type", ""), target.get("averageUtilization")
    if not kind:
        causes.append(names.required(f"{here}.target.type", "must specify a metric target type"))
    if kind not in _TARGETS:
        words = "must be either Utilization, Value, or AverageValue"
        causes.append(names.bad(f"{here}.target.type", kind, words))
    if number is not None and number < 1:
        causes.append(names.bad(f"{here}.target.averageUtilization", number, "must be greater than 0"))
    if number is None and target.get("averageValue") is None:
        causes.append(names.required(f"{here}.target.averageUtilization", _NO_NUMBER))
    return causes


def _rules(rules: dict[str, Any], here: str) -> list[Cause]:
    causes: list[Cause] = []
    window, select = rules.get("stabilizationWindowSeconds"), rules.get("selectPolicy")
    at = f"{here}.stabilizationWindowSeconds"
    if window is not None and window < 0:
        causes.append(names.bad(at, window, "must be greater than or equal to zero"))
    if window is not None and window > _LONGEST_WINDOW:
        causes.append(names.bad(at, window, f"must be less than or equal to {_LONGEST_WINDOW}"))
    if select is not None and select not in _SELECTS:
        causes.append(names.unsupported(f"{here}.selectPolicy", select, _SELECTS))
    if rules.get("policies") == []:  # where there are none at all, those by default hold
        causes.append(names.required(f"{here}.policies", "must specify at least one Policy"))
    for place, policy in enumerate(rules.get("policies") or ()):
        causes += _policy(policy, f"{here}.policies[{place}]")
    return causes


def _policy(policy: dict[str, Any], here: str) -> list[Cause]:
    kind, period = policy.get("type", ""), policy.get("periodSeconds", 0)
    causes = [] if kind in _POLICIES else [names.unsupported(f"{here}.type", kind, _POLICIES)]
    for field in ("value", "periodSeconds"):
        if policy.get(field, 0) <= 0:
            causes.append(names.bad(f"{here}.{field}", policy.get(field, 0), "must be greater than zero"))
    if period > _LONGEST_PERIOD:
        causes.append(names.bad(f"{here}.periodSeconds", period, f"must be less than or equal to {_LONGEST_PERIOD}"))
    return causes
