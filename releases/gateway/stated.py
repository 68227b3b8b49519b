"""What a manifest states, as names alone: written onto the workload, so that whoever looks at it knows what is missing.

Clusters tell who owns a field, and say nothing of one that was removed: nobody owns it. So each workload carries the
names of what was applied (`FIELDS`), never a value that could be a secret, small enough for an annotation. Pure.

A tree of steps: `{".spec": {".minReadySeconds": {}}}`, rows of a list by their keys: `'[name="web"]'`. A row that has a
name besides its keys has it under `NAME`.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

FIELDS = "slipway.dev/fields"
NAME = "="
KEY_DEFAULTS = {"protocol": "TCP"}
"""What the API server takes for a part of a row's key that the row does not state."""
LONGEST, LARGEST, DEEPEST = 16_000, 128_000, 40

Tree = dict[str, Any]

_KEYS: Mapping[str, Sequence[tuple[str, ...]]] = {
    "containers": [("name",)],
    "env": [("name",)],
    "hostAliases": [("ip",)],
    "imagePullSecrets": [("name",)],
    "initContainers": [("name",)],
    "ports": [("containerPort", "protocol"), ("port", "protocol")],
    "topologySpreadConstraints": [("topologyKey", "whenUnsatisfiable")],
    "volumeDevices": [("devicePath",)],
    "volumeMounts": [("mountPath",)],
    "volumes": [("name",)],
}
# Of other fields an API server leaves out what is false, empty or 0: that one is not there says nothing.
_TOLD_WHEN_FALSE = frozenset({"allowPrivilegeEscalation", "automountServiceAccountToken"})
# Nobody can change a selector; labels of Slipway's own are given back by whoever meets the object next.
_SKIPPED = frozenset({".spec.selector", ".spec.replicas"})
_OWN_LABELS = frozenset({"app.kubernetes.io/managed-by", "slipway.dev/app-id", "slipway.dev/release"})


def stated(manifest: Mapping[str, Any]) -> Tree:
    """What a manifest states of the spec, of labels and of annotations."""
    metadata = manifest.get("metadata") or {}
    labels = {key: value for key, value in (metadata.get("labels") or {}).items() if key not in _OWN_LABELS}
    told = {"labels": labels, "annotations": metadata.get("annotations")}
    return _tree({"metadata": told, "spec": manifest.get("spec")}, "") or {}


def packed(tree: Tree) -> str:
    """A tree as the value of an annotation; "" for one that is too large to be carried along."""
    text = json.dumps(tree, separators=(",", ":"), ensure_ascii=False)
    made = base64.b64encode(zlib.compress(text.encode(), 9)).decode()
    return made if len(made) <= LONGEST and len(text) <= LARGEST else ""


def unpacked(text: str) -> Tree:
    """The tree that was packed. Anybody may have written there: what cannot be one is empty, and is never large."""
    if not text or len(text) > LONGEST:
        return {}
    try:
        raw = zlib.decompressobj().decompress(base64.b64decode(text, validate=True), LARGEST)
        tree = json.loads(raw)
    except (ValueError, zlib.error, RecursionError):
        return {}
    return tree if _is_tree(tree, DEEPEST) else {}


def states(tree: Tree, name: str) -> bool:
    """Whether a tree has a field by its name, or something in it or around it."""
    inside = ((inner, name[len(step) :]) for step, inner in tree.items() if step != NAME and name.startswith(step))
    return any(not rest or (rest[0] in ".[" and (not inner or states(inner, rest))) for inner, rest in inside)


def row_step(row: Mapping[str, Any], keys: Sequence[str]) -> str:
    """The step of a row by its keys: `[containerPort=8080,protocol="TCP"]`."""
    told = (f"{key}={json.dumps(row.get(key, KEY_DEFAULTS.get(key)), ensure_ascii=False)}" for key in keys)
    return f"[{','.join(told)}]"


def _tree(value: Any, at: str) -> Tree | None:
    """What is stated of a value; None where an API server may leave it out, {} for a leaf."""
    if isinstance(value, Mapping):
        inside = {f".{key}": _tree(one, f"{at}.{key}") for key, one in value.items() if f"{at}.{key}" not in _SKIPPED}
        return {step: one for step, one in inside.items() if one is not None} or None
    last = at.rpartition(".")[2]
    if isinstance(value, Sequence) and not isinstance(value, str):
        keys = _keys(last, value)
        return {row_step(row, keys): _row(row, keys, at) for row in value} if keys else ({} if value else None)
    return {} if value or (value is False and last in _TOLD_WHEN_FALSE) else None


def _row(row: Mapping[str, Any], keys: Sequence[str], at: str) -> Tree:
    rest = _tree({key: one for key, one in row.items() if key not in keys}, f"{at}[]") or {}
    return {**rest, NAME: row["name"]} if "name" not in keys and row.get("name") else rest


def _keys(name: str, rows: Sequence[Any]) -> Sequence[str]:
    """By which keys the rows of a list are told apart; none for a list that is one value."""
    if not rows or not all(isinstance(row, Mapping) for row in rows):
        return ()
    return next((keys for keys in _KEYS.get(name, ()) if all(keys[0] in row for row in rows)), ())


def _is_tree(tree: Any, deep: int) -> bool:
    if not isinstance(tree, dict) or deep == 0:
        return False
    return all(isinstance(one, str) if step == NAME else _is_tree(one, deep - 1) for step, one in tree.items())
