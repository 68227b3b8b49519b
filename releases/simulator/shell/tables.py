"""The tables ``kubectl get`` prints: the columns of every kind, and its cells in rows."""

from __future__ import annotations

from ..core import kinds, versions
from ..core.kinds import Kind
from ..core.objects import Object
from . import cells
from .cells import Cells

_FORMS: dict[str, tuple[str, Cells]] = {
    kinds.POD.resource: ("Ready|Status|Restarts|Age|IP*|Node*|Nominated Node*|Readiness Gates*", cells.pod),
    kinds.DEPLOYMENT.resource: ("Ready|Up-to-date|Available|Age|Containers*|Images*|Selector*", cells.deployment),
    kinds.REPLICA_SET.resource: ("Desired|Current|Ready|Age|Containers*|Images*|Selector*", cells.replica_set),
    kinds.STATEFUL_SET.resource: ("Ready|Age|Containers*|Images*", cells.stateful_set),
    kinds.JOB.resource: ("Status|Completions|Duration|Age|Containers*|Images*|Selector*", cells.job),
    kinds.CRON_JOB.resource: (
        "Schedule|Timezone|Suspend|Active|Last Schedule|Age|Containers*|Images*|Selector*",
        cells.cron_job,
    ),
    kinds.CONTROLLER_REVISION.resource: ("Controller|Revision|Age", cells.revision),
    kinds.SERVICE.resource: ("Type|Cluster-IP|External-IP|Port(s)|Age|Selector*", cells.service),
    kinds.CONFIG_MAP.resource: (
        "Data|Age",
        lambda obj, now: [len(obj.get("data") or {}) + len(obj.get("binaryData") or {}), cells.age(obj, now)],
    ),
    kinds.SECRET.resource: (
        "Type|Data|Age",
        lambda obj, now: [obj.get("type"), len(obj.get("data") or {}), cells.age(obj, now)],
    ),
    kinds.SERVICE_ACCOUNT.resource: (
        "Secrets|Age",
        lambda obj, now: [len(obj.get("secrets") or ()), cells.age(obj, now)],
    ),
    kinds.NAMESPACE.resource: ("Status|Age", lambda obj, now: [obj["status"].get("phase"), cells.age(obj, now)]),
    kinds.AUTOSCALER.resource: ("Reference|Targets|MinPods|MaxPods|Replicas|Age", cells.autoscaler),
    kinds.RESOURCE_QUOTA.resource: ("Age|Request|Limit", cells.quota),
    kinds.INGRESS.resource: ("Class|Hosts|Address|Ports|Age", cells.ingress),
    kinds.GATEWAY.resource: ("Class|Address|Programmed|Age", cells.gateway),
    kinds.HTTP_ROUTE.resource: (
        "Hostnames|Age",
        lambda obj, now: [str(obj["spec"].get("hostnames") or "").replace("'", '"'), cells.age(obj, now)],
    ),
    kinds.CLAIM.resource: (
        "Status|Volume|Capacity|Access Modes|StorageClass|VolumeAttributesClass|Age|VolumeMode*",
        cells.claim,
    ),
    kinds.NODE.resource: ("Status|Roles|Age|Version", cells.node),
    kinds.DISRUPTION_BUDGET.resource: ("Min Available|Max Unavailable|Allowed Disruptions|Age", cells.budget),
    kinds.NETWORK_POLICY.resource: ("Pod-Selector|Age", cells.network_policy),
    kinds.LIMIT_RANGE.resource: cells.CREATED,
    kinds.ROLE.resource: cells.CREATED,
    kinds.CLUSTER_ROLE.resource: cells.CREATED,
    kinds.ROLE_BINDING.resource: cells.BOUND,
    kinds.CLUSTER_ROLE_BINDING.resource: cells.BOUND,
}
_PLAIN: tuple[str, Cells] = ("Age", lambda obj, now: [cells.age(obj, now)])


def _columns(kind: Kind) -> list[Object]:
    if kind == kinds.EVENT:
        names = ["Last Seen", "Type", "Reason", "Object", "Message"]
    else:
        names = ["Name", *_FORMS.get(kind.resource, _PLAIN)[0].split("|")]
    return [
        {
            "name": name.rstrip("*"),
            "type": "string",
            "format": "name" if name == "Name" else "",
            "description": "",
            "priority": 1 if name.endswith("*") else 0,
        }
        for name in names
    ]


def table(kind: Kind, items: list[Object], *, version: str, include: str, now: float) -> Object:
    """A ``meta.k8s.io/v1`` Table. ``include`` is None, Metadata or Object: what each row carries beside its cells."""
    rows, cells_of = [], _FORMS.get(kind.resource, _PLAIN)[1]
    for obj in items:
        row_cells = cells.event(obj, now) if kind == kinds.EVENT else [obj["metadata"]["name"], *cells_of(obj, now)]
        row: Object = {"cells": row_cells}
        shown = versions.shown(obj, kind) if include != "None" else obj
        if include == "Object":
            row["object"] = shown
        elif include != "None":
            row["object"] = {
                "kind": "PartialObjectMetadata",
                "apiVersion": "meta.k8s.io/v1",
                "metadata": shown["metadata"],
            }
        rows.append(row)
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": {"resourceVersion": version},
        "columnDefinitions": _columns(kind),
        "rows": rows,
    }
