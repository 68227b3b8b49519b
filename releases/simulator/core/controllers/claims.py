"""Claims of volumes: a storage that has room for each of them, and grows with them.

Every storage class there is a name for provides here, as on a cluster with a provisioner behind each; only a claim that
wants none (an empty class) waits for a volume by hand, which nobody can make.
"""

from __future__ import annotations

from .. import deletion, quantities
from ..kinds import CLAIM, POD
from ..objects import Object, annotations_of, is_deleting, with_meta
from ..preparing import CLAIM_IN_USE
from ..world import World

_PROVISIONED_AFTER = 0.5
_RESIZED_AFTER = 1.0
_COMPONENT = "persistentvolume-controller"
_BOUND_BY = {"pv.kubernetes.io/bind-completed": "yes", "pv.kubernetes.io/bound-by-controller": "yes"}


def names_of(pod: Object) -> list[str]:
    """The claims that a pod mounts."""
    volumes = pod["spec"].get("volumes") or ()
    return [row["persistentVolumeClaim"]["claimName"] for row in volumes if "persistentVolumeClaim" in row]


def reconcile(world: World, key: tuple[str, str]) -> None:
    claim = world.store.get(CLAIM, *key)
    if claim is None:
        return
    if is_deleting(claim):
        _let_go(world, claim)
    elif claim["status"]["phase"] == "Pending":
        _bind(world, claim, key)
    else:
        _grow(world, claim, key)


def _let_go(world: World, claim: Object) -> None:
    """A deleted claim stays as long as a node runs a pod that mounts it."""
    meta = claim["metadata"]
    finalizers = meta.get("finalizers") or []
    if CLAIM_IN_USE not in finalizers:
        return
    placed = (pod for pod in world.store.each(POD, namespace=meta["namespace"]) if pod["spec"].get("nodeName"))
    if any(meta["name"] in names_of(pod) for pod in placed):
        return
    world.runtime.pop(f"claim/{meta['uid']}", None)
    left = [row for row in finalizers if row != CLAIM_IN_USE]
    deletion.finish_if_free(world, CLAIM, world.update(CLAIM, claim, with_meta(claim, finalizers=left or None)))


def _bind(world: World, claim: Object, key: tuple[str, str]) -> None:
    if claim["spec"].get("storageClassName") == "":
        message = "no persistent volumes available for this claim and no storage class is set"
        world.event(CLAIM, claim, "FailedBinding", message, component=_COMPONENT)
        return
    if not _is_time(world, claim, key, after=_PROVISIONED_AFTER):
        return
    name = f"pvc-{claim['metadata']['uid']}"
    marked = with_meta(claim, annotations={**annotations_of(claim), **_BOUND_BY})
    world.event(CLAIM, claim, "ProvisioningSucceeded", f"Successfully provisioned volume {name}", component=_COMPONENT)
    spec = {**claim["spec"], "volumeName": name}
    status = {"phase": "Bound", "accessModes": spec["accessModes"], "capacity": _asked(claim)}
    world.update(CLAIM, claim, {**marked, "spec": spec, "status": status})


def _grow(world: World, claim: Object, key: tuple[str, str]) -> None:
    wanted, present = _asked(claim)["storage"], claim["status"]["capacity"]["storage"]
    if quantities.parse(wanted) > quantities.parse(present) and _is_time(world, claim, key, after=_RESIZED_AFTER):
        world.update_status(CLAIM, claim, capacity=_asked(claim))


def _asked(claim: Object) -> Object:
    return {"storage": claim["spec"]["resources"]["requests"]["storage"]}


def _is_time(world: World, claim: Object, key: tuple[str, str], *, after: float) -> bool:
    """Whether as long has passed since this was first asked; if not, it will be asked again then."""
    memory = world.runtime.setdefault(f"claim/{claim['metadata']['uid']}", {})
    due = memory.setdefault("due", world.now + after)
    if world.now < due:
        world.agenda.add("claim", key, at=due)
        return False
    del world.runtime[f"claim/{claim['metadata']['uid']}"]
    return True
