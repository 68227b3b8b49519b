"""Label selectors (text of a query, or ``matchLabels``/``matchExpressions``) and field selectors."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from . import errors
from .kinds import EVENT, JOB, NODE, POD, Kind
from .objects import Object, labels_of
from .requirements import Requirement, parse

Predicate = Callable[[Object], bool]

_PAIR = re.compile(r"^([^\s!=,()]+)\s*(==|!=|=)\s*([^\s!=,()]*)$")
_FIELDS: dict[str, tuple[str, ...]] = {
    POD.resource: ("spec.nodeName", "status.phase", "spec.restartPolicy", "spec.serviceAccountName", "status.podIP"),
    NODE.resource: ("spec.unschedulable",),
    EVENT.resource: (
        "involvedObject.kind",
        "involvedObject.namespace",
        "involvedObject.name",
        "involvedObject.uid",
        "involvedObject.apiVersion",
        "involvedObject.resourceVersion",
        "involvedObject.fieldPath",
        "reason",
        "type",
        "source",
        "reportingComponent",
    ),
    "namespaces": ("status.phase",),
    "secrets": ("type",),
    "replicasets.apps": ("status.replicas",),
}


def by_labels(text: str) -> Predicate | None:
    """A test for the query text of a label selector; None when it is empty (everything matches)."""
    requirements = parse(text)
    return (lambda obj: all(one.holds(labels_of(obj)) for one in requirements)) if requirements else None


def selector_matches(selector: dict[str, Any] | None, labels: dict[str, str]) -> bool:
    """Whether a ``LabelSelector`` object selects these labels; an empty selector selects everything."""
    if not selector:
        return True
    for key, value in (selector.get("matchLabels") or {}).items():
        if labels.get(key) != value:
            return False
    names = {"In": "in", "NotIn": "notin", "Exists": "exists", "DoesNotExist": "missing"}
    return all(
        Requirement(
            row.get("key", ""), names.get(row.get("operator", ""), "in"), frozenset(row.get("values") or ())
        ).holds(labels)
        for row in selector.get("matchExpressions") or ()
    )


def selector_text(selector: dict[str, Any]) -> str:
    """A ``LabelSelector`` as the text that ``scale`` shows and ``kubectl`` sends."""
    parts = [f"{key}={value}" for key, value in sorted((selector.get("matchLabels") or {}).items())]
    for row in selector.get("matchExpressions") or ():
        values = ",".join(sorted(row.get("values") or ()))
        shown = {"In": f"{row['key']} in ({values})", "NotIn": f"{row['key']} notin ({values})"}
        parts.append(shown.get(row["operator"], ("" if row["operator"] == "Exists" else "!") + row["key"]))
    return ",".join(parts)


def field_value(obj: Object, path: str) -> str:
    """The text at a dotted path; empty where there is none."""
    value: Any = obj
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _unknown(path: str, *, kind: Kind) -> str:
    """What is said to a field that a kind cannot be selected by: kinds of the core have words of their own."""
    if kind.resource in (*_FIELDS, "secrets", "services"):
        return f"field label not supported: {path}"
    if kind.resource == JOB.resource:
        return f'field label "{path}" not supported for Job'
    return f'"{path}" is not a known field selector: only "metadata.name", "metadata.namespace"'


def by_fields(text: str, *, kind: Kind) -> Predicate | None:
    """A test for a field selector; 400 for a field this kind cannot be selected by."""
    if not text.strip():
        return None
    allowed = ("metadata.name", "metadata.namespace", *_FIELDS.get(kind.resource, ()))
    terms: list[tuple[str, bool, str]] = []
    for part in text.split(","):
        match = _PAIR.match(part.strip())
        if match is None:
            raise errors.bad_request(f"invalid selector: '{text}'; can't understand '{part}'")
        path, sign, value = match.groups()
        if path not in allowed:
            raise errors.bad_request(_unknown(path, kind=kind))
        terms.append((path, sign == "!=", value))
    return lambda obj: all((field_value(obj, path) == value) != negated for path, negated, value in terms)
