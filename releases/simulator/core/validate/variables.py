"""The variables of a container, and where they come from."""

from __future__ import annotations

import re

from .. import quantities
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
_AMOUNTS = (
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
)
_PAGES = ("limits.hugepages-", "requests.hugepages-")
_UNITS = ("1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei")
_CALLED = {"cpu": "cpu", "memory": "memory", "ephemeral-storage": "local ephemeral storage"}
_PART = re.compile(r"^(.*)\['(.*)'\]$")


def variables(rows: list[Object], field: str) -> list[Cause]:
    causes: list[Cause] = []
    for place, row in enumerate(rows):
        here = f"{field}[{place}]"
        if not row.get("name"):
            causes.append(names.required(f"{here}.name"))
        else:
            causes += names.env_name(f"{here}.name", row["name"])
        if row.get("valueFrom") is not None:
            causes += _source(row["valueFrom"], f"{here}.valueFrom", beside=bool(row.get("value")))
    return causes


def _source(source: Object, field: str, *, beside: bool) -> list[Cause]:
    """Where a variable comes from; ``beside``: it has a value of its own, too."""
    causes: list[Cause] = []
    if "fieldRef" in source:
        causes += _field(source["fieldRef"], f"{field}.fieldRef")
    if "resourceFieldRef" in source:
        causes += _resource(source["resourceFieldRef"], f"{field}.resourceFieldRef")
    for kind in ("configMapKeyRef", "secretKeyRef"):
        if kind in source:
            causes += _key(source[kind], f"{field}.{kind}")
    if not source:
        words = "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`"
        causes.append(names.bad(field, "", words))
    elif beside:
        causes.append(names.bad(field, "", "may not be specified when `value` is not empty"))
    elif len(source) > 1:
        causes.append(names.bad(field, "", "may not have more than one field specified at a time"))
    return causes


def _key(source: Object, field: str) -> list[Cause]:
    causes = names.dns_subdomain(f"{field}.name", source.get("name", ""))
    key = source.get("key")
    return causes + (names.config_key(f"{field}.key", key) if key else [names.required(f"{field}.key")])


def _resource(source: Object, field: str) -> list[Cause]:
    """A variable may be set from what a container asks for or is limited to, in some unit."""
    name, divisor = source.get("resource", ""), source.get("divisor", "0")
    if not name:
        return [names.required(f"{field}.resource")]
    part = name.partition(".")[2]
    if name not in _AMOUNTS and not name.startswith(_PAGES):
        return [names.unsupported(f"{field}.resource", name, _AMOUNTS)]
    units = ("1m", "1") if part == "cpu" else _UNITS
    if quantities.parse(divisor) == 0 or divisor in units:
        return []
    said = " and ".join(units) if part == "cpu" else ", ".join(units)
    words = f"only divisor's values {said} are supported with the {_CALLED.get(part, 'hugepages')} resource"
    return [names.bad(f"{field}.divisor", name, words)]


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
