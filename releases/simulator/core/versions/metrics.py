"""What an autoscaler goes by, in the words of both versions. Fields stand in the order an API server writes them in."""

from __future__ import annotations

from typing import Any

from ..objects import Object

_SOURCES = {
    "Resource": "resource",
    "ContainerResource": "containerResource",
    "Pods": "pods",
    "Object": "object",
    "External": "external",
}
_OF_RULES = ("stabilizationWindowSeconds", "selectPolicy", "policies", "tolerance")
_OF_POLICY = ("type", "value", "periodSeconds")


def _some(**fields: Any) -> Object:
    return {key: value for key, value in fields.items() if value is not None}


def _is_cpu(row: Object) -> bool:
    return row.get("type") == "Resource" and (row.get("resource") or {}).get("name") == "cpu"


def cpu_target(row: Object) -> int | None:
    """The use of CPU that a metric wants, in percent; None for any other metric."""
    target: Object = (row.get("resource") or {}).get("target") or {}
    return target.get("averageUtilization") if _is_cpu(row) else None


def cpu_used(row: Object) -> int | None:
    """The use of CPU that was measured, in percent; None for any other measure."""
    current: Object = (row.get("resource") or {}).get("current") or {}
    return current.get("averageUtilization") if _is_cpu(row) else None


def by_cpu(percent: int) -> Object:
    target = {"type": "Utilization", "averageUtilization": percent}
    return {"type": "Resource", "resource": {"name": "cpu", "target": target}}


def at_cpu(percent: int) -> Object:
    return {"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": percent}}}


def older(row: Object) -> Object:
    """A metric in the words of version 1."""
    field = _SOURCES[row["type"]]
    source: Object = row.get(field) or {}
    target, metric = source.get("target") or {}, source.get("metric") or {}
    name, selector = metric.get("name", ""), metric.get("selector")
    value, average = target.get("value"), target.get("averageValue")
    if field == "pods":
        made = _some(metricName=name, targetAverageValue=average or "0", selector=selector)
    elif field == "object":
        about = source.get("describedObject") or {}
        named = {key: about[key] for key in ("kind", "name", "apiVersion") if key in about}
        made = _some(target=named, metricName=name, targetValue=value or "0", selector=selector, averageValue=average)
    elif field == "external":
        made = _some(metricName=name, metricSelector=selector, targetValue=value, targetAverageValue=average)
    else:
        percent, within = target.get("averageUtilization"), source.get("container")
        made = _some(name=source.get("name", ""), targetAverageUtilization=percent, targetAverageValue=average)
        made |= _some(container=within)
    return {"type": row["type"], field: made}


def newer(row: Object) -> Object:
    """A metric in the words of version 2."""
    field = _SOURCES[row["type"]]
    source: Object = row[field]
    value, average = source.get("targetValue"), source.get("targetAverageValue")
    metric = _some(name=source.get("metricName", ""), selector=source.get("selector") or source.get("metricSelector"))
    if field == "pods":
        made = {"metric": metric, "target": _some(type="AverageValue", averageValue=average)}
    elif field == "object":
        average = source.get("averageValue")
        target = {"type": "Value", "value": value} if average is None else {"type": "AverageValue"}
        made = {"describedObject": source["target"], "metric": metric, "target": target | _some(averageValue=average)}
    elif field == "external":
        kind = "AverageValue" if value is None else "Value"
        made = {"metric": metric, "target": _some(type=kind, value=value, averageValue=average)}
    else:
        percent = source.get("targetAverageUtilization")
        kind = "AverageValue" if percent is None else "Utilization"
        target = _some(type=kind, averageUtilization=percent, averageValue=average)
        made = _some(name=source["name"], container=source.get("container")) | {"target": target}
    return {"type": row["type"], field: made}


def older_used(row: Object) -> Object:
    """What was measured of a resource in the words of version 1; nobody here measures anything else."""
    source: Object = row.get("resource") or {}
    current = source.get("current") or {}
    percent, average = current.get("averageUtilization"), current.get("averageValue", "0")
    made = _some(name=source.get("name", ""), currentAverageUtilization=percent, currentAverageValue=average)
    return {"type": "Resource", "resource": made}


def newer_used(row: Object) -> Object:
    source: Object = row["resource"]
    percent, average = source.get("currentAverageUtilization"), source.get("currentAverageValue")
    current = _some(averageUtilization=percent, averageValue=average)
    return {"type": "Resource", "resource": {"name": source["name"], "current": current}}


def older_behavior(behavior: Object) -> Object:
    """How fast to scale, as it is told in an annotation: with every field, under the name that it has within."""
    return {_upper(name): _older_rules(behavior.get(name)) for name in ("scaleUp", "scaleDown")}


def _older_rules(rules: Object | None) -> Object | None:
    if rules is None:
        return None
    made = {_upper(name): rules.get(name) for name in _OF_RULES}
    made["Policies"] = [{_upper(name): row.get(name) for name in _OF_POLICY} for row in rules.get("policies") or ()]
    return made


def _upper(name: str) -> str:
    return name[0].upper() + name[1:]


def newer_behavior(told: Any) -> Any:
    """The same in the words of version 2."""
    if isinstance(told, dict):
        return {key[:1].lower() + key[1:]: newer_behavior(value) for key, value in told.items()}
    return [newer_behavior(row) for row in told] if isinstance(told, list) else told
