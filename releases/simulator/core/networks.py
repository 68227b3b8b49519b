"""Addresses the cluster hands out: cluster IPs, node ports, pod IPs."""

from __future__ import annotations

from typing import Any

from .kinds import SERVICE
from .objects import Object
from .world import World


def _octets(number: int) -> str:
    return f"{number >> 8 & 255}.{number & 255}"


def pod_ip(world: World) -> str:
    world.counter += 1
    return f"10.{244 + (world.counter >> 16) % 8}.{_octets(world.counter)}"


def allocate(world: World, spec: Object, *, dry_run: bool) -> None:
    """Give a new or changed service its addresses, in place."""
    if spec.get("type") == "ExternalName":
        return
    if "clusterIP" not in spec:
        number = world.counter + 1
        if not dry_run:
            world.counter = number
        spec["clusterIP"] = f"10.{96 + (number >> 16) % 16}.{_octets(number)}"
    for field, value in (
        ("clusterIPs", [spec["clusterIP"]]),
        ("ipFamilies", ["IPv4"]),
        ("ipFamilyPolicy", "SingleStack"),
    ):
        spec.setdefault(field, value)
    if spec.get("type") in ("NodePort", "LoadBalancer"):
        taken = {
            port.get("nodePort") for service in world.store.each(SERVICE) for port in service["spec"].get("ports") or ()
        }
        for port in spec.get("ports") or ():
            if not port.get("nodePort"):
                free = next(number for number in range(30000, 32768) if number not in taken)
                port["nodePort"] = free
                taken.add(free)


def carry_over(old: Object, new: Object) -> None:
    """A changed service keeps the addresses it does not mention, in place."""
    if new.get("type") == "ExternalName":
        return
    for field in ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"):
        if field in old and field not in new:
            new[field] = old[field]
    ports: dict[tuple[Any, Any], Any] = {
        (port.get("port"), port.get("protocol", "TCP")): port.get("nodePort") for port in old.get("ports") or ()
    }
    if new.get("type") in ("NodePort", "LoadBalancer"):
        for port in new.get("ports") or ():
            kept = ports.get((port.get("port"), port.get("protocol", "TCP")))
            if kept and not port.get("nodePort"):
                port["nodePort"] = kept
