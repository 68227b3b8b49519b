"""Services: how a process is reached inside the cluster, and the addresses its dependants get."""

from __future__ import annotations

from collections.abc import Mapping

from apps_mgmt.rendering.adopted import pod_selector
from apps_mgmt.rendering.facts import Address, Facts, Manifest
from apps_mgmt.rendering.names import given, headless_name, manifest, object_name, process_labels
from apps_mgmt.spec.app import AppSpec
from apps_mgmt.spec.ports import Port
from apps_mgmt.spec.process import Process

# What a gateway needs to be told of a port to speak to it.
APP_PROTOCOLS = {"http": "http", "grpc": "kubernetes.io/h2c"}


def services(process: Process, facts: Facts) -> tuple[Manifest, ...]:
    """The Service of a process, and for a StatefulSet the one that names its instances."""
    found: list[Manifest] = []
    # The container of a workload that was taken over may not name its ports.
    by_number = process.adopted_on(facts.cluster) is not None
    ports = [_port(port, by_number=by_number) for port in process.ports if port.exposure != "hidden"]
    if ports:
        body = {"type": "ClusterIP", "selector": pod_selector(process, facts), "ports": ports}
        found.append(_service(object_name(facts.app, process.name), process, facts, body))
    if process.kind == "StatefulSet":
        body = {"clusterIP": "None", "selector": pod_selector(process, facts), **given(ports=ports)}
        found.append(_service(headless_name(facts.app, process.name), process, facts, body))
    return tuple(found)


def addresses(spec: AppSpec, *, app: str) -> Mapping[tuple[str, str], Address]:
    """Where an app is reached by others of its tenant, on any cluster: (app, port) → address.

    A port goes by `http`, by `web.http`, and the first of all by `""`. With several processes the first that has a port
    of the name counts. What is hidden is left out.
    """
    found: dict[tuple[str, str], Address] = {}
    for process in spec.processes:
        for port in process.ports:
            if port.exposure != "hidden":
                address = Address(host=object_name(app, process.name), port=port.outside)
                found[app, f"{process.name}.{port.name}"] = address
                found.setdefault((app, port.name), address)
                found.setdefault((app, ""), address)
    return found


def _service(name: str, process: Process, facts: Facts, body: Manifest) -> Manifest:
    return manifest("v1", "Service", name=name, facts=facts, labels=process_labels(facts, process.name), spec=body)


def _port(port: Port, *, by_number: bool) -> Manifest:
    return given(
        name=port.name,
        port=port.outside,
        targetPort=port.port if by_number else port.name,
        protocol="UDP" if port.protocol == "udp" else "TCP",
        appProtocol=APP_PROTOCOLS.get(port.protocol, ""),
    )
