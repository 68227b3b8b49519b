"""What a network plug-in and a gateway would answer: addresses, and whether a route is accepted."""

from __future__ import annotations

from ..kinds import GATEWAY, HTTP_ROUTE, INGRESS, SERVICE
from ..objects import Object, fraction
from ..world import World

_CONTROLLER = "slipway.dev/simulated-gateway"


def _address(obj: Object) -> str:
    return f"203.0.113.{1 + int(fraction(obj['metadata']['uid']) * 250)}"


def _condition(world: World, type_: str, reason: str, *, holds: bool, message: str, generation: int) -> Object:
    return {
        "type": type_,
        "status": "True" if holds else "False",
        "reason": reason,
        "message": message,
        "lastTransitionTime": world.stamp(),
        "observedGeneration": generation,
    }


def service(world: World, key: tuple[str, str]) -> None:
    obj = world.store.get(SERVICE, *key)
    if obj is None:
        return
    balanced = obj["spec"].get("type") == "LoadBalancer"
    ingress = [{"ip": _address(obj), "ipMode": "VIP"}] if balanced else None
    world.update_status(SERVICE, obj, loadBalancer={"ingress": ingress} if ingress else {})


def ingress(world: World, key: tuple[str, str]) -> None:
    obj = world.store.get(INGRESS, *key)
    if obj is not None:
        world.update_status(INGRESS, obj, loadBalancer={"ingress": [{"ip": "203.0.113.10"}]})


def gateway(world: World, key: tuple[str, str]) -> None:
    obj = world.store.get(GATEWAY, *key)
    if obj is None:
        return
    generation = obj["metadata"]["generation"]
    said = obj.get("status", {}).get("conditions") or [{}]
    if said[0].get("observedGeneration") != generation:
        rows = [
            _condition(world, "Accepted", "Accepted", holds=True, message="", generation=generation),
            _condition(world, "Programmed", "Programmed", holds=True, message="", generation=generation),
        ]
        address = [{"type": "IPAddress", "value": _address(obj)}]
        world.update_status(GATEWAY, obj, addresses=address, conditions=rows)
    for route in world.store.each(HTTP_ROUTE):
        world.soon("route", (route["metadata"]["namespace"], route["metadata"]["name"]))


def _missing_backends(world: World, route: Object) -> list[str]:
    namespace = route["metadata"]["namespace"]
    return sorted(
        {
            backend["name"]
            for rule in route["spec"].get("rules") or ()
            for backend in rule.get("backendRefs") or ()
            if world.store.get(SERVICE, backend.get("namespace", namespace), backend["name"]) is None
        }
    )


def route(world: World, key: tuple[str, str]) -> None:
    obj = world.store.get(HTTP_ROUTE, *key)
    if obj is None:
        return
    generation, parents = obj["metadata"]["generation"], []
    before = {str(row["parentRef"]): row["conditions"] for row in obj.get("status", {}).get("parents") or ()}
    missing = _missing_backends(world, obj)
    for parent in obj["spec"].get("parentRefs") or ():
        found = world.store.get(GATEWAY, parent.get("namespace", key[0]), parent["name"]) is not None
        words = "" if found else f'Gateway "{parent["name"]}" not found'
        gaps = f"Service {', '.join(missing)} not found" if missing else ""
        rows = [
            _condition(
                world,
                "Accepted",
                "Accepted" if found else "NoMatchingParent",
                holds=found,
                message=words,
                generation=generation,
            ),
            _condition(
                world,
                "ResolvedRefs",
                "BackendNotFound" if missing else "ResolvedRefs",
                holds=not missing,
                message=gaps,
                generation=generation,
            ),
        ]
        for row, old in zip(rows, before.get(str(parent), ()), strict=False):
            if old["status"] == row["status"]:
                row["lastTransitionTime"] = old["lastTransitionTime"]
        parents.append({"parentRef": parent, "controllerName": _CONTROLLER, "conditions": rows})
    world.update_status(HTTP_ROUTE, obj, parents=parents)
