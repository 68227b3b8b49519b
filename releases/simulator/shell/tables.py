"""The tables ``kubectl get`` prints: columns and cells of every kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..core import kinds
from ..core.kinds import Kind
from ..core.objects import Object, condition_true, is_deleting, parse_timestamp
from ..core.selectors import selector_text

Cells = Callable[[Object, float], list[Any]]
_NONE = "<none>"


def age(since: str | None, now: float) -> str:
    """A duration the short way: ``45s``, ``5m10s``, ``3h``, ``12d``."""
    if not since:
        return "<unknown>"
    seconds = max(0, int(now - parse_timestamp(since)))
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if seconds < 120:
        return f"{seconds}s"
    if minutes < 10:
        return f"{minutes}m{seconds % 60}s" if seconds % 60 else f"{minutes}m"
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return f"{hours}h{minutes % 60}m" if minutes % 60 else f"{hours}h"
    if hours < 48:
        return f"{hours}h"
    return f"{days}d{hours % 24}h" if days < 8 and hours % 24 else f"{days}d"


def _age(obj: Object, now: float) -> str:
    return age(obj["metadata"].get("creationTimestamp"), now)


def _containers(obj: Object) -> list[Any]:
    rows = obj["spec"]["template"]["spec"]["containers"]
    return [",".join(row["name"] for row in rows), ",".join(row["image"] for row in rows)]


def pod_reason(pod: Object) -> str:
    """The word in the STATUS column."""
    if is_deleting(pod):
        return "Terminating"
    for row in pod.get("status", {}).get("containerStatuses") or ():
        for state in ("waiting", "terminated"):
            reason = row["state"].get(state, {}).get("reason")
            if reason:
                return str(reason)
    return str(pod.get("status", {}).get("phase", "Unknown"))


def _pod(obj: Object, now: float) -> list[Any]:
    rows = obj.get("status", {}).get("containerStatuses") or []
    ready = f"{sum(row['ready'] for row in rows)}/{len(obj['spec']['containers'])}"
    restarts = sum(row["restartCount"] for row in rows)
    ends = [row["lastState"]["terminated"]["finishedAt"] for row in rows if row["lastState"].get("terminated")]
    shown = f"{restarts} ({age(max(ends), now)} ago)" if restarts and ends else str(restarts)
    where = [obj.get("status", {}).get("podIP") or _NONE, obj["spec"].get("nodeName") or _NONE, _NONE, _NONE]
    return [ready, pod_reason(obj), shown, _age(obj, now), *where]


def _deployment(obj: Object, now: float) -> list[Any]:
    status = obj.get("status", {})
    ready = f"{status.get('readyReplicas', 0)}/{obj['spec'].get('replicas', 0)}"
    counts = [status.get("updatedReplicas", 0), status.get("availableReplicas", 0)]
    return [ready, *counts, _age(obj, now), *_containers(obj), selector_text(obj["spec"]["selector"])]


def _replica_set(obj: Object, now: float) -> list[Any]:
    status = obj.get("status", {})
    counts = [obj["spec"].get("replicas", 0), status.get("replicas", 0), status.get("readyReplicas", 0)]
    return [*counts, _age(obj, now), *_containers(obj), selector_text(obj["spec"]["selector"])]


def _service(obj: Object, now: float) -> list[Any]:
    spec = obj["spec"]
    ingress = obj.get("status", {}).get("loadBalancer", {}).get("ingress") or []
    ports = [
        f"{port['port']}{':' + str(port['nodePort']) if port.get('nodePort') else ''}/{port.get('protocol', 'TCP')}"
        for port in spec.get("ports") or ()
    ]
    selector = ",".join(f"{key}={value}" for key, value in sorted((spec.get("selector") or {}).items()))
    outside = ",".join(row.get("ip", "") for row in ingress) or _NONE
    return [
        spec.get("type"),
        spec.get("clusterIP") or _NONE,
        outside,
        ",".join(ports) or _NONE,
        _age(obj, now),
        selector or _NONE,
    ]


def _autoscaler(obj: Object, now: float) -> list[Any]:
    spec, status = obj["spec"], obj.get("status", {})
    target = f"{spec['scaleTargetRef']['kind']}/{spec['scaleTargetRef']['name']}"
    goals = []
    for place, metric in enumerate(spec.get("metrics") or ()):
        goal = metric.get("resource", {}).get("target", {}).get("averageUtilization")
        rows = status.get("currentMetrics") or []
        shown = rows[place]["resource"]["current"]["averageUtilization"] if place < len(rows) else None
        goals.append(f"cpu: {'<unknown>' if shown is None else f'{shown}%'}/{goal}%")
    limits = [str(spec.get("minReplicas", 1)), str(spec["maxReplicas"])]
    return [target, ", ".join(goals) or _NONE, *limits, status.get("currentReplicas", 0), _age(obj, now)]


def _quota(obj: Object, now: float) -> list[Any]:
    status = obj.get("status", {})
    used, hard = status.get("used") or {}, status.get("hard") or obj["spec"].get("hard") or {}
    rows = [f"{name}: {used.get(name, '0')}/{amount}" for name, amount in sorted(hard.items())]
    requests = [row for row in rows if not row.startswith("limits.")]
    return [_age(obj, now), ", ".join(requests), ", ".join(row for row in rows if row.startswith("limits."))]


def _event(obj: Object, now: float) -> list[Any]:
    about = obj["involvedObject"]
    seen = age(obj.get("lastTimestamp"), now)
    return [
        seen,
        obj.get("type"),
        obj.get("reason"),
        f"{about['kind'].lower()}/{about['name']}",
        obj.get("message", ""),
    ]


def _budget(obj: Object, now: float) -> list[Any]:
    limits = [str(obj["spec"].get(field, "N/A")) for field in ("minAvailable", "maxUnavailable")]
    return [*limits, obj["status"]["disruptionsAllowed"], _age(obj, now)]


def _ingress(obj: Object, now: float) -> list[Any]:
    hosts = ",".join(rule.get("host", "*") for rule in obj["spec"].get("rules") or ()) or "*"
    rows = obj.get("status", {}).get("loadBalancer", {}).get("ingress") or []
    ports = "80, 443" if obj["spec"].get("tls") else "80"
    address = ",".join(row.get("ip", "") for row in rows)
    return [obj["spec"].get("ingressClassName") or _NONE, hosts, address, ports, _age(obj, now)]


def _gateway(obj: Object, now: float) -> list[Any]:
    rows = obj.get("status", {}).get("addresses") or []
    programmed = str(condition_true(obj, "Programmed"))
    return [obj["spec"]["gatewayClassName"], ",".join(row["value"] for row in rows), programmed, _age(obj, now)]


def _node(obj: Object, now: float) -> list[Any]:
    status = "Ready" if condition_true(obj, "Ready") else "NotReady"
    shown = status + (",SchedulingDisabled" if obj["spec"].get("unschedulable") else "")
    return [shown, _NONE, _age(obj, now), obj["status"].get("nodeInfo", {}).get("kubeletVersion", "")]


_CREATED: tuple[str, Cells] = ("Created At", lambda obj, _now: [obj["metadata"]["creationTimestamp"]])
_BOUND: tuple[str, Cells] = (
    "Role|Age",
    lambda obj, now: [f"{obj['roleRef']['kind']}/{obj['roleRef']['name']}", _age(obj, now)],
)
_FORMS: dict[str, tuple[str, Cells]] = {
    kinds.POD.resource: ("Ready|Status|Restarts|Age|IP*|Node*|Nominated Node*|Readiness Gates*", _pod),
    kinds.DEPLOYMENT.resource: ("Ready|Up-to-date|Available|Age|Containers*|Images*|Selector*", _deployment),
    kinds.REPLICA_SET.resource: ("Desired|Current|Ready|Age|Containers*|Images*|Selector*", _replica_set),
    kinds.SERVICE.resource: ("Type|Cluster-IP|External-IP|Port(s)|Age|Selector*", _service),
    kinds.CONFIG_MAP.resource: (
        "Data|Age",
        lambda obj, now: [len(obj.get("data") or {}) + len(obj.get("binaryData") or {}), _age(obj, now)],
    ),
    kinds.SECRET.resource: (
        "Type|Data|Age",
        lambda obj, now: [obj.get("type"), len(obj.get("data") or {}), _age(obj, now)],
    ),
    kinds.SERVICE_ACCOUNT.resource: ("Secrets|Age", lambda obj, now: [len(obj.get("secrets") or ()), _age(obj, now)]),
    kinds.NAMESPACE.resource: ("Status|Age", lambda obj, now: [obj["status"].get("phase"), _age(obj, now)]),
    kinds.AUTOSCALER.resource: ("Reference|Targets|MinPods|MaxPods|Replicas|Age", _autoscaler),
    kinds.RESOURCE_QUOTA.resource: ("Age|Request|Limit", _quota),
    kinds.INGRESS.resource: ("Class|Hosts|Address|Ports|Age", _ingress),
    kinds.GATEWAY.resource: ("Class|Address|Programmed|Age", _gateway),
    kinds.HTTP_ROUTE.resource: (
        "Hostnames|Age",
        lambda obj, now: [str(obj["spec"].get("hostnames") or "").replace("'", '"'), _age(obj, now)],
    ),
    kinds.NODE.resource: ("Status|Roles|Age|Version", _node),
    kinds.DISRUPTION_BUDGET.resource: ("Min Available|Max Unavailable|Allowed Disruptions|Age", _budget),
    kinds.NETWORK_POLICY.resource: (
        "Pod-Selector|Age",
        lambda obj, now: [selector_text(obj["spec"]["podSelector"]) or _NONE, _age(obj, now)],
    ),
    kinds.LIMIT_RANGE.resource: _CREATED,
    kinds.ROLE.resource: _CREATED,
    kinds.CLUSTER_ROLE.resource: _CREATED,
    kinds.ROLE_BINDING.resource: _BOUND,
    kinds.CLUSTER_ROLE_BINDING.resource: _BOUND,
}
_PLAIN: tuple[str, Cells] = ("Age", lambda obj, now: [_age(obj, now)])


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
        cells = _event(obj, now) if kind == kinds.EVENT else [obj["metadata"]["name"], *cells_of(obj, now)]
        row: Object = {"cells": cells}
        if include == "Object":
            row["object"] = obj
        elif include != "None":
            row["object"] = {
                "kind": "PartialObjectMetadata",
                "apiVersion": "meta.k8s.io/v1",
                "metadata": obj["metadata"],
            }
        rows.append(row)
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": {"resourceVersion": version},
        "columnDefinitions": _columns(kind),
        "rows": rows,
    }
