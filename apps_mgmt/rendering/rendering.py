"""From a spec to the manifests of one cluster, in the order in which they are applied."""

from __future__ import annotations

from collections.abc import Iterable

from apps_mgmt.rendering.config import process_config, shared_config
from apps_mgmt.rendering.extras import claims, cron_job, network_policy, service_account
from apps_mgmt.rendering.facts import Facts, Manifest, Rendered
from apps_mgmt.rendering.routes import routes
from apps_mgmt.rendering.scaling import autoscaler, disruption_budget, replica_plan
from apps_mgmt.rendering.services import services
from apps_mgmt.rendering.workloads import workload, workload_spec
from apps_mgmt.spec.app import AppSpec
from apps_mgmt.spec.invariants import check_for
from apps_mgmt.spec.placement import on_cluster
from apps_mgmt.spec.process import Process
from apps_mgmt.spec.store import digest_json

# What others need comes first; what leads traffic to the app comes last.
ORDER = (
    "ServiceAccount",
    "ConfigMap",
    "Secret",
    "PersistentVolumeClaim",
    "NetworkPolicy",
    "Service",
    "Deployment",
    "CloneSet",
    "StatefulSet",
    "PodDisruptionBudget",
    "HorizontalPodAutoscaler",
    "CronJob",
    "HTTPRoute",
    "Ingress",
)


def render(spec: AppSpec, facts: Facts) -> Rendered:
    """The app on one cluster. The same spec and facts always give the same, to the byte.

    SpecError when names are too long together, the cluster lacks what the spec needs, or the app is not placed there.
    """
    check_for(spec, app=facts.app)
    local = on_cluster(spec, facts.cluster)
    shared, notes = shared_config(local, facts)
    if all(process.adopted_on(facts.cluster) for process in local.processes):
        shared = ()  # nobody would read it
    found: list[Manifest] = [*shared, *claims(local, facts), *network_policy(local, facts)]
    configs = {}
    for process in local.processes:
        config = configs[process.name] = process_config(local, process, facts, shared=shared)
        found += service_account(process, facts)
        found += config.manifests
        found += services(process, facts)
        found.append(workload(local, process, facts, config=config))
        found += disruption_budget(local, process, facts)
        found += autoscaler(local, process, facts)
    found += [cron_job(local, job, facts, config=configs[job.process]) for job in local.jobs]
    led, remarks = routes(local, facts)
    return Rendered(
        cluster=facts.cluster,
        manifests=order([*found, *led]),
        replicas=replica_plan(local, facts),
        notes=(*notes, *remarks),
    )


def unkept_spec(spec: AppSpec, process: Process, facts: Facts) -> Manifest:
    """What Slipway writes into the workload of a process, whatever was there before."""
    shared, _notes = shared_config(spec, facts)
    return workload_spec(spec, process, facts, config=process_config(spec, process, facts, shared=shared))


def order(manifests: Iterable[Manifest]) -> tuple[Manifest, ...]:
    """In the order in which they are applied: by kind, then by name. Unknown kinds last."""

    def place(row: Manifest) -> tuple[int, str]:
        kind = row["kind"]
        return (ORDER.index(kind) if kind in ORDER else len(ORDER), row["metadata"]["name"])

    return tuple(sorted(manifests, key=place))


def digest_manifests(manifests: Iterable[Manifest]) -> str:
    """SHA-256 over the manifests, whatever order they come in."""
    return digest_json(list(order(manifests)))
