"""Claims of volumes: what one has to say, and that only its size may change."""

from __future__ import annotations

import difflib
import json
from typing import Any

from .. import quantities
from ..errors import Cause
from ..objects import Object
from . import names

_MODES = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")
_VOLUMES = ("Block", "Filesystem")
_FROZEN = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n"
_SHRUNK = "field can not be less than status.capacity"


def claim(obj: Object) -> list[Cause]:
    return claim_spec(obj.get("spec") or {}, "spec")


def claim_spec(spec: Object, field: str) -> list[Cause]:
    """Everything wrong with a claim's spec, or with that of a template for claims."""
    modes = spec.get("accessModes") or []
    causes: list[Cause] = []
    if not modes:
        causes.append(names.required(f"{field}.accessModes", "at least 1 access mode is required"))
    causes += [names.unsupported(f"{field}.accessModes", mode, _MODES) for mode in modes if mode not in _MODES]
    if "ReadWriteOncePod" in modes and len(modes) > 1:
        words = "may not use ReadWriteOncePod with other access modes"
        causes.append(names.forbidden(f"{field}.accessModes", words))
    size = _size(spec)
    if size is None:
        causes.append(names.required(f"{field}.resources[storage]"))
    elif quantities.parse(size) <= 0:
        causes.append(names.bad(f"{field}.resources[storage]", size, "must be greater than zero"))
    if spec.get("storageClassName"):
        causes += names.dns_subdomain(f"{field}.storageClassName", spec["storageClassName"])
    if spec.get("volumeMode", "Filesystem") not in _VOLUMES:
        causes.append(names.unsupported(f"{field}.volumeMode", spec["volumeMode"], _VOLUMES))
    return causes


def claim_update(old: Object, new: Object) -> list[Cause]:
    """A claim may be given its volume once, and may grow once it is bound."""
    before, after = dict(old["spec"]), dict(new["spec"])
    if not before.get("volumeName"):
        before["volumeName"] = after.get("volumeName")
    if new.get("status", {}).get("phase") == "Bound":
        before["resources"] = _sized(before.get("resources"), after)
    causes: list[Cause] = []
    if _shape(before) != _shape(after):
        causes.append(names.forbidden("spec", _FROZEN + _difference(_shape(before), _shape(after))))
    sizes = [_size(spec) or "0" for spec in (old["spec"], new["spec"])]
    present = (old.get("status", {}).get("capacity") or {}).get("storage", "0")
    was, asked, given = (quantities.parse(text) for text in (*sizes, present))
    if asked < was and asked <= given:
        causes.append(names.forbidden("spec.resources.requests.storage", _SHRUNK))
    if before.get("volumeMode") != after.get("volumeMode"):
        causes.append(names.immutable("volumeMode", after.get("volumeMode")))
    return causes


def _size(spec: Object) -> str | None:
    size: str | None = ((spec.get("resources") or {}).get("requests") or {}).get("storage")
    return size


def _sized(resources: Object | None, like: Object) -> Object:
    """Resources with the size that another spec asks for."""
    resources = resources or {}
    return {**resources, "requests": {**(resources.get("requests") or {}), "storage": _size(like)}}


def _shape(spec: Object) -> Object:
    """A spec with every field there is, by the names the API server has for them inside."""
    resources = spec.get("resources") or {}
    return {
        "AccessModes": spec.get("accessModes"),
        "Selector": spec.get("selector"),
        "Resources": {"Limits": resources.get("limits"), "Requests": resources.get("requests")},
        "VolumeName": spec.get("volumeName") or "",
        "StorageClassName": spec.get("storageClassName"),
        "VolumeMode": spec.get("volumeMode"),
        "DataSource": spec.get("dataSource"),
        "DataSourceRef": spec.get("dataSourceRef"),
        "VolumeAttributesClassName": spec.get("volumeAttributesClassName"),
    }


def _difference(before: Any, after: Any) -> str:
    old, new = (json.dumps(value, indent=1).splitlines() for value in (before, after))
    lines = list(difflib.unified_diff(old, new, lineterm=""))[2:]
    return "".join(line + "\n" for line in lines)
