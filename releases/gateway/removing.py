"""Deleting: one object of a known uid, or what an app no longer has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from releases.gateway.client import Client, object_path
from releases.gateway.discovery import served
from releases.gateway.fencing import refuse_newer
from releases.gateway.kinds import POD, PRUNED, REPLICASET, WORKLOADS, Kind, kind_named
from releases.gateway.ownership import (
    APP_ID,
    MANAGED_BY,
    MANAGER,
    is_adopted,
    was_adopted,
    was_ours,
    workload_of,
)
from releases.gateway.pruning import Key, Pruned, divide, in_order
from releases.gateway.reading import instances_of
from releases.gateway.refusals import Absent, Outdated


def delete(client: Client, kind: Kind, name: str, *, namespace: str, uid: str, resource_version: str = "") -> bool:
    """Delete exactly this object and, in the background, what it owns. False when it is already gone."""
    preconditions = {"uid": uid} | ({"resourceVersion": resource_version} if resource_version else {})
    options = {"propagationPolicy": "Background", "preconditions": preconditions}
    body = {"apiVersion": "v1", "kind": "DeleteOptions", **options}
    path = object_path(kind, name, namespace=namespace if kind.namespaced else "")
    try:
        client.json("DELETE", path, what=f"{kind.kind} {name}", body=body)
    except Absent:
        return False
    except Outdated:
        live = client.find(kind, name, namespace=namespace)
        if live is None or live["metadata"].get("uid") != uid:
            return False
        if resource_version:
            raise
        return delete(client, kind, name, namespace=namespace, uid=uid)
    return True


def delete_instance(
    client: Client, name: str, *, namespace: str, uid: str, workload: tuple[Kind, str], fence: int
) -> bool:
    """See `Gateway.delete_instance`. Instances carry no fence of their own, so that of their workload counts."""
    kind, owner = workload
    live = client.find(kind, owner, namespace=namespace)
    if live is None:
        return False
    refuse_newer(client, live, fence=fence, what=f"{kind.kind} {owner}")
    _sets, pods = instances_of(client, live, namespace=namespace)
    if all(pod["metadata"].get("uid") != uid for pod in pods):
        return False
    return delete(client, POD, name, namespace=namespace, uid=uid)


def prune(
    client: Client, *, namespace: str, app_id: str, keep: Iterable[Key], fence: int, adopted: Iterable[Key]
) -> Pruned:
    """See `Gateway.prune`."""
    labels = f"{MANAGED_BY}={MANAGER},{APP_ID}={app_id}"
    kinds = served(client, PRUNED)
    listed: dict[Key, dict[str, Any]] = {}
    for kind in kinds:
        for item in client.list(kind, namespace=namespace, labels=labels):
            listed[kind.kind, item["metadata"]["name"]] = item
    running = [(kind, item) for (kind, _name), item in listed.items() if kind in WORKLOADS]
    for owned in (REPLICASET, POD):
        running += [(owned.kind, item) for item in client.list(owned, namespace=namespace, labels=labels)]
    lost = [(kind_named(kind), name) for kind, name in adopted if (kind, name) not in listed]
    found = [(kind, live) for kind, name in lost if (live := client.find(kind, name, namespace=namespace))]
    astray = [row for row in found if was_adopted(row[1], app_id=app_id)]
    astray += _astray(client, [item for _kind, item in running], namespace=namespace, app_id=app_id)
    for kind, item in astray:
        listed[kind.kind, item["metadata"]["name"]] = item
        running.append((kind.kind, item))
    for item in filter(is_adopted, [item for _kind, item in running]):
        sets, pods = instances_of(client, item, namespace=namespace)
        running += [*((REPLICASET.kind, one) for one in sets), *((POD.kind, one) for one in pods)]
    doomed, spared = divide(listed, keep=keep, running=running)
    by_name = {kind.kind: kind for kind in kinds}
    removed = []
    for key in in_order(doomed):
        if remove(client, by_name[key[0]], listed[key], namespace=namespace, fence=fence):
            removed.append(key)
    return Pruned(removed=tuple(removed), spared=tuple(sorted(spared)))


def _astray(
    client: Client, running: list[dict[str, Any]], *, namespace: str, app_id: str
) -> Iterator[tuple[Kind, dict[str, Any]]]:
    """The workloads that no list tells, because somebody changed their labels, found by what they run."""
    known = {str(one["metadata"].get("uid", "")) for one in running}
    owners = {workload_of(one) for one in running}
    for name, workload, uid in sorted(one for one in owners if one[0] in WORKLOADS and one[2] not in known):
        kind = kind_named(name)
        live = client.find(kind, workload, namespace=namespace)
        if live is None or live["metadata"].get("uid") != uid:
            continue
        if was_ours(live, app_id=app_id):
            yield kind, live


def remove(client: Client, kind: Kind, item: dict[str, Any] | None, *, namespace: str, fence: int) -> bool:
    """Delete as it was seen; when it changed meanwhile, look at its fence again. Raises FenceLost."""
    while item is not None:
        metadata = item["metadata"]
        refuse_newer(client, item, fence=fence, what=f"{kind.kind} {metadata['name']}")
        if metadata.get("deletionTimestamp"):
            return False
        try:
            return delete(
                client,
                kind,
                metadata["name"],
                namespace=namespace,
                uid=metadata["uid"],
                resource_version=metadata["resourceVersion"],
            )
        except Outdated:
            found = client.find(kind, metadata["name"], namespace=namespace)
            item = found if found and found["metadata"]["uid"] == metadata["uid"] else None
    return False
