"""What others added to the instances of a workload: containers, variables, volumes and the like. Pure.

Server-side apply neither meets it nor takes it away. An addition is told as a whole, whatever is in it; what one is
about is known by its name alone, so that whoever only has the names of fields finds it too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from releases.gateway.fields import name_of_step
from releases.gateway.lost import Place, Rival, held_at, rivals
from releases.gateway.ownership import MANAGER, REPLICAS_MANAGER
from releases.gateway.stated import Tree

_POD: Place = (".spec", ".template", ".spec")
_BOXES = (".containers", ".initContainers")
_IN_BOXES = (".env", ".ports", ".volumeMounts", ".volumeDevices")
_LEAVES = (".args", ".command", ".envFrom")

_ROW = r"\[\w+=\"(?:[^\"\\]|\\.)*\"\]"
_PORT = r"\[containerPort=\d+,protocol=\"[A-Z]+\"\]"
_ADDITION = re.compile(
    rf"\.spec\.template\.spec\.(?:volumes{_ROW}"
    rf"|(?:containers|initContainers){_ROW}"
    rf"(?:\.(?:env|volumeMounts|volumeDevices){_ROW}|\.ports{_PORT}|\.(?:args|command|envFrom))?)"
)


def is_addition(field: str) -> bool:
    """Whether a field, if Slipway does not state it, is an addition by its name."""
    return _ADDITION.fullmatch(field) is not None


def added(live: Mapping[str, Any], tree: Tree, *, besides: frozenset[str]) -> list[Rival]:
    """What managers besides these have in the template that a tree (see `stated`) does not state, the outermost of it.

    What stands in the place of something that is stated is none of it: see `rivals`.
    """
    known = {one.place for one in rivals(live, tree)}
    entries = [
        entry
        for entry in (live.get("metadata") or {}).get("managedFields") or []
        if entry.get("subresource") != "status" and entry.get("manager") not in besides
    ]
    found: dict[Place, Rival] = {}
    for entry in sorted(entries, key=lambda one: str(one.get("manager"))):
        for place, whole in _places(entry):
            # Whoever added a row has the row itself, not just something in it.
            if not whole or place in found or _is_stated(tree, place):
                continue
            manager = "".join(filter(str.isprintable, str(entry.get("manager") or "")))[:128]
            found[place] = Rival("".join(place), place, manager, str(entry.get("time") or "")[:40], "")
    around = known | set(found)
    return [
        found[place]
        for place in sorted(found)
        if place not in known and not any(place[:deep] in around for deep in range(len(_POD), len(place)))
    ]


def only_others(live: Mapping[str, Any], found: list[Rival]) -> list[Rival]:
    """Those of which Slipway has nothing: it may have written what a tree that was lost does not tell any more."""
    entries = (live.get("metadata") or {}).get("managedFields") or []
    ours = [one.get("fieldsV1") or {} for one in entries if one.get("manager") in (MANAGER, REPLICAS_MANAGER)]
    return [one for one in found if not any(held_at(fields, one.place) is not None for fields in ours)]


def _places(entry: Mapping[str, Any]) -> Iterator[tuple[Place, bool]]:
    """Where a manager has rows or fields that count, and whether it is the one that has the row itself."""
    pod: Any = entry.get("fieldsV1") or {}
    for step in _POD:
        pod = pod.get(f"f:{step[1:]}") or {}
    yield from _rows(pod, ".volumes", _POD)
    for box in _BOXES:
        for place, whole in _rows(pod, box, _POD):
            yield place, whole
            inside = _row_of(pod, box, place)
            for each in _IN_BOXES:
                yield from _rows(inside, each, place)
            for leaf in _LEAVES:
                if f"f:{leaf[1:]}" in inside:
                    yield (*place, leaf), True


def _rows(fields: Mapping[str, Any], of: str, at: Place) -> Iterator[tuple[Place, bool]]:
    for step, inside in (fields.get(f"f:{of[1:]}") or {}).items():
        if step.startswith("k:"):
            yield (*at, of, name_of_step(step)[0]), "." in inside


def _row_of(fields: Mapping[str, Any], of: str, place: Place) -> Mapping[str, Any]:
    rows = fields[f"f:{of[1:]}"]
    return next((rows[step] for step in rows if step.startswith("k:") and name_of_step(step)[0] == place[-1]), {})


def _is_stated(tree: Tree, place: Place) -> bool:
    """Whether a tree states something there, or something around it as one value."""
    at: Tree = tree
    for step in place:
        if step not in at:
            # A list that is stated as one value has nothing inside.
            return not at and at is not tree and not step.startswith(".")
        at = at[step]
    return True
