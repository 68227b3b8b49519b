"""The cells that ``kubectl get`` prints, a function per kind: an object, and the time now, to one row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..core.objects import Object, condition_true, controller_of, is_deleting, parse_timestamp
from ..core.selectors import selector_text

Cells = Callable[[Object, float], list[Any]]
_NONE = "<none>"
_MOST_GOALS = 2
_MODES = {"ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX", "ReadWriteOncePod": "RWOP"}


def duration(since: str | None, now: float) -> str:
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


def age(obj: Object, now: float) -> str:
    return duration(obj["metadata"].get("creationTimestamp"), now)


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


def pod(obj: Object, now: float) -> list[Any]:
    rows = obj.get("status", {}).get("containerStatuses") or []
    ready = f"{sum(row['ready'] for row in rows)}/{len(obj['spec']['containers'])}"
    restarts = sum(row["restartCount"] for row in rows)
    ends = [row["lastState"]["terminated"]["finishedAt"] for row in rows if row["lastState"].get("terminated")]
    shown = f"{restarts} ({duration(max(ends), now)} ago)" if restarts and ends else str(restarts)
    where = [obj.get("status", {}).get("podIP") or _NONE, obj["spec"].get("nodeName") or _NONE, _NONE, _NONE]
    return [ready, pod_reason(obj), shown, age(obj, now), *where]


def deployment(obj: Object, now: float) -> list[Any]:
    status = obj.get("status", {})
    ready = f"{status.get('readyReplicas', 0)}/{obj['spec'].get('replicas', 0)}"
    counts = [status.get("updatedReplicas", 0), status.get("availableReplicas", 0)]
    return [ready, *counts, age(obj, now), *_containers(obj), selector_text(obj["spec"]["selector"])]


def replica_set(obj: Object, now: float) -> list[Any]:
    status = obj.get("status", {})
    counts = [obj["spec"].get("replicas", 0), status.get("replicas", 0), status.get("readyReplicas", 0)]
    return [*counts, age(obj, now), *_containers(obj), selector_text(obj["spec"]["selector"])]


def stateful_set(obj: Object, now: float) -> list[Any]:
    ready = f"{obj.get('status', {}).get('readyReplicas', 0)}/{obj['spec'].get('replicas', 0)}"
    return [ready, age(obj, now), *_containers(obj)]


def revision(obj: Object, now: float) -> list[Any]:
    owner = controller_of(obj)
    group = owner["apiVersion"].partition("/")[0] if owner else ""
    owned = f"{owner['kind'].lower()}.{group}/{owner['name']}" if owner else _NONE
    return [owned, obj["revision"], age(obj, now)]


def service(obj: Object, now: float) -> list[Any]:
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
        age(obj, now),
        selector or _NONE,
    ]


def autoscaler(obj: Object, now: float) -> list[Any]:
    spec, status = obj["spec"], obj.get("status", {})
    target = f"{spec['scaleTargetRef']['kind']}/{spec['scaleTargetRef']['name']}"
    seen = status.get("currentMetrics") or []
    goals = [
        _goal(metric, seen[place] if place < len(seen) else {})
        for place, metric in enumerate(spec.get("metrics") or ())
    ]
    shown = ", ".join(goals[:_MOST_GOALS]) or _NONE
    shown += f" + {len(goals) - _MOST_GOALS} more..." if len(goals) > _MOST_GOALS else ""
    limits = [str(spec.get("minReplicas", 1)), spec["maxReplicas"]]
    return [target, shown, *limits, status.get("currentReplicas", 0), age(obj, now)]


def _goal(metric: Object, seen: Object) -> str:
    """What one metric is and should be; only the use of a resource is ever measured."""
    source: Object = next((row for key, row in metric.items() if key != "type"), {})
    target, current = source.get("target", {}), (seen.get("resource") or {}).get("current", {})
    by_name = f"{source['name']}: " if "name" in source else ""
    if "averageUtilization" in target:
        used = current.get("averageUtilization")
        return f"{by_name}{'<unknown>' if used is None else f'{used}%'}/{target['averageUtilization']}%"
    goal = target.get("averageValue", target.get("value"))
    return f"{by_name}{current.get('averageValue', '<unknown>')}/{goal}"


def quota(obj: Object, now: float) -> list[Any]:
    status = obj.get("status", {})
    used, hard = status.get("used") or {}, status.get("hard") or obj["spec"].get("hard") or {}
    rows = [f"{name}: {used.get(name, '0')}/{amount}" for name, amount in sorted(hard.items())]
    requests = [row for row in rows if not row.startswith("limits.")]
    return [age(obj, now), ", ".join(requests), ", ".join(row for row in rows if row.startswith("limits."))]


def event(obj: Object, now: float) -> list[Any]:
    about = obj["involvedObject"]
    seen = duration(obj.get("lastTimestamp"), now)
    return [
        seen,
        obj.get("type"),
        obj.get("reason"),
        f"{about['kind'].lower()}/{about['name']}",
        obj.get("message", ""),
    ]


def budget(obj: Object, now: float) -> list[Any]:
    limits = [str(obj["spec"].get(field, "N/A")) for field in ("minAvailable", "maxUnavailable")]
    return [*limits, obj["status"]["disruptionsAllowed"], age(obj, now)]


def network_policy(obj: Object, now: float) -> list[Any]:
    return [selector_text(obj["spec"]["podSelector"]) or _NONE, age(obj, now)]


def ingress(obj: Object, now: float) -> list[Any]:
    hosts = ",".join(rule.get("host", "*") for rule in obj["spec"].get("rules") or ()) or "*"
    rows = obj.get("status", {}).get("loadBalancer", {}).get("ingress") or []
    ports = "80, 443" if obj["spec"].get("tls") else "80"
    address = ",".join(row.get("ip", "") for row in rows)
    return [obj["spec"].get("ingressClassName") or _NONE, hosts, address, ports, age(obj, now)]


def gateway(obj: Object, now: float) -> list[Any]:
    rows = obj.get("status", {}).get("addresses") or []
    programmed = str(condition_true(obj, "Programmed"))
    return [obj["spec"]["gatewayClassName"], ",".join(row["value"] for row in rows), programmed, age(obj, now)]


def node(obj: Object, now: float) -> list[Any]:
    status = "Ready" if condition_true(obj, "Ready") else "NotReady"
    shown = status + (",SchedulingDisabled" if obj["spec"].get("unschedulable") else "")
    return [shown, _NONE, age(obj, now), obj["status"].get("nodeInfo", {}).get("kubeletVersion", "")]


CREATED: tuple[str, Cells] = ("Created At", lambda obj, _now: [obj["metadata"]["creationTimestamp"]])
BOUND: tuple[str, Cells] = (
    "Role|Age",
    lambda obj, now: [f"{obj['roleRef']['kind']}/{obj['roleRef']['name']}", age(obj, now)],
)


def _job_state(obj: Object) -> str:
    if is_deleting(obj):
        return "Terminating"
    for state, type_ in (("Complete", "Complete"), ("Failed", "Failed"), ("Suspended", "Suspended")):
        if condition_true(obj, type_):
            return state
    return "FailureTarget" if condition_true(obj, "FailureTarget") else "Running"


def job(obj: Object, now: float) -> list[Any]:
    spec, status = obj["spec"], obj.get("status", {})
    wanted, succeeded = spec.get("completions"), status.get("succeeded", 0)
    if wanted is None:
        wanted = f"1 of {spec['parallelism']}" if spec["parallelism"] > 1 else "1"
    began, ended = status.get("startTime"), status.get("completionTime")
    took = duration(began, parse_timestamp(ended) if ended else now) if began else ""
    cells = [_job_state(obj), f"{succeeded}/{wanted}", took, age(obj, now)]
    return [*cells, *_containers(obj), selector_text(spec.get("selector") or {})]


def cron_job(obj: Object, now: float) -> list[Any]:
    spec, status = obj["spec"], obj.get("status", {})
    last = status.get("lastScheduleTime")
    when = [duration(last, now) if last else _NONE, age(obj, now)]
    cells = [
        spec["schedule"],
        spec.get("timeZone", _NONE),
        str(bool(spec.get("suspend"))),
        len(status.get("active") or ()),
    ]
    return [*cells, *when, *_containers(spec["jobTemplate"]), _NONE]


def claim(obj: Object, now: float) -> list[Any]:
    spec, status = obj["spec"], obj.get("status", {})
    modes = ",".join(_MODES.get(mode, mode) for mode in status.get("accessModes") or ())
    size = (status.get("capacity") or {}).get("storage", "")
    phase = "Terminating" if is_deleting(obj) else status.get("phase")
    class_ = spec.get("storageClassName", "")
    cells = [phase, spec.get("volumeName", ""), size, modes, class_, "<unset>", age(obj, now)]
    return [*cells, spec.get("volumeMode", "<unset>")]
