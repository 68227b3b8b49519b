"""Which fields of an object belong to somebody else: not to Slipway, nor to the cluster's own controllers. Pure.

A value goes along only where it can be no secret: numbers, and texts of fields that are known to be harmless.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from releases.gateway.fields import MISSING, REPLICAS, find, names_in
from releases.gateway.ownership import MANAGER, REPLICAS_MANAGER

OURS = frozenset({MANAGER, REPLICAS_MANAGER})
# What these write is how a cluster works, not somebody's change. The scaling of an autoscaler is among it.
CONTROLLERS = frozenset({"kube-controller-manager", "kube-scheduler", "kubelet", "kruise-manager", "kwok"})
MOST_FIELDS, MOST_MANAGERS, LONGEST_NAME, LONGEST_VALUE = 40, 8, 300, 200

_LOOKED_AT = (".spec.", ".metadata.labels.", ".metadata.annotations.")
_NOT_OURS = (".metadata.annotations.deployment.kubernetes.io/", ".metadata.annotations.kubectl.kubernetes.io/")
_HARMLESS = frozenset(
    {
        "image",
        "imagePullPolicy",
        "maxSurge",
        "maxUnavailable",
        "podManagementPolicy",
        "port",
        "priorityClassName",
        "protocol",
        "schedulerName",
        "serviceAccountName",
        "targetPort",
        "type",
        "whenUnsatisfiable",
    }
)


def foreign(item: Mapping[str, Any]) -> list[dict[str, Any]]:
    """`{manager, operation, at, fields: [{path, value, shown}]}` for each manager with fields Slipway could set.

    What Slipway owns together with somebody has the value it set, and is not among it. At most MOST_FIELDS fields,
    those of the spec first; `value` is None where it is not `shown`.
    """
    entries = _entries(item)
    ours = {name for manager, entry in entries if manager in OURS for name in _names(entry)}
    found: list[dict[str, Any]] = []
    room = MOST_FIELDS
    for manager, entry in entries:
        if manager in OURS or manager in CONTROLLERS or entry.get("subresource") == "status":
            continue
        names = sorted((one for one in _names(entry) - ours if _counts(one)), key=_rank)[:room]
        if names and len(found) < MOST_MANAGERS:
            room -= len(names)
            told = {"operation": str(entry.get("operation") or "")[:20], "at": str(entry.get("time") or "")[:40]}
            found.append({"manager": manager, **told, "fields": [_field(item, name) for name in names]})
    return found


def of_nobody(item: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The same, without a manager, for the number of instances of a workload of ours that nobody owns any more: that is
    what a `scale` to nothing leaves behind.
    """
    entries = _entries(item)
    if not any(manager in OURS for manager, _entry in entries) or find(item, REPLICAS) is MISSING:
        return []
    if any(REPLICAS in _names(entry) for _manager, entry in entries):
        return []
    return [{"manager": "", "operation": "", "at": "", "fields": [_field(item, REPLICAS)]}]


def kept_by_others(live: Mapping[str, Any], left: Mapping[str, str]) -> set[str]:
    """Which of the fields left to a manager (field → manager) belong to it indeed.

    A field that it does not have, or has given up, nobody would set: leaving it out would take its value away.
    """
    if not left:
        return set()
    return {name for manager, entry in _entries(live) for name in _names(entry) if left.get(name) == manager}


def shown(name: str, value: Any) -> bool:
    """Whether the value of a field may be shown to whoever may see the app."""
    if ".env[" in name:
        return False
    if isinstance(value, bool | int | float):
        return True
    harmless = name.rpartition(".")[2] in _HARMLESS or ".resources." in name
    return isinstance(value, str) and harmless and len(value) <= LONGEST_VALUE and value.isprintable()


def _entries(item: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    rows = (item.get("metadata") or {}).get("managedFields") or []
    named = [("".join(filter(str.isprintable, str(row.get("manager") or "")))[:128], row) for row in rows]
    return sorted(named, key=lambda pair: (pair[0], str(pair[1].get("operation")), str(pair[1].get("subresource"))))


def _names(entry: Mapping[str, Any]) -> set[str]:
    return names_in(entry.get("fieldsV1") or {})


def _counts(name: str) -> bool:
    known = name.startswith(_LOOKED_AT) and not name.startswith(_NOT_OURS)
    return known and len(name) <= LONGEST_NAME and name.isprintable()


def _rank(name: str) -> tuple[bool, str]:
    return not name.startswith(".spec."), name


def _field(item: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = find(item, name)
    is_shown = value is not MISSING and shown(name, value)
    return {"path": name, "value": value if is_shown else None, "shown": is_shown}
