"""Workloads: Deployment, CloneSet, StatefulSet. None of them ever says how many instances: see `replica_plan`."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from apps_mgmt.rendering.adopted import ADOPTED, ADOPTS, as_kept, pod_selector, workload_name
from apps_mgmt.rendering.config import Config
from apps_mgmt.rendering.facts import CLONESET_ALPHA, CLONESET_BETA, Facts, Manifest
from apps_mgmt.rendering.isolation import isolated
from apps_mgmt.rendering.names import given, headless_name, manifest, owner_labels, process_labels
from apps_mgmt.rendering.pods import pod_template
from apps_mgmt.spec.app import AppSpec
from apps_mgmt.spec.errors import SpecError, say
from apps_mgmt.spec.process import Process

HISTORY = 3


def workload(spec: AppSpec, process: Process, facts: Facts, *, config: Config) -> Manifest:
    """The workload of a process. SpecError when the cluster does not know its kind."""
    body = workload_spec(spec, process, facts, config=config)
    labels = {**{row.key: row.value for row in spec.labels}, **process_labels(facts, process.name)}
    annotations = {row.key: row.value for row in spec.annotations}
    if adopted := process.adopted_on(facts.cluster):
        body = as_kept(adopted, process, body)
        body["template"] = {**body["template"], "spec": isolated(body["template"]["spec"], facts)}
        labels[ADOPTED], annotations[ADOPTS] = "true", adopted.uid
    return manifest(
        api_version(process, facts),
        process.kind,
        name=workload_name(process, facts),
        facts=facts,
        labels=labels,
        annotations=annotations,
        spec=body,
    )


def workload_spec(spec: AppSpec, process: Process, facts: Facts, *, config: Config) -> Manifest:
    """What Slipway writes for a process of its own."""
    template = pod_template(spec, process, facts, config=config)
    common = {
        "selector": {"matchLabels": pod_selector(process, facts)},
        "template": template,
        "revisionHistoryLimit": HISTORY,
        **given(minReadySeconds=process.update.min_ready or None),
    }
    if process.kind == "Deployment":
        own = {"strategy": _strategy(spec, process), "progressDeadlineSeconds": process.update.progress_deadline}
    elif process.kind == "CloneSet":
        own = {"updateStrategy": _clone_set_update(process, api_version(process, facts))}
    else:
        own = {
            "serviceName": headless_name(facts.app, process.name),
            "updateStrategy": {"type": "RollingUpdate"},
            **given(volumeClaimTemplates=_claims(spec, process, facts)),
        }
    return {**common, **own}


def api_version(process: Process, facts: Facts) -> str:
    """Under which group and version this cluster serves the workload kind."""
    if process.kind != "CloneSet":
        return "apps/v1"
    for version in (CLONESET_BETA, CLONESET_ALPHA):
        if version in facts.capabilities:
            return version
    sentence = _(
        "{process} is a CloneSet, which the cluster {cluster} does not know. Choose Deployment, or another cluster."
    )
    raise SpecError(say(sentence, process=process.name, cluster=facts.cluster), field=f"processes.{process.name}.kind")


def amount(text: str) -> int | str:
    """A number as a number, a percentage as text: so Kubernetes tells them apart."""
    return text if text.endswith("%") else int(text)


def claim(spec: AppSpec, name: str) -> Manifest:
    """What a volume of the app asks for."""
    volume = next(row for row in spec.volumes if row.name == name)
    return given(
        accessModes=[volume.access_mode],
        storageClassName=volume.storage_class,
        resources={"requests": {"storage": volume.size}},
    )


def _strategy(spec: AppSpec, process: Process) -> Manifest:
    if spec.release.strategy.kind == "recreate":
        return {"type": "Recreate"}
    moves = {"maxSurge": amount(process.update.max_surge), "maxUnavailable": amount(process.update.max_unavailable)}
    return {"type": "RollingUpdate", "rollingUpdate": moves}


def _clone_set_update(process: Process, version: str) -> Manifest:
    """The two versions write the same thing differently, and one loses the other's fields."""
    policy = "InPlaceIfPossible" if process.update.in_place else "ReCreate"
    moves = {"maxSurge": amount(process.update.max_surge), "maxUnavailable": amount(process.update.max_unavailable)}
    if version == CLONESET_BETA:
        return {"type": "RollingUpdate", "rollingUpdate": {**moves, "podUpdatePolicy": policy}}
    return {"type": policy, **moves}


def _claims(spec: AppSpec, process: Process, facts: Facts) -> list[Manifest]:
    return [
        {"metadata": {"name": name, "labels": owner_labels(facts)}, "spec": claim(spec, name)}
        for name in dict.fromkeys(mount.volume for mount in process.mounts)
    ]
