"""Namespaces: what a new one gets, and how one that is deleted empties."""

from __future__ import annotations

from ..kinds import CONFIG_MAP, KINDS, NAMESPACE, SERVICE_ACCOUNT
from ..objects import is_deleting
from ..world import World

_CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIBsimulated\n-----END CERTIFICATE-----\n"


def reconcile(world: World, key: tuple[str, str]) -> None:
    name = key[1]
    namespace = world.store.get(NAMESPACE, "", name)
    if namespace is None:
        return
    if is_deleting(namespace):
        _empty(world, name)
        return
    meta = {"namespace": name}
    if world.store.get(SERVICE_ACCOUNT, name, "default") is None:
        account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {**meta, "name": "default"}}
        world.create(SERVICE_ACCOUNT, account)
    if world.store.get(CONFIG_MAP, name, "kube-root-ca.crt") is None:
        world.create(
            CONFIG_MAP,
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {**meta, "name": "kube-root-ca.crt"},
                "data": {"ca.crt": _CERTIFICATE},
            },
        )


def _empty(world: World, name: str) -> None:
    """Delete what is inside; the namespace goes when the last of it has gone."""
    left = False
    for kind in KINDS:
        if not kind.namespaced:
            continue
        for obj in world.store.each(kind, namespace=name):
            current = world.store.get(kind, name, obj["metadata"]["name"])
            if current is not None and not is_deleting(current):
                world.delete(kind, current)
            left = left or world.store.get(kind, name, obj["metadata"]["name"]) is not None
    if not left:
        world.store.remove(NAMESPACE, world.store.need(NAMESPACE, "", name))
