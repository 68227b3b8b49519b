"""Horizontal autoscalers: keep a workload between its limits under a load that never changes.

Nothing here measures anything: use stays at three fifths of the target, so the number moves only when a limit does.
"""

from __future__ import annotations

from ..kinds import AUTOSCALER, DEPLOYMENT, STATEFUL_SET, Kind
from ..objects import Object, clone
from ..ownership import Owner, after_update, put
from ..world import World
from . import conditions

_SCALABLE = {kind.kind: kind for kind in (DEPLOYMENT, STATEFUL_SET)}
_MANAGER = Owner("kube-controller-manager", subresource="scale")


def _metrics(spec: Object) -> list[Object]:
    rows = []
    for metric in spec.get("metrics") or ():
        resource = metric.get("resource")
        if resource:
            target = (resource.get("target") or {}).get("averageUtilization", 80)
            current = {"averageUtilization": target * 3 // 5, "averageValue": f"{target * 3 // 5}m"}
            rows.append({"type": "Resource", "resource": {"name": resource.get("name", "cpu"), "current": current}})
    return rows


def _resize(world: World, kind: Kind, workload: Object, replicas: int) -> None:
    changed = clone({**workload, "spec": {**workload["spec"], "replicas": replicas}})
    put(changed, after_update(workload, changed, kind, owner=_MANAGER, time=world.stamp()))
    world.update(kind, workload, changed)


def reconcile(world: World, key: tuple[str, str]) -> None:
    scaler = world.store.get(AUTOSCALER, *key)
    if scaler is None:
        return
    target, rows = scaler["spec"]["scaleTargetRef"], scaler.get("status", {}).get("conditions")
    kind = _SCALABLE.get(target["kind"])
    workload = world.store.get(kind, key[0], target["name"]) if kind is not None else None
    stamp = world.stamp()
    if kind is None or workload is None:
        message = f"the HPA controller was unable to get the target's current scale: {target['kind'].lower()}s.apps "
        message += f'"{target["name"]}" not found'
        rows = conditions.put(rows, "AbleToScale", "False", "FailedGetScale", message, stamp=stamp)
        world.update_status(AUTOSCALER, scaler, conditions=rows)
        return
    current = workload["spec"].get("replicas", 1)
    rows = conditions.put(
        rows, "AbleToScale", "True", "ReadyForNewScale", "recommended size matches current size", stamp=stamp
    )
    if current == 0:
        message = "scaling is disabled since the replica count of the target is zero"
        rows = conditions.put(rows, "ScalingActive", "False", "ScalingDisabled", message, stamp=stamp)
        wanted = 0
    else:
        message = "the HPA was able to successfully calculate a replica count from cpu resource utilization"
        rows = conditions.put(rows, "ScalingActive", "True", "ValidMetricFound", message, stamp=stamp)
        wanted = max(scaler["spec"].get("minReplicas", 1), min(scaler["spec"]["maxReplicas"], current))
    if wanted != current:
        _resize(world, kind, workload, wanted)
        message = f"New size: {wanted}; reason: Current number of replicas outside of Spec.Min/MaxReplicas"
        world.event(AUTOSCALER, scaler, "SuccessfulRescale", message, component="horizontal-pod-autoscaler")
    changes: Object = {"lastScaleTime": stamp} if wanted != current else {}
    world.update_status(
        AUTOSCALER,
        scaler,
        currentReplicas=workload.get("status", {}).get("replicas", 0),
        desiredReplicas=wanted,
        currentMetrics=_metrics(scaler["spec"]) if current else None,
        conditions=rows,
        **changes,
    )
