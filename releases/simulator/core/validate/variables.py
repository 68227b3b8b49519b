"""The variables of a container, and where they come from."""

from __future__ import annotations

import re

from ..errors import Cause
from ..objects import Object
from . import names

_FIELDS = (
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
)
_ELSEWHERE = ("metadata.annotations", "metadata.labels", "spec.restartPolicy", "spec.schedulerName", "status.phase")
"""What a pod can be told by, and no variable be set from."""
_PART = re.compile(r"^(.*)\['(.*)'\]$")


def variables(rows: list[Object], field: str) -> list[Cause]:
    causes: list[Cause] = []
    for place, row in enumerate(rows):
        here = f"{field}[{place}]"
        if not row.get("name"):
            causes.append(names.required(f"{here}.name"))
        else:
            causes += names.env_name(f"{here}.name", row["name"])
        source = row.get("valueFrom")
        if source is not None:
            if row.get("value"):
                causes.append(names.bad(f"{here}.valueFrom", "", "may not be specified when `value` is not empty"))
            if len(source) != 1:
                causes.append(
                    names.bad(
                        f"{here}.valueFrom",
                        "",
                        "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`",
                    )
                )
            for kind in ("configMapKeyRef", "secretKeyRef"):
                if kind in source and not source[kind].get("key"):
                    causes.append(names.required(f"{here}.valueFrom.{kind}.key"))
            if "fieldRef" in source:
                causes += _field(source["fieldRef"], f"{here}.valueFrom.fieldRef")
    return causes


def _field(source: Object, field: str) -> list[Cause]:
    """A variable may be set from what a pod is, where and who for, and from one of its labels or annotations."""
    path, version = source.get("fieldPath", ""), source.get("apiVersion", "v1")
    if not path:
        return [names.required(f"{field}.fieldPath")]
    part = _PART.match(path)
    if version != "v1":
        fault = f"unsupported pod version: {version}"
    elif part is None:
        fault = "" if path in (*_FIELDS, *_ELSEWHERE) else f"field label not supported: {path}"
    else:
        whole = part.group(1) in ("metadata.annotations", "metadata.labels")
        fault = "" if whole else f"field label does not support subscript: {path}"
    if fault:
        return [names.bad(f"{field}.fieldPath", path, f"error converting fieldPath: {fault}")]
    if part is not None:
        key = part.group(2)
        return names.qualified_name(field, key.lower() if "annotations" in part.group(1) else key)
    return [] if path in _FIELDS else [names.unsupported(f"{field}.fieldPath", path, _FIELDS)]
