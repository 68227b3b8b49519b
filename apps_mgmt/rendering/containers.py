"""Containers of an instance: the process's own, its helpers, what runs before."""

from __future__ import annotations

from apps_mgmt.rendering.config import Config, helper_variables
from apps_mgmt.rendering.facts import Facts, Manifest
from apps_mgmt.rendering.names import given
from apps_mgmt.spec.containers import Hook, Init, Security, Sidecar
from apps_mgmt.spec.health import Probe
from apps_mgmt.spec.process import Process
from apps_mgmt.spec.resources import Resources, Sizes

K8S_PROBES = {"startup": "startupProbe", "liveness": "livenessProbe", "readiness": "readinessProbe"}
TRANSPORT = {"udp": "UDP"}


def main_container(process: Process, facts: Facts, *, config: Config, mounts: list[Manifest]) -> Manifest:
    """The container that bears the process's name."""
    numbers = process.adopted_on(facts.cluster) is not None
    probes = {K8S_PROBES[name]: probe_of(process, probe, by_number=numbers) for name, probe in process.probes.given()}
    started = hook_of(process, process.hooks.post_start, by_number=numbers)
    stopping = hook_of(process, process.hooks.pre_stop, by_number=numbers)
    return given(
        name=process.name,
        image=process.image,
        imagePullPolicy=process.pull_policy,
        command=list(process.command),
        args=list(process.args),
        ports=[
            {"name": port.name, "containerPort": port.port, "protocol": TRANSPORT.get(port.protocol, "TCP")}
            for port in process.ports
        ],
        envFrom=list(config.env_from),
        env=list(config.env),
        resources=resources_of(process.resources, facts.sizes),
        securityContext=security_of(process.security),
        volumeMounts=mounts,
        lifecycle=given(postStart=started, preStop=stopping),
        **probes,
    )


def sidecar_container(
    sidecar: Sidecar, process: Process, facts: Facts, *, config: Config, mounts: list[Manifest]
) -> Manifest:
    """A container beside the process. It has its own variables only."""
    ready = {"tcpSocket": {"port": sidecar.ready_port}, "periodSeconds": 5} if sidecar.ready_port else {}
    alive = {"tcpSocket": {"port": sidecar.alive_port}, "periodSeconds": 5} if sidecar.alive_port else {}
    return given(
        name=sidecar.name,
        image=sidecar.image,
        command=list(sidecar.command),
        args=list(sidecar.args),
        env=helper_variables(sidecar.env, facts, container=sidecar.name, secret=config.helper_secret),
        resources=resources_of(sidecar.resources, facts.sizes),
        securityContext=security_of(process.security),
        volumeMounts=mounts,
        readinessProbe=ready,
        livenessProbe=alive,
    )


def init_container(init: Init, process: Process, facts: Facts, *, config: Config, mounts: list[Manifest]) -> Manifest:
    """A container that ends before the process starts, with the process's variables."""
    return given(
        name=init.name,
        image=init.image,
        command=list(init.command),
        args=list(init.args),
        envFrom=list(config.env_from),
        env=list(config.env),
        resources=resources_of(init.resources, facts.sizes),
        securityContext=security_of(process.security),
        volumeMounts=mounts,
    )


def probe_of(process: Process, probe: Probe, *, by_number: bool = False) -> Manifest:
    """A probe as Kubernetes writes it. gRPC takes the number of the port, the others its name, or `by_number`, too."""
    action: Manifest
    if probe.kind == "exec":
        action = {"exec": {"command": list(probe.command)}}
    else:
        port = process.port(probe.port)
        called = port.port if by_number else port.name
        if probe.kind == "grpc":
            action = {"grpc": given(port=port.port, service=probe.service)}
        elif probe.kind == "tcp":
            action = {"tcpSocket": {"port": called}}
        else:
            headers = [{"name": header.name, "value": header.value} for header in probe.headers]
            scheme = "" if probe.scheme == "HTTP" else probe.scheme
            action = {"httpGet": given(path=probe.path, port=called, scheme=scheme, httpHeaders=headers)}
    return {
        **action,
        **given(
            initialDelaySeconds=probe.initial_delay or None,
            periodSeconds=probe.period,
            timeoutSeconds=probe.timeout,
            successThreshold=probe.successes if probe.successes > 1 else None,
            failureThreshold=probe.failures,
        ),
    }


def hook_of(process: Process, hook: Hook | None, *, by_number: bool = False) -> Manifest:
    """A lifecycle hook, or nothing."""
    if hook is None:
        return {}
    if hook.kind == "exec":
        return {"exec": {"command": list(hook.command)}}
    if hook.kind == "sleep":
        return {"sleep": {"seconds": hook.seconds}}
    port = process.port(hook.port)
    return {"httpGet": {"path": hook.path, "port": port.port if by_number else port.name}}


def resources_of(resources: Resources, sizes: Sizes) -> Manifest:
    """Requests and limits, the size worked in."""
    amounts = resources.settled(sizes)
    requests = given(
        cpu=amounts.cpu_request, memory=amounts.memory_request, **{"ephemeral-storage": amounts.ephemeral_request}
    )
    limits = given(cpu=amounts.cpu_limit, memory=amounts.memory_limit, **{"ephemeral-storage": amounts.ephemeral_limit})
    if resources.gpu:
        limits[resources.gpu.resource] = str(resources.gpu.count)
    return given(requests=requests, limits=limits)


def security_of(security: Security) -> Manifest:
    """What every container of the process may do. What is forbidden is said, not left to the cluster's defaults."""
    return given(
        allowPrivilegeEscalation=security.escalation,
        capabilities=given(drop=["ALL"], add=list(security.capabilities)),
        readOnlyRootFilesystem=security.read_only_root or None,
    )


def pod_security(security: Security) -> Manifest:
    """What the instance as a whole may do."""
    return given(
        runAsNonRoot=True if security.profile == "restricted" else None,
        runAsUser=security.user,
        runAsGroup=security.group,
        fsGroup=security.file_group,
        seccompProfile={"type": "RuntimeDefault"},
    )
