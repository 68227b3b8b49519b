"""The ``scale`` subresource: a workload's replicas and nothing else."""

from __future__ import annotations

from typing import Any

from . import errors, typecheck
from .kinds import BY_NAME, Kind
from .objects import Object
from .schema.registry import scale_schema
from .selectors import selector_text

_META = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")


def to_scale(obj: Object) -> Object:
    status: Object = {"replicas": obj.get("status", {}).get("replicas", 0), "selector": _selector(obj)}
    meta = {key: obj["metadata"][key] for key in _META if key in obj["metadata"]}
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": meta,
        "spec": {"replicas": obj["spec"].get("replicas", 0)},
        "status": {key: value for key, value in status.items() if value != ""},
    }


def _selector(obj: Object) -> str:
    """A custom workload names it in its status, where its controller has written it."""
    if BY_NAME[(obj["apiVersion"], obj["kind"])].custom:
        return str(obj.get("status", {}).get("labelSelector", ""))
    return selector_text(obj["spec"].get("selector") or {})


def _replicas(scale: Object, *, kind: Kind, name: str) -> int:
    known, _ = typecheck.check(scale, scale_schema())
    replicas: int = (known.get("spec") or {}).get("replicas", 0)
    if replicas < 0:
        words = f"Invalid value: {replicas}: must be greater than or equal to 0"
        raise errors.invalid(kind, name, [errors.Cause("spec.replicas", "FieldValueInvalid", words)])
    return replicas


def from_scale(obj: Object, scale: Any, *, kind: Kind, whole: bool = False) -> Object:
    """The workload with the scale's replicas. Its uid and version are checked when the scale states them.

    ``whole``: the scale came as it is, not as a patch; then the storage says what is wrong with its uid.
    """
    if not isinstance(scale, dict):
        raise errors.bad_request("a Scale is an object")
    replicas = _replicas(scale, kind=kind, name=obj["metadata"]["name"])
    meta = dict(obj["metadata"])
    asked = (scale.get("metadata") or {}).get("resourceVersion")
    if asked:
        meta["resourceVersion"] = asked
    uid = (scale.get("metadata") or {}).get("uid") or meta["uid"]
    if whole:
        meta["uid"] = uid
    elif uid != meta["uid"]:
        why = f"Precondition failed: UID in precondition: {uid}, UID in object meta: {meta['uid']}"
        raise errors.scale_conflict(kind, meta["name"], why)
    return {**obj, "metadata": meta, "spec": {**obj["spec"], "replicas": replicas}}


def tracked(entries: list[Object], *, before: Object, after: Object) -> list[Object]:
    """Who owns which field after a scale. A Scale leaves a zero out, so nobody has the number then; and where nobody
    has it, a Scale has no managers, and none is noted down.
    """
    owned = any("f:replicas" in _spec_of(one) for one in before["metadata"].get("managedFields") or ())
    if owned and after["spec"].get("replicas"):
        return entries
    left = []
    for entry in entries:
        fields = dict(entry.get("fieldsV1") or {})
        spec = {key: value for key, value in _spec_of(entry).items() if key != "f:replicas"}
        fields.pop("f:spec", None)
        if fields := {**fields, **({"f:spec": spec} if spec else {})}:
            left.append({**entry, "fieldsV1": fields})
    return left


def _spec_of(entry: Object) -> Object:
    spec: Object = (entry.get("fieldsV1") or {}).get("f:spec") or {}
    return spec


def applied_scale(config: Object, *, kind: Kind, name: str) -> Object:
    """An applied ``Scale`` as the configuration of the workload that it means."""
    meta = {"name": name, **{key: value for key, value in (config.get("metadata") or {}).items() if key in _META}}
    replicas = _replicas(config, kind=kind, name=name)
    return {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": meta, "spec": {"replicas": replicas}}
