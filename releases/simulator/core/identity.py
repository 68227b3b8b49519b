"""Whether what is written is meant for the object that is there."""

from __future__ import annotations

from . import errors
from .kinds import BY_NAME, Kind
from .objects import Object
from .validate.names import immutable


def check_type(kind: Kind, body: Object, *, applied: bool) -> None:
    """Version and kind, where the body states them, must be those of the address."""
    said = (str(body.get("apiVersion", kind.api_version)), str(body.get("kind", kind.kind)))
    if said == (kind.api_version, kind.kind):
        return
    if applied:
        group = "" if "/" in said[0] else "/"
        raise errors.bad_request(f"invalid object type: {group}{said[0]}, Kind={said[1]}")
    if said in BY_NAME and said[1] == kind.kind:
        told, expected = f"({said[0]})", f"({kind.api_version})"
    else:
        told, expected = f"({said[0]}, Kind={said[1]})", f"({kind.api_version}, Kind={kind.kind})"
    raise errors.bad_request(f"the API version in the data {told} does not match the expected API version {expected}")


def _other_uid(kind: Kind, live: Object, asked: str) -> str:
    """Why an object may not be replaced by one of another uid, as the storage says it."""
    key = "/".join(part for part in ("/registry", kind.plural, live.get("namespace", ""), live["name"]) if part)
    return (
        f"StorageError: invalid object, Code: 4, Key: {key}, ResourceVersion: 0, AdditionalErrorMsg: "
        f"Precondition failed: UID in precondition: {asked}, UID in object meta: {live['uid']}"
    )


def check(kind: Kind, old: Object, new: Object, *, whole: bool = False) -> None:
    """Name, uid and version, where the body states them, must be those of the object."""
    meta, live = new["metadata"], old["metadata"]
    name = live["name"]
    if meta.get("name", name) != name:
        raise errors.bad_request(f"the name of the object ({meta['name']}) does not match the name on the URL ({name})")
    if meta.get("namespace", live.get("namespace", "")) != live.get("namespace", ""):
        raise errors.bad_request("the namespace of the object does not match the namespace on the URL")
    another = (meta.get("uid") or live["uid"]) != live["uid"]
    if another and whole:
        raise errors.conflict(kind, name, _other_uid(kind, live, meta["uid"]))
    if meta.get("resourceVersion") not in (None, "", "0", live["resourceVersion"]):
        raise errors.modified(kind, name)
    if another:
        # Twice, because the rules of all objects and those of the kind both look at it.
        raise errors.invalid(kind, name, [immutable("metadata.uid", meta["uid"])] * 2)
