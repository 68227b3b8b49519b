"""Priorities of pods: the classes that a control plane begins with, and what a new pod gets of its class."""

from __future__ import annotations

from . import errors, kinds
from .objects import Object
from .store import Store

_POLICY = "PreemptLowerPriority"
_NONE: Object = {"metadata": {"name": ""}, "value": 0, "preemptionPolicy": _POLICY}
SYSTEM = {
    "system-cluster-critical": (
        2_000_000_000,
        "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
    ),
    "system-node-critical": (
        2_000_001_000,
        "Used for system critical pods that must not be moved from their current node.",
    ),
}


def default_class(store: Store) -> Object | None:
    """The class of pods that name none; the lowest, should there be several."""
    marked = [row for row in store.each(kinds.PRIORITY_CLASS) if row.get("globalDefault")]
    return min(marked, key=lambda row: int(row["value"]), default=None)


def fill(store: Store, pod: Object) -> None:
    """Give a new pod the priority of its class, in place; 403 when there is no such class, or it states another one."""
    spec, meta = pod["spec"], pod["metadata"]
    named = spec.get("priorityClassName", "")
    chosen = store.get(kinds.PRIORITY_CLASS, "", named) if named else default_class(store) or _NONE
    title = meta.get("name") or meta.get("generateName", "")
    if chosen is None:
        raise errors.forbidden(kinds.POD, title, f"no PriorityClass with name {named} was found")
    words = (
        "must not be provided in pod spec; priority admission controller computed {} from the given PriorityClass name"
    )
    for field, called, given in (
        ("priority", "the integer value of priority", chosen["value"]),
        ("preemptionPolicy", "the string value of PreemptionPolicy", chosen["preemptionPolicy"]),
    ):
        if spec.setdefault(field, given) != given:
            raise errors.forbidden(kinds.POD, title, f"{called} ({spec[field]}) {words.format(given)}")
    if chosen["metadata"]["name"]:
        spec["priorityClassName"] = chosen["metadata"]["name"]


def carry_over(old: Object, new: Object) -> None:
    """A pod that is changed keeps what it was given, in place."""
    for field in ("priority", "preemptionPolicy"):
        if field in old:
            new.setdefault(field, old[field])


def check(store: Store, obj: Object) -> None:
    """Refuse (403) a second class for pods that name none."""
    present, name = default_class(store), obj["metadata"]["name"]
    if obj.get("globalDefault") and present is not None and present["metadata"]["name"] != name:
        words = f"PriorityClass {present['metadata']['name']} is already marked as default. Only one default can exist"
        raise errors.forbidden(kinds.PRIORITY_CLASS, name, words)
