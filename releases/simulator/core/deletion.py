"""DELETE: preconditions, grace, and what becomes of the dependents."""

from __future__ import annotations

from . import errors
from .kinds import JOB, NAMESPACE, Kind
from .objects import Object, is_deleting, with_meta
from .validate import names
from .world import FOREGROUND, ORPHAN, World

PODS_STAY = (
    "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set "
    "propagationPolicy=Orphan to suppress this warning"
)
POLICIES = ("Foreground", "Background", "Orphan")
_WAITS = {"Foreground": FOREGROUND, "Orphan": ORPHAN}
"""For what an object waits before it goes: that its dependents are gone, or its own no more."""


def _check(kind: Kind, obj: Object, options: Object) -> str:
    """The propagation policy, after the preconditions have held."""
    meta = obj["metadata"]
    wanted = options.get("preconditions") or {}
    for field, words, happened in (
        ("uid", "UID", "deleted and then recreated"),
        ("resourceVersion", "ResourceVersion", "modified"),
    ):
        asked = wanted.get(field)
        if asked is not None and str(asked) != meta[field]:
            why = (
                f"the {words} in the precondition ({asked}) does not match the {words} in record ({meta[field]}). "
                f"The object might have been {happened}"
            )
            raise errors.precondition(kind, meta["name"], why)
    grace = options.get("gracePeriodSeconds")
    if grace is not None and (isinstance(grace, bool) or not isinstance(grace, int)):
        raise errors.bad_request("json: cannot unmarshal value into Go struct field DeleteOptions.gracePeriodSeconds")
    # Since long before there were policies a Job leaves its pods behind.
    orphans = options.get("orphanDependents", kind == JOB)
    return str(options.get("propagationPolicy") or ("Orphan" if orphans else "Background"))


def faults(options: Object) -> list[errors.Cause]:
    """What is wrong with how a deletion is asked for, whatever is to be deleted."""
    field, policy = "propagationPolicy", options.get("propagationPolicy")
    causes = []
    if policy is not None and options.get("orphanDependents") is not None:
        words = "orphanDependents and deletionPropagation cannot be both set"
        causes.append(names.bad(field, policy, words))
    if policy is not None and policy not in POLICIES:
        causes.append(names.unsupported(field, policy, (*POLICIES, "nil")))
    return causes


def delete(world: World, kind: Kind, obj: Object, *, options: Object, dry_run: bool) -> tuple[Object, bool]:
    """``(the object as it last was, whether it is gone)``; 409 when a precondition does not hold."""
    policy = _check(kind, obj, options)
    uid, grace = obj["metadata"]["uid"], options.get("gracePeriodSeconds")
    waits = _WAITS.get(policy, "") if kind != NAMESPACE and not is_deleting(obj) else ""
    if waits:
        obj = with_meta(obj, finalizers=[*(obj["metadata"].get("finalizers") or ()), waits])
    if dry_run:
        marked = with_meta(obj, deletionTimestamp=world.stamp(), deletionGracePeriodSeconds=0)
        return (marked, False) if waits else (obj, True)
    last = world.delete(kind, obj, grace=grace)
    if waits:
        world.soon("garbage", (uid, ""))
    meta = last["metadata"]
    return last, world.store.get(kind, meta.get("namespace", ""), meta["name"]) is None


def orphan(world: World, kind: Kind, dependent: Object, uid: str) -> Object:
    """Take one owner out of a dependent's references."""
    references = [row for row in dependent["metadata"].get("ownerReferences") or () if row["uid"] != uid]
    return world.update(kind, dependent, with_meta(dependent, ownerReferences=references or None))


def finish_if_free(world: World, kind: Kind, obj: Object) -> bool:
    """Remove an object whose deletion waited for finalizers only; tells whether it did."""
    meta = obj["metadata"]
    if not is_deleting(obj) or meta.get("finalizers") or kind.resource in ("pods", "namespaces"):
        return False
    world.store.remove(kind, obj)
    return True
