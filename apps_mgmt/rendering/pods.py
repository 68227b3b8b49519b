"""The pod template of a process: containers, space, where it may run."""

from __future__ import annotations

import hashlib

from apps_mgmt.rendering.adopted import pod_selector
from apps_mgmt.rendering.config import Config
from apps_mgmt.rendering.containers import init_container, main_container, pod_security, sidecar_container
from apps_mgmt.rendering.facts import Facts, Manifest
from apps_mgmt.rendering.isolation import isolated
from apps_mgmt.rendering.names import APP, OWN_NETWORK, RESTARTED_AT, given, object_name, process_labels
from apps_mgmt.spec.app import AppSpec
from apps_mgmt.spec.placing import Affinity
from apps_mgmt.spec.process import Process
from apps_mgmt.spec.volumes import TempVolume


def pod_template(spec: AppSpec, process: Process, facts: Facts, *, config: Config) -> Manifest:
    """Labels never change with a release: only what matters to the process makes new pods."""
    own = {} if process.adopted_on(facts.cluster) else process_labels(facts, process.name)
    if own and spec.network_policy is not None:
        own[OWN_NETWORK] = "true"
    labels = {**{row.key: row.value for row in spec.labels}, **own}
    annotations = {row.key: row.value for row in spec.annotations}
    if process.restarted_at:
        annotations[RESTARTED_AT] = process.restarted_at
    return {
        "metadata": given(labels=labels, annotations=annotations),
        "spec": isolated(
            {
                **_containers(spec, process, facts, config=config),
                **_identity(spec, process, facts),
                **_whereabouts(spec, process, facts),
            },
            facts,
        ),
    }


def account_name(process: Process, facts: Facts) -> str:
    """As whom the instances run: an account the platform allows, or the process's own."""
    return process.service_account.name or object_name(facts.app, process.name)


def temp_name(temp: TempVolume) -> str:
    """Stable for a path, whatever else is added or removed."""
    return f"temp-{hashlib.sha256(temp.path.encode()).hexdigest()[:8]}"


def _containers(spec: AppSpec, process: Process, facts: Facts, *, config: Config) -> Manifest:
    files = _file_mounts(spec, process, config)
    usual = (process.name, *(init.name for init in process.inits))

    def space(container: str) -> list[Manifest]:
        return [*_volume_mounts(process, container, usual=usual), *_temp_mounts(process, container)]

    own = [*files, *space(process.name)]
    inits = [
        init_container(init, process, facts, config=config, mounts=[*files, *space(init.name)])
        for init in process.inits
    ]
    sidecars = [
        sidecar_container(sidecar, process, facts, config=config, mounts=space(sidecar.name))
        for sidecar in process.sidecars
    ]
    return given(
        initContainers=inits,
        containers=[main_container(process, facts, config=config, mounts=own), *sidecars],
        volumes=_volumes(spec, process, facts, config),
    )


def _identity(spec: AppSpec, process: Process, facts: Facts) -> Manifest:
    credential = spec.registry_credential
    secret = facts.pull_secrets.get(credential, f"slipway-registry-{credential}") if credential else ""
    return given(
        serviceAccountName=account_name(process, facts),
        automountServiceAccountToken=process.service_account.token,
        enableServiceLinks=False,
        imagePullSecrets=[{"name": secret}] if secret else [],
        securityContext=pod_security(process.security),
        terminationGracePeriodSeconds=process.termination_seconds,
        hostAliases=[{"ip": row.ip, "hostnames": list(row.names)} for row in spec.host_aliases],
    )


def _whereabouts(spec: AppSpec, process: Process, facts: Facts) -> Manifest:
    placement = spec.placement
    chosen = pod_selector(process, facts)
    return given(
        priorityClassName=placement.priority,
        nodeSelector={row.key: row.value for row in placement.nodes},
        tolerations=[
            given(key=row.key, operator=row.operator, value=row.value, effect=row.effect)
            for row in placement.tolerations
        ],
        topologySpreadConstraints=[
            {
                "maxSkew": row.skew,
                "topologyKey": row.topology,
                "whenUnsatisfiable": "DoNotSchedule" if row.hard else "ScheduleAnyway",
                "labelSelector": {"matchLabels": chosen},
            }
            for row in placement.spread
        ],
        affinity=given(
            podAffinity=_affinity([row for row in placement.affinity if row.near]),
            podAntiAffinity=_affinity([row for row in placement.affinity if not row.near]),
        ),
    )


def _affinity(rows: list[Affinity]) -> Manifest:
    def term(row: Affinity) -> Manifest:
        return {"labelSelector": {"matchLabels": {APP: row.app}}, "topologyKey": row.topology}

    return given(
        requiredDuringSchedulingIgnoredDuringExecution=[term(row) for row in rows if row.hard],
        preferredDuringSchedulingIgnoredDuringExecution=[
            {"weight": 100, "podAffinityTerm": term(row)} for row in rows if not row.hard
        ],
    )


def _volumes(spec: AppSpec, process: Process, facts: Facts, config: Config) -> list[Manifest]:
    rows: list[Manifest] = []
    files = spec.files_of(process.name)
    plain = [{"key": file.name, "path": file.name, "mode": file.mode} for file in files if file.secret is None]
    secret = [{"key": file.name, "path": file.name, "mode": file.mode} for file in files if file.secret is not None]
    if config.file_map:
        rows.append({"name": "files", "configMap": {"name": config.file_map, "items": plain}})
    if config.file_secret:
        rows.append({"name": "secret-files", "secret": {"secretName": config.file_secret, "items": secret}})
    if process.kind != "StatefulSet":
        # A StatefulSet brings its volumes by claim templates, one for each instance.
        for name in dict.fromkeys(mount.volume for mount in process.mounts):
            rows.append({"name": name, "persistentVolumeClaim": {"claimName": object_name(facts.app, name)}})
    for temp in process.temp:
        medium = "Memory" if temp.in_memory else ""
        rows.append({"name": temp_name(temp), "emptyDir": given(sizeLimit=temp.size, medium=medium)})
    return rows


def _file_mounts(spec: AppSpec, process: Process, config: Config) -> list[Manifest]:
    return [
        {
            "name": "files" if file.secret is None else "secret-files",
            "mountPath": file.path,
            "subPath": file.name,
            "readOnly": True,
        }
        for file in spec.files_of(process.name)
    ]


def _volume_mounts(process: Process, container: str, *, usual: tuple[str, ...]) -> list[Manifest]:
    return [
        given(name=mount.volume, mountPath=mount.path, subPath=mount.sub_path, readOnly=mount.read_only or None)
        for mount in process.mounts
        if container in (mount.containers or usual)
    ]


def _temp_mounts(process: Process, container: str) -> list[Manifest]:
    return [
        {"name": temp_name(temp), "mountPath": temp.path}
        for temp in process.temp
        if container in (temp.containers or (process.name,))
    ]
