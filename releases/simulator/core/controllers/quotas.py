"""ResourceQuotas: what their namespaces use."""

from __future__ import annotations

from .. import quantities, quota
from ..kinds import REPLICA_SET, RESOURCE_QUOTA
from ..objects import condition_true
from ..world import World


def reconcile(world: World, key: tuple[str, str]) -> None:
    """Count the use of one namespace, and let ReplicaSets try again that a quota had stopped."""
    namespace = key[0]
    for obj in world.store.each(RESOURCE_QUOTA, namespace=namespace):
        hard = obj["spec"].get("hard") or {}
        used = quota.usage(world.store, namespace, hard)
        shown = {name: quantities.show(amount, like=name) for name, amount in used.items()}
        world.update_status(RESOURCE_QUOTA, obj, hard=hard, used=shown)
    for row in world.store.each(REPLICA_SET, namespace=namespace):
        if condition_true(row, "ReplicaFailure"):
            world.soon("replicaset", (namespace, row["metadata"]["name"]), after=0.1)
