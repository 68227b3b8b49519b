"""The ports of containers, and of the nodes they run on."""

from __future__ import annotations

from ..errors import Cause
from ..objects import Object
from . import names

_PROTOCOLS = ("SCTP", "TCP", "UDP")


def ports_of(ports: list[Object], field: str, seen: set[str]) -> list[Cause]:
    """What is wrong with the ports of one container; ``seen`` fills up with their names."""
    causes: list[Cause] = []
    for place, port in enumerate(ports):
        here = f"{field}[{place}]"
        if "name" in port:
            causes += names.port_name(f"{here}.name", port["name"])
            if port["name"] in seen:
                causes.append(names.duplicate(f"{here}.name", port["name"]))
            seen.add(port["name"])
        if not port.get("containerPort"):
            causes.append(names.required(f"{here}.containerPort"))
        else:
            causes += names.port_number(f"{here}.containerPort", port["containerPort"])
        if port.get("hostPort"):
            causes += names.port_number(f"{here}.hostPort", port["hostPort"])
        if port.get("protocol", "TCP") not in _PROTOCOLS:
            causes.append(names.unsupported(f"{here}.protocol", port["protocol"], _PROTOCOLS))
    return causes


def host_ports(spec: Object, field: str) -> list[Cause]:
    """Each port of a node is there once; on the node's own network it is that of the container."""
    doubled, others, seen = [], [], set()
    for number, container in enumerate(spec["containers"]):
        for place, port in enumerate(container.get("ports") or ()):
            here, there = f"{field}.containers[{number}].ports[{place}].hostPort", port.get("hostPort")
            if not there:
                continue
            called = f"{port.get('protocol', 'TCP')}/{port.get('hostIP', '')}/{there}"
            if called in seen:
                doubled.append(names.duplicate(here, called))
            seen.add(called)
            if spec.get("hostNetwork") and there != port.get("containerPort"):
                words = "must match `containerPort` when `hostNetwork` is true"
                others.append(names.bad(here, there, words))
    return doubled + others
