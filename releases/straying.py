"""Workloads that are there and that no list tells: somebody changed the labels by which Slipway knows them. Pure.

What they run carries the labels of their template, so it is still told, and names what it belongs to. A workload that
was deleted looks the same until the cluster has cleaned up behind it, which takes it a moment. Of a kind that was not
listed (`unlisted` in a snapshot) that none is told says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

APP, PROCESS, TRACK = "slipway.dev/app", "slipway.dev/process", "slipway.dev/track"
REVISION = "deployment.kubernetes.io/revision"
KINDS = frozenset({"Deployment", "StatefulSet", "CloneSet"})

Raw = Mapping[str, Any]


def found(snapshot: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The workloads as far as what they run tells of them, `astray` where a list lacks them, as `reading.read` takes
    them.
    """
    unlisted = snapshot.get("unlisted", ())
    told = {_meta(one).get("uid") for one in snapshot.get("workloads", ())}
    owned: dict[tuple[str, str, str], list[Raw]] = {}
    for one in (*snapshot.get("replicasets", ()), *snapshot.get("pods", ())):
        owner = owner_of(one)
        if owner and owner[2] not in told and (_meta(one).get("labels") or {}).get(PROCESS):
            owned.setdefault(owner, []).append(one)
    pods = snapshot.get("pods", ())
    return [
        {**_workload(owner, mine, pods=pods), "astray": owner[0] not in unlisted}
        for owner, mine in sorted(owned.items())
    ]


def owner_of(item: Raw) -> tuple[str, str, str] | None:
    """(kind, name, uid) of the workload that an object belongs to; None where that is none."""
    owners = _meta(item).get("ownerReferences") or ()
    owner = next((one for one in owners if one.get("controller") and one.get("kind") in KINDS), None)
    return (str(owner["kind"]), str(owner.get("name", "")), str(owner.get("uid", ""))) if owner else None


def _workload(owner: tuple[str, str, str], mine: Sequence[Raw], *, pods: Iterable[Raw]) -> dict[str, Any]:
    """Counts are of its instances: what the workload itself says is not told."""
    kind, name, uid = owner
    newest = max(mine, key=_revision)
    labels = {key: value for key, value in _meta(newest)["labels"].items() if key in (APP, PROCESS, TRACK)}
    above = {uid, *(_meta(one).get("uid") for one in mine)}
    there = [
        pod
        for pod in pods
        if "deletionTimestamp" not in _meta(pod) and {one.get("uid") for one in _owners(pod)} & above
    ]
    ready = sum(_is_ready(pod) for pod in there)
    annotations = {REVISION: str(_revision(newest))} if _revision(newest) else {}
    template = {"spec": (newest.get("spec") or {}).get("template", {"spec": newest.get("spec") or {}}).get("spec", {})}
    return {
        "kind": kind,
        "metadata": {"name": name, "uid": uid, "labels": labels, "annotations": annotations},
        "spec": {"replicas": len(there), "template": template},
        "status": {"replicas": len(there), "readyReplicas": ready, "availableReplicas": ready},
    }


def _is_ready(pod: Raw) -> bool:
    conditions = (pod.get("status") or {}).get("conditions") or ()
    return any(one.get("type") == "Ready" and one.get("status") == "True" for one in conditions)


def _revision(item: Raw) -> int:
    text = str((_meta(item).get("annotations") or {}).get(REVISION, "0"))
    return int(text) if text.isdecimal() else 0


def _owners(item: Raw) -> Sequence[Raw]:
    return _meta(item).get("ownerReferences") or ()


def _meta(item: Raw) -> Raw:
    meta: Raw = item.get("metadata") or {}
    return meta
