"""Plain Kubernetes objects: copies, timestamps, names and the few fields of metadata that everything reads."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

Object = dict[str, Any]

_SAFE_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"


def clone(value: Any) -> Any:
    """A deep copy of JSON data; several times faster than ``copy.deepcopy``."""
    kind = type(value)
    if kind is dict:
        return {key: clone(item) if type(item) in (dict, list) else item for key, item in value.items()}
    if kind is list:
        return [clone(item) if type(item) in (dict, list) else item for item in value]
    return value


@lru_cache(maxsize=4096)
def _format_second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def timestamp(seconds: float) -> str:
    """RFC 3339 with whole seconds, as Kubernetes writes ``metav1.Time``."""
    return _format_second(int(seconds))


def micro_timestamp(seconds: float) -> str:
    """RFC 3339 with microseconds, as container runtimes write log lines."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "000Z"


@lru_cache(maxsize=4096)
def parse_timestamp(text: str) -> float:
    """Seconds since 1970 of an RFC 3339 text; ValueError when it is none."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def safe_digest(data: bytes, *, length: int) -> str:
    """A short name of ``data`` without vowels or look-alikes, as in pod and ReplicaSet names."""
    number = int.from_bytes(hashlib.sha256(data).digest()[:12], "big")
    letters = []
    for _ in range(length):
        number, place = divmod(number, len(_SAFE_ALPHABET))
        letters.append(_SAFE_ALPHABET[place])
    return "".join(letters)


def fraction(text: str) -> float:
    """A number in [0, 1) that looks random but belongs to ``text`` for ever."""
    return int.from_bytes(hashlib.md5(text.encode(), usedforsecurity=False).digest()[:4], "big") / 2**32


def labels_of(obj: Object) -> dict[str, str]:
    return obj["metadata"].get("labels") or {}


def annotations_of(obj: Object) -> dict[str, str]:
    return obj["metadata"].get("annotations") or {}


def key_of(obj: Object) -> tuple[str, str]:
    """``(namespace, name)``; the namespace of a cluster-wide object is empty."""
    meta = obj["metadata"]
    return meta.get("namespace", ""), meta["name"]


def controller_of(obj: Object) -> Object | None:
    """The owner reference that is marked as the controller, if any."""
    for reference in obj["metadata"].get("ownerReferences") or ():
        if reference.get("controller"):
            return reference
    return None


def owner_reference(kind: str, owner: Object) -> Object:
    return {
        "apiVersion": owner["apiVersion"],
        "kind": kind,
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def is_deleting(obj: Object) -> bool:
    return "deletionTimestamp" in obj["metadata"]


def with_meta(obj: Object, **changes: Any) -> Object:
    """A copy that shares everything but metadata; a value of None removes the field."""
    meta = dict(obj["metadata"])
    for field, value in changes.items():
        if value is None:
            meta.pop(field, None)
        else:
            meta[field] = value
    return {**obj, "metadata": meta}


def condition_of(obj: Object, type_: str) -> Object | None:
    for condition in obj.get("status", {}).get("conditions") or ():
        if condition["type"] == type_:
            return condition
    return None


def condition_true(obj: Object, type_: str) -> bool:
    condition = condition_of(obj, type_)
    return condition is not None and condition["status"] == "True"
