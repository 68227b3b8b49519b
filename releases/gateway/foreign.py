"""Which fields of an object belong to somebody else: not to Slipway, nor to the cluster's own controllers. Pure.

A value goes along only where it can be no secret: numbers, and texts of fields that are known to be harmless. Of
others a seal goes along, by which whoever knows what Slipway set can tell whether it is that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from releases.gateway.added import added, is_addition, only_others
from releases.gateway.fields import MISSING, find, names_in
from releases.gateway.lost import Lost, Rival, lost, ruled_out
from releases.gateway.ownership import FENCE, MANAGER, REPLICAS_MANAGER, is_mark
from releases.gateway.stated import FIELDS, Tree, states, unpacked
from releases.scaled import AUTOSCALER, REPLICAS
from releases.sealing import sealed

OURS = frozenset({MANAGER, REPLICAS_MANAGER})
# What these write is how a cluster works, not somebody's change; but for what an autoscaler sets (see `foreign`).
CONTROLLERS = frozenset({AUTOSCALER, "kube-scheduler", "kubelet", "kruise-manager", "kwok"})
OUR_NOTES = f".metadata.annotations.{FENCE}"
MOST_FIELDS, MOST_MANAGERS, LONGEST_NAME, LONGEST_VALUE = 40, 8, 300, 200

_LOOKED_AT = (".spec.", ".metadata.labels.", ".metadata.annotations.")
_NOT_OURS = (
    ".metadata.annotations.deployment.kubernetes.io/",
    ".metadata.annotations.kubectl.kubernetes.io/",
)
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


def foreign(item: Mapping[str, Any], *, lost_marks: Collection[str] = ()) -> list[dict[str, Any]]:
    """`{manager, operation, at, fields: [{path, value, shown}]}` for each manager with fields Slipway could set.

    At most MOST_FIELDS fields, those of the spec first; `value` is None where it is not `shown`, which has a `seal`.
    What Slipway owns together with somebody comes last, as `shared`: it has the value that Slipway set, but who sets
    another one meets a conflict. The number of instances that an autoscaler set is among it: whether that one is
    Slipway's own, the object does not say. Each addition to the template, see `added`, is one field; its `value` is the
    image of a container. Slipway's own marks are none of it but for `lost_marks`, which somebody wrote over: who did is
    worth knowing.
    """
    found, ours = _alone(item, set(lost_marks)), _ours(item)
    room = MOST_FIELDS - sum(len(one["fields"]) for one in found)
    for manager, entry in _entries(item):
        if manager in OURS | CONTROLLERS or entry.get("subresource") == "status":
            continue
        rows = [{**_field(item, name), "shared": True} for name in _first(_names(entry) & ours, room)]
        told = _told(manager, entry)
        known = next((one for one in found if told.items() <= one.items()), None)
        if known:
            known["fields"] += rows
        elif rows and len(found) < MOST_MANAGERS:
            found.append({**told, "fields": rows})
        else:
            continue
        room -= len(rows)
    return found


def _alone(item: Mapping[str, Any], lost_marks: set[str]) -> list[dict[str, Any]]:
    """What is not Slipway's at all."""
    entries, ours = _entries(item), _ours(item)
    extra = {one.field: one.manager for one in only_others(item, additions(item, _tree_of(item)))}
    untold = dict(extra)
    found: list[dict[str, Any]] = []
    room = MOST_FIELDS
    for manager, entry in entries:
        if manager in OURS or entry.get("subresource") == "status":
            continue
        has = _names(entry) - ours
        if manager in CONTROLLERS:
            has &= {REPLICAS} if manager == AUTOSCALER and entry.get("subresource") == "scale" else set()
        has = {one for one in has if not any(one.startswith(field) for field in extra)}
        for field in [one for one, by in untold.items() if by == manager]:
            has.add(field)
            del untold[field]
        names = [*_first(has, room), *sorted(has & lost_marks)]
        if names and len(found) < MOST_MANAGERS:
            room -= len(names)
            fields = [{**_field(item, name), **_seal(item, name)} for name in names]
            found.append({**_told(manager, entry), "fields": fields})
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


def lost_to_others(item: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The same for what Slipway set and is not there any more (`gone`): of nobody, as nobody owns what is not there; of
    a manager, where that one put something in its place, whose name is the `value`.
    """
    notes = (item.get("metadata") or {}).get("annotations") or {}
    gone = [one for one in lost(item, _tree_of(item)) if _counts(one.field)]
    if FENCE not in notes and any(manager == MANAGER for manager, _entry in _entries(item)):
        # Without its annotations nobody can tell what else is missing.
        gone.append(Lost(OUR_NOTES, None))
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for one in sorted(gone, key=lambda one: _rank(one.field)):
        manager, at, told = (one.rival.manager, one.rival.at, one.rival.told) if one.rival else ("", "", None)
        row = {"path": one.field, "value": told, "shown": told is not None, "gone": True}
        if sum(map(len, found.values())) < MOST_FIELDS:
            found.setdefault((manager, at), []).append(row)
    return [
        {"manager": manager, "operation": "", "at": at, "fields": rows} for (manager, at), rows in sorted(found.items())
    ]


def untold(item: Mapping[str, Any], told: Sequence[Mapping[str, Any]]) -> int:
    """How many fields others have of what Slipway set, or that are gone, and are not among what is `told` of them."""
    shown = {row["path"] for one in told for row in one["fields"]}
    if len(shown) < MOST_FIELDS and len(told) < MOST_MANAGERS:
        return 0  # nothing was cut
    ours, tree = _ours(item), _tree_of(item)
    theirs = {one.field for one in lost(item, tree) if _counts(one.field)}
    for manager, entry in _entries(item):
        if manager not in OURS | CONTROLLERS and entry.get("subresource") != "status":
            theirs |= {one for one in _names(entry) if _counts(one) and (one in ours or states(tree, one))}
    return len(theirs - shown)


def additions(live: Mapping[str, Any], tree: Tree) -> list[Rival]:
    """What others than Slipway and the cluster's controllers added to the template of a workload; see `added`. Nothing
    where the names of what Slipway set are not known: all of it would look added.
    """
    return added(live, tree, besides=OURS | CONTROLLERS) if tree else []


def is_left(rival: Rival, left: Mapping[str, str]) -> bool:
    """Whether what stands in the place of ours is left to who put it there, or something in it is."""
    if not rival.manager:
        return False
    at = "".join(rival.place)
    inside = (field for field, manager in left.items() if manager == rival.manager and field.startswith(at))
    return left.get(rival.field) == rival.manager or any(one[len(at) :][:1] in ("", ".", "[") for one in inside)


def kept_by_others(live: Mapping[str, Any], left: Mapping[str, str], in_the_way: Sequence[Rival] = ()) -> set[str]:
    """Which of the fields left to a manager (field → manager) belong to it indeed, or have something of it in their
    place.

    A field that it does not have, or has given up, nobody would set: leaving it out would take its value away. What a
    field that is left leaves no room for goes with it. A mark of Slipway's is left to nobody.
    """
    left = {field: manager for field, manager in left.items() if not is_mark(field)}
    if not left:
        return set()
    has = {name for manager, entry in _entries(live) for name in _names(entry) if left.get(name) == manager}
    bound = {field for field, by in ruled_out(live).items() if "".join(by) in has}
    return has | bound | {one.field for one in in_the_way if is_left(one, left)}


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


def _tree_of(item: Mapping[str, Any]) -> Tree:
    """The names of what Slipway set, as the object carries them."""
    notes = (item.get("metadata") or {}).get("annotations") or {}
    return unpacked(str(notes.get(FIELDS, "")))


def _ours(item: Mapping[str, Any]) -> set[str]:
    return {name for manager, entry in _entries(item) if manager in OURS for name in _names(entry)}


def _told(manager: str, entry: Mapping[str, Any]) -> dict[str, str]:
    operation, at = str(entry.get("operation") or ""), str(entry.get("time") or "")
    return {"manager": manager, "operation": operation[:20], "at": at[:40]}


def _first(names: Iterable[str], room: int) -> list[str]:
    return sorted((one for one in names if _counts(one)), key=_rank)[:room]


def _names(entry: Mapping[str, Any]) -> set[str]:
    return names_in(entry.get("fieldsV1") or {})


def _counts(name: str) -> bool:
    # Slipway's own marks are written anew with every release, whoever wrote there.
    known = name.startswith(_LOOKED_AT) and not name.startswith(_NOT_OURS) and not is_mark(name)
    return known and len(name) <= LONGEST_NAME and name.isprintable()


def _rank(name: str) -> tuple[bool, str]:
    return not name.startswith(".spec."), name


def _field(item: Mapping[str, Any], name: str) -> dict[str, Any]:
    # Of a container, its image says most.
    image = find(item, f"{name}.image") if is_addition(name) else MISSING
    value = find(item, name) if image is MISSING else image
    is_shown = value is not MISSING and shown(name if image is MISSING else f"{name}.image", value)
    return {"path": name, "value": value if is_shown else None, "shown": is_shown}


def _seal(item: Mapping[str, Any], name: str) -> dict[str, str]:
    value = find(item, name)
    return {} if value is MISSING or shown(name, value) else {"seal": sealed(value)}
