"""Garbage collection by owner references, and deletion in the foreground."""

from __future__ import annotations

from ..deletion import finish_if_free, orphan
from ..kinds import BY_NAME, BY_RESOURCE, Kind
from ..objects import Object, is_deleting, key_of, with_meta
from ..world import FOREGROUND, ORPHAN, World


def _delete(world: World, kind: Kind, dependent: Object, *, foreground: bool) -> None:
    if not (foreground and world.store.dependents(dependent["metadata"]["uid"])):
        world.delete(kind, dependent)
        return
    finalizers = [*(dependent["metadata"].get("finalizers") or ()), FOREGROUND]
    marked = with_meta(dependent, finalizers=finalizers, deletionTimestamp=world.stamp(), deletionGracePeriodSeconds=0)
    world.store.put(kind, marked)
    world.soon("garbage", (dependent["metadata"]["uid"], ""))


def reconcile(world: World, key: tuple[str, str]) -> None:
    """Look after the dependents of the owner whose uid is ``key[0]``.

    It is gone, or waits: for them to go too, or to be nobody's.
    """
    uid = key[0]
    owner = world.store.by_uid(uid)
    waits = set(owner[1]["metadata"].get("finalizers") or ()) & {FOREGROUND, ORPHAN} if owner is not None else set()
    if owner is not None and not (waits and is_deleting(owner[1])):
        return
    for kind, dependent in world.store.dependents(uid):
        others = [row["uid"] for row in dependent["metadata"]["ownerReferences"] if row["uid"] != uid]
        if ORPHAN in waits or any(world.store.by_uid(other) is not None for other in others):
            orphan(world, kind, dependent, uid)
        elif not is_deleting(dependent):
            _delete(world, kind, dependent, foreground=owner is not None)
    if owner is not None and not world.store.dependents(uid):
        kind, obj = owner
        left = [row for row in obj["metadata"]["finalizers"] if row not in waits]
        stored = world.update(kind, obj, with_meta(obj, finalizers=left or None))
        if not finish_if_free(world, kind, stored):
            world.delete(kind, stored)


def look_for_owners(world: World, kind: Kind, obj: Object) -> None:
    """Have an object looked at that names an owner which is not there, and perhaps never was."""
    if _missing(world, obj):
        namespace, name = key_of(obj)
        world.soon("orphan", (f"{kind.resource}/{namespace}", name))


def reconcile_dependent(world: World, key: tuple[str, str]) -> None:
    """Delete an object, named by ``(resource/namespace, name)``, none of whose owners is there."""
    resource, _, namespace = key[0].partition("/")
    kind = BY_RESOURCE[resource]
    obj = world.store.get(kind, namespace, key[1])
    missing = _missing(world, obj) if obj is not None else []
    if obj is None or not missing or is_deleting(obj):
        return
    if len(missing) == len(obj["metadata"]["ownerReferences"]):
        world.delete(kind, obj)
        return
    for uid in missing:
        obj = orphan(world, kind, obj, uid)


def _missing(world: World, obj: Object) -> list[str]:
    """The uids of owners that are not where they are said to be. Nobody can tell of kinds that are not served."""
    found = []
    for reference in obj["metadata"].get("ownerReferences") or ():
        kind = BY_NAME.get((reference["apiVersion"], reference["kind"]))
        if kind is None:
            continue
        home = obj["metadata"].get("namespace", "") if kind.namespaced else ""
        owner = world.store.get(kind, home, reference["name"])
        if owner is None or owner["metadata"]["uid"] != reference["uid"]:
            found.append(reference["uid"])
    return found
