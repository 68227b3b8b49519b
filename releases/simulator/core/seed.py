"""What a cluster holds before anyone has written to it: nodes, system namespaces, a gateway."""

from __future__ import annotations

from dataclasses import dataclass

from .kinds import GATEWAY, NAMESPACE, NODE, PRIORITY_CLASS
from .objects import Object
from .priorities import SYSTEM
from .world import World

SYSTEM_NAMESPACES = ("default", "kube-system", "kube-public", "kube-node-lease")
GATEWAY_NAMESPACE = "gateway-system"
GATEWAY_NAME = "public"
VERSION = "v1.34.4"


@dataclass(frozen=True, slots=True)
class NodeSize:
    """What each node offers: whole cores, GiB of memory, pods."""

    cpu: int = 32
    memory: int = 128
    pods: int = 250


def node(name: str, number: int, size: NodeSize, *, stamp: str) -> Object:
    room = {"cpu": str(size.cpu), "memory": f"{size.memory}Gi", "pods": str(size.pods), "ephemeral-storage": "200Gi"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "labels": {
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": "linux",
                "kubernetes.io/arch": "amd64",
                "topology.kubernetes.io/zone": f"zone-{'abc'[number % 3]}",
            },
        },
        "spec": {"podCIDR": f"10.244.{number}.0/24", "podCIDRs": [f"10.244.{number}.0/24"]},
        "status": {
            "capacity": room,
            "allocatable": dict(room),
            "addresses": [
                {"type": "InternalIP", "address": f"192.0.2.{10 + number}"},
                {"type": "Hostname", "address": name},
            ],
            "conditions": [
                {
                    "type": "Ready",
                    "status": "True",
                    "reason": "KubeletReady",
                    "message": "kubelet is posting ready status",
                    "lastHeartbeatTime": stamp,
                    "lastTransitionTime": stamp,
                }
            ],
            "nodeInfo": {
                "kubeletVersion": VERSION,
                "containerRuntimeVersion": "containerd://2.1.4",
                "osImage": "Debian GNU/Linux 12 (bookworm)",
                "kernelVersion": "6.1.0-simulated",
                "operatingSystem": "linux",
                "architecture": "amd64",
                "kubeProxyVersion": "",
                "machineID": name,
                "systemUUID": name,
                "bootID": name,
            },
        },
    }


def plant(world: World, *, nodes: int, size: NodeSize) -> None:
    for name in (*SYSTEM_NAMESPACES, GATEWAY_NAMESPACE):
        world.create(NAMESPACE, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    for number in range(nodes):
        world.create(NODE, node(f"{world.name}-node-{number + 1}", number, size, stamp=world.stamp()))
    listener = {"name": "http", "port": 80, "protocol": "HTTP", "allowedRoutes": {"namespaces": {"from": "All"}}}
    world.create(
        GATEWAY,
        {
            "apiVersion": GATEWAY.api_version,
            "kind": "Gateway",
            "metadata": {"name": GATEWAY_NAME, "namespace": GATEWAY_NAMESPACE},
            "spec": {"gatewayClassName": "simulated", "listeners": [listener]},
        },
    )


def plant_priorities(world: World) -> None:
    """Make the classes of the system that are not there; also in a cluster kept from before it knew of priorities."""
    for name, (value, description) in SYSTEM.items():
        if world.store.get(PRIORITY_CLASS, "", name) is None:
            body = {"apiVersion": PRIORITY_CLASS.api_version, "kind": "PriorityClass", "metadata": {"name": name}}
            world.create(PRIORITY_CLASS, {**body, "value": value, "description": description})
