"""Objects that not every app has: accounts, claims, network policy, jobs by the clock."""

from __future__ import annotations

import copy

from apps_mgmt.rendering.config import Config
from apps_mgmt.rendering.containers import resources_of
from apps_mgmt.rendering.facts import Facts, Manifest
from apps_mgmt.rendering.names import APP, given, manifest, object_name, process_labels
from apps_mgmt.rendering.pods import pod_template
from apps_mgmt.rendering.workloads import claim
from apps_mgmt.spec.app import AppSpec
from apps_mgmt.spec.life import Job
from apps_mgmt.spec.network import Destination
from apps_mgmt.spec.process import Process
from apps_mgmt.spec.usage import per_instance_volume

NAMESPACE_NAME = "kubernetes.io/metadata.name"
GATEWAY_NAMESPACE = "slipway.dev/gateway"
ONLY_RUNNING = ("args", "ports", "readinessProbe", "livenessProbe", "startupProbe", "lifecycle")


def service_account(process: Process, facts: Facts) -> tuple[Manifest, ...]:
    """The process's own account, unless it runs as one that the platform lends."""
    if process.service_account.name:
        return ()
    name = object_name(facts.app, process.name)
    labels = process_labels(facts, process.name)
    made = manifest("v1", "ServiceAccount", name=name, facts=facts, labels=labels, automountServiceAccountToken=False)
    return (made,)


def claims(spec: AppSpec, facts: Facts) -> tuple[Manifest, ...]:
    """One claim for each volume of the app that its instances share."""
    return tuple(
        manifest(
            "v1",
            "PersistentVolumeClaim",
            name=object_name(facts.app, row.name),
            facts=facts,
            spec=claim(spec, row.name),
        )
        for row in spec.volumes
        if not per_instance_volume(spec, row.name)
    )


def network_policy(spec: AppSpec, facts: Facts) -> tuple[Manifest, ...]:
    """Who may reach the app and where it may go. Its own instances reach each other always, and the name service."""
    policy = spec.network_policy
    if policy is None:
        return ()
    peers: list[Manifest] = [{"podSelector": {"matchLabels": {APP: facts.app}}}]
    for row in policy.sources:
        if row.app:
            peers.append({"podSelector": {"matchLabels": {APP: row.app}}})
        else:
            peers.append({"namespaceSelector": {"matchLabels": {NAMESPACE_NAME: row.namespace}}})
    if policy.from_gateway:
        peers.append({"namespaceSelector": {"matchLabels": {GATEWAY_NAMESPACE: "true"}}})
    egress: list[Manifest] = []
    if policy.egress:
        names = [{"port": 53, "protocol": protocol} for protocol in ("UDP", "TCP")]
        everywhere = [_destination(row) for row in policy.egress if not row.ports]
        egress = [{"ports": names}, {"to": [{"podSelector": {}}]}, *([{"to": everywhere}] if everywhere else [])]
        for place in policy.egress:
            if place.ports:
                ports = [{"port": port, "protocol": protocol} for port in place.ports for protocol in ("TCP", "UDP")]
                egress.append({"to": [_destination(place)], "ports": ports})
    body = given(
        podSelector={"matchLabels": {APP: facts.app}},
        policyTypes=["Ingress", "Egress"] if egress else ["Ingress"],
        ingress=[{"from": peers}],
        egress=egress,
    )
    return (manifest("networking.k8s.io/v1", "NetworkPolicy", name=f"{facts.app}--network", facts=facts, spec=body),)


def _destination(row: Destination) -> Manifest:
    if row.network:
        return {"ipBlock": {"cidr": row.network}}
    return {"namespaceSelector": {"matchLabels": {NAMESPACE_NAME: row.namespace}}}


def cron_job(spec: AppSpec, job: Job, facts: Facts, *, config: Config) -> Manifest:
    """A command by the clock. Its pods carry the track `job`: no Service and no workload takes them for its own."""
    labels = process_labels(facts, job.name, track="job")
    body = {
        "schedule": job.cron,
        "timeZone": job.time_zone,
        "concurrencyPolicy": job.concurrency,
        "suspend": job.suspended or spec.stopped,
        "successfulJobsHistoryLimit": job.keep_succeeded,
        "failedJobsHistoryLimit": job.keep_failed,
        "jobTemplate": {
            "metadata": {"labels": labels},
            "spec": given(
                backoffLimit=job.retries,
                activeDeadlineSeconds=job.timeout or None,
                template=_job_template(spec, job, facts, labels=labels, config=config),
            ),
        },
    }
    name = object_name(facts.app, job.name)
    return manifest("batch/v1", "CronJob", name=name, facts=facts, labels=labels, spec=body)


def _job_template(spec: AppSpec, job: Job, facts: Facts, *, labels: dict[str, str], config: Config) -> Manifest:
    """The process's own container with another command: no helpers, no probes, and no volume of a single instance."""
    process = spec.process(job.process).change(restarted_at="")
    template = copy.deepcopy(pod_template(spec, process, facts, config=config))
    template["metadata"]["labels"] = {**template["metadata"].get("labels", {}), **labels}
    pod = template["spec"]
    for field in ("initContainers", "topologySpreadConstraints"):
        pod.pop(field, None)
    main = {name: value for name, value in pod["containers"][0].items() if name not in ONLY_RUNNING}
    there = {volume["name"] for volume in pod.get("volumes", ())}
    mounts = [mount for mount in main.pop("volumeMounts", ()) if mount["name"] in there]
    main |= given(command=list(job.command), resources=resources_of(job.resources, facts.sizes), volumeMounts=mounts)
    pod |= {"containers": [main], "restartPolicy": "Never"}
    return template
