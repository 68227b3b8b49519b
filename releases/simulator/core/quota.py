"""ResourceQuota arithmetic: what an object costs, what a namespace uses, and the refusal when it is too much."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from . import errors, kinds, quantities
from .kinds import BY_RESOURCE, Kind
from .objects import Object
from .store import Store

Amounts = dict[str, Decimal]
_COUNTED = {"pods", "services", "configmaps", "secrets", "resourcequotas", "persistentvolumeclaims"}
_SHORT = {"cpu": "requests.cpu", "memory": "requests.memory", "ephemeral-storage": "requests.ephemeral-storage"}
_STORAGE = "requests.storage"
ZERO = Decimal(0)


def _sum(containers: Iterable[Object], part: str) -> Amounts:
    total: Amounts = {}
    for container in containers:
        for name, amount in ((container.get("resources") or {}).get(part) or {}).items():
            total[name] = total.get(name, ZERO) + quantities.parse(amount)
    return total


def pod_resources(spec: Object, part: str) -> Amounts:
    """Requests or limits of a whole pod: its containers together, or its largest init container."""
    total = _sum(spec.get("containers") or (), part)
    for container in spec.get("initContainers") or ():
        for name, amount in _sum([container], part).items():
            total[name] = max(total.get(name, ZERO), amount)
    return total


def cost(obj: Object, *, kind: Kind) -> Amounts:
    """What one object takes from a quota; finished pods take nothing."""
    used: Amounts = {f"count/{kind.resource}": Decimal(1)}
    if kind.resource in _COUNTED:
        used[kind.resource] = Decimal(1)
    if kind == kinds.POD:
        if obj.get("status", {}).get("phase") in ("Succeeded", "Failed"):
            return {}
        for part in ("requests", "limits"):
            for name, amount in pod_resources(obj["spec"], part).items():
                used[f"{part}.{name}"] = amount
    if kind == kinds.SERVICE:
        service_type = obj["spec"].get("type")
        used["services.loadbalancers"] = Decimal(service_type == "LoadBalancer")
        used["services.nodeports"] = Decimal(service_type in ("NodePort", "LoadBalancer"))
    if kind == kinds.CLAIM:
        used[_STORAGE] = quantities.parse(obj["spec"]["resources"]["requests"]["storage"])
    return used


def _charged(hard: Iterable[str], used: Amounts) -> Amounts:
    return {name: used.get(_SHORT.get(name, name), ZERO) for name in hard}


def _counted_kinds(hard: Iterable[str]) -> list[Kind]:
    found = set()
    for name in hard:
        resource = name.removeprefix("count/") if name.startswith("count/") else name.split(".")[0]
        found.add(kinds.CLAIM if name == _STORAGE else BY_RESOURCE.get(resource, kinds.POD))
    return sorted(found, key=lambda kind: kind.resource)


def usage(store: Store, namespace: str, hard: Iterable[str]) -> Amounts:
    """What a namespace uses of each named resource."""
    names = list(hard)
    total: Amounts = dict.fromkeys(names, ZERO)
    for kind in _counted_kinds(names):
        for obj in store.each(kind, namespace=namespace):
            for name, amount in _charged(names, cost(obj, kind=kind)).items():
                total[name] += amount
    return total


def _list(amounts: Amounts) -> str:
    return ",".join(f"{name}={quantities.show(amount, like=name)}" for name, amount in sorted(amounts.items()))


def _missing(obj: Object, hard: Iterable[str]) -> dict[str, list[str]]:
    """Names a quota holds that some container of a pod does not state, with those containers."""
    missing: dict[str, list[str]] = {}
    for name in hard:
        part, _, resource = _SHORT.get(name, name).partition(".")
        if part in ("requests", "limits") and resource in ("cpu", "memory"):
            for container in obj["spec"].get("containers") or ():
                if resource not in ((container.get("resources") or {}).get(part) or {}):
                    missing.setdefault(name, []).append(container["name"])
    return missing


def check(store: Store, obj: Object, *, kind: Kind) -> None:
    """Refuse (403) a new object that a quota of its namespace has no room for."""
    namespace = obj["metadata"].get("namespace", "")
    if not namespace:
        return
    for quota in sorted(store.each(kinds.RESOURCE_QUOTA, namespace=namespace), key=lambda row: row["metadata"]["name"]):
        hard = {name: quantities.parse(amount) for name, amount in (quota["spec"].get("hard") or {}).items()}
        name = quota["metadata"]["name"]
        title = obj["metadata"].get("name") or obj["metadata"].get("generateName", "")
        if kind == kinds.POD and (missing := _missing(obj, hard)):
            words = "; ".join(f"{key} for: {','.join(rows)}" for key, rows in sorted(missing.items()))
            raise errors.forbidden(kind, title, f"failed quota: {name}: must specify {words}")
        asked = {key: amount for key, amount in _charged(hard, cost(obj, kind=kind)).items() if amount}
        if not asked:
            continue
        used = usage(store, namespace, asked)
        over = [key for key in asked if used[key] + asked[key] > hard[key]]
        if over:
            words = (
                f"exceeded quota: {name}, requested: {_list({key: asked[key] for key in over})}, "
                f"used: {_list({key: used[key] for key in over})}, limited: {_list({key: hard[key] for key in over})}"
            )
            raise errors.forbidden(kind, title, words)
