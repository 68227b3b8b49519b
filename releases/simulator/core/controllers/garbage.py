"""Garbage collection by owner references, and deletion in the foreground."""

from __future__ import annotations

from ..deletion import orphan
from ..kinds import Kind
from ..objects import Object, is_deleting, with_meta
from ..world import FOREGROUND, World


def _delete(world: World, kind: Kind, dependent: Object, *, foreground: bool) -> None:
    if not (foreground and world.store.dependents(dependent["metadata"]["uid"])):
        world.delete(kind, dependent)
        return
    finalizers = [*(dependent["metadata"].get("finalizers") or ()), FOREGROUND]
    marked = with_meta(dependent, finalizers=finalizers, deletionTimestamp=world.stamp(), deletionGracePeriodSeconds=0)
    world.store.put(kind, marked)
    world.soon("garbage", (dependent["metadata"]["uid"], ""))


def reconcile(world: World, key: tuple[str, str]) -> None:
    """Look after the dependents of the owner whose uid is ``key[0]``: it is gone, or waits for them to go."""
    uid = key[0]
    owner = world.store.by_uid(uid)
    if owner is not None and FOREGROUND not in (owner[1]["metadata"].get("finalizers") or ()):
        return
    for kind, dependent in world.store.dependents(uid):
        others = [row["uid"] for row in dependent["metadata"]["ownerReferences"] if row["uid"] != uid]
        if any(world.store.by_uid(other) is not None for other in others):
            orphan(world, kind, dependent, uid)
        elif not is_deleting(dependent):
            _delete(world, kind, dependent, foreground=owner is not None)
    if owner is not None and not world.store.dependents(uid):
        kind, obj = owner
        left = [row for row in obj["metadata"]["finalizers"] if row != FOREGROUND]
        stored = world.update(kind, obj, with_meta(obj, finalizers=left or None))
        if not left:
            world.store.remove(kind, stored)
