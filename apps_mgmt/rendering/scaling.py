"""Numbers of instances: who gets how many, the autoscaler, the disruption budget."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from apps_mgmt.rendering.adopted import pod_selector, workload_name
from apps_mgmt.rendering.facts import Facts, Manifest, ReplicaPlan
from apps_mgmt.rendering.names import given, manifest, object_name, process_labels
from apps_mgmt.rendering.workloads import amount, api_version
from apps_mgmt.spec.app import AppSpec
from apps_mgmt.spec.errors import SpecError, say
from apps_mgmt.spec.placement import Share, shares
from apps_mgmt.spec.placing import Target
from apps_mgmt.spec.process import Process
from apps_mgmt.spec.scaling import Autoscaler, Metric


def replica_plan(spec: AppSpec, facts: Facts) -> Mapping[str, ReplicaPlan]:
    """Object name → how many instances on this cluster. Kept apart from the manifests, which never say it."""
    plans = {}
    for process in spec.processes:
        name = workload_name(process, facts)
        share = share_of(spec, process, facts)
        plans[name] = ReplicaPlan(
            kind=process.kind,
            api_version=api_version(process, facts),
            name=name,
            process=process.name,
            number=share.replicas,
            once=process.autoscaler is not None and share.most > 0,
            adopted=process.adopted_on(facts.cluster) is not None,
        )
    return plans


def share_of(spec: AppSpec, process: Process, facts: Facts) -> Share:
    """The part of a process that runs on this cluster. SpecError when the app is not placed on it."""
    rows = facts.targets or spec.placement.targets or (Target(cluster=facts.cluster),)
    found = shares(spec, process, rows)
    if facts.cluster not in found:
        sentence = _("The app is not placed on the cluster {cluster}. It is on: {there}.")
        raise SpecError(say(sentence, cluster=facts.cluster, there=", ".join(found)), field="placement.targets")
    return found[facts.cluster]


def autoscaler(spec: AppSpec, process: Process, facts: Facts) -> tuple[Manifest, ...]:
    """The HorizontalPodAutoscaler, where one scales here."""
    share = share_of(spec, process, facts)
    if process.autoscaler is None or share.most == 0:
        return ()
    name = object_name(facts.app, process.name)
    target = {"apiVersion": api_version(process, facts), "kind": process.kind, "name": workload_name(process, facts)}
    body = given(
        scaleTargetRef=target,
        minReplicas=share.least,
        maxReplicas=share.most,
        metrics=_metrics(process.autoscaler),
        behavior=_behavior(process.autoscaler),
    )
    labels = process_labels(facts, process.name)
    return (manifest("autoscaling/v2", "HorizontalPodAutoscaler", name=name, facts=facts, labels=labels, spec=body),)


def disruption_budget(spec: AppSpec, process: Process, facts: Facts) -> tuple[Manifest, ...]:
    """How many instances stay when machines are emptied."""
    budget = spec.placement.budget
    if budget is None:
        return ()
    body: Manifest = {"selector": {"matchLabels": pod_selector(process, facts)}}
    if budget.min_available:
        body["minAvailable"] = amount(budget.min_available)
    else:
        body["maxUnavailable"] = amount(budget.max_unavailable)
    name = object_name(facts.app, process.name)
    labels = process_labels(facts, process.name)
    return (manifest("policy/v1", "PodDisruptionBudget", name=name, facts=facts, labels=labels, spec=body),)


def _metrics(scaler: Autoscaler) -> list[Manifest]:
    rows: list[Manifest] = []
    for resource, percent in (("cpu", scaler.cpu), ("memory", scaler.memory)):
        if percent is not None:
            target = {"type": "Utilization", "averageUtilization": percent}
            rows.append({"type": "Resource", "resource": {"name": resource, "target": target}})
    return rows + [_metric(metric) for metric in scaler.metrics]


def _metric(metric: Metric) -> Manifest:
    named = {"name": metric.name}
    if metric.source == "pods":
        return {
            "type": "Pods",
            "pods": {"metric": named, "target": {"type": "AverageValue", "averageValue": metric.target}},
        }
    return {"type": "External", "external": {"metric": named, "target": {"type": "Value", "value": metric.target}}}


def _behavior(scaler: Autoscaler) -> Manifest:
    return {
        "scaleUp" if row.direction == "up" else "scaleDown": {
            "stabilizationWindowSeconds": row.stabilization,
            "policies": [{"type": row.unit, "value": row.amount, "periodSeconds": row.period}],
        }
        for row in scaler.behavior
    }
