"""LimitRanges: what they fill into the containers of a new pod, and what they refuse."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from . import errors, kinds, quantities
from .objects import Object
from .store import Store

_ANNOTATION = "kubernetes.io/limit-ranger"
_GROUPS = (("containers", "container"), ("initContainers", "init container"))
Amounts = dict[str, str]


def fill(store: Store, pod: Object) -> None:
    """Give containers the requests and limits that they do not state, in place; an annotation says which."""
    for limit_range in _ranges(store, pod):
        items = [row for row in limit_range["spec"].get("limits") or () if row.get("type") == "Container"]
        done: list[str] = []
        for group, called in _GROUPS:
            for container in pod["spec"].get(group) or ():
                done += _fill(container, items, called=called)
        if done:
            annotations = pod["metadata"].setdefault("annotations", {})
            annotations[_ANNOTATION] = "LimitRanger plugin set: " + "; ".join(done)


def _fill(container: Object, items: list[Object], *, called: str) -> list[str]:
    done = []
    for part, field, word in (("requests", "defaultRequest", "request"), ("limits", "default", "limit")):
        wanted = {name: amount for item in reversed(items) for name, amount in (item.get(field) or {}).items()}
        present = container.setdefault("resources", {}).get(part) or {}
        missing = {name: amount for name, amount in sorted(wanted.items()) if name not in present}
        if missing:
            container["resources"][part] = {**present, **missing}
            done.append(f"{', '.join(missing)} {word} for {called} {container.get('name', '')}")
    return done


def check(store: Store, pod: Object) -> None:
    """Refuse (403) a pod that asks for less or more than a LimitRange of its namespace allows."""
    for limit_range in _ranges(store, pod):
        faults = [fault for item in limit_range["spec"].get("limits") or () for fault in _faults(item, pod["spec"])]
        if faults:
            words = faults[0] if len(faults) == 1 else f"[{', '.join(faults)}]"
            raise errors.forbidden(kinds.POD, pod["metadata"].get("name", ""), words)


def _ranges(store: Store, pod: Object) -> list[Object]:
    found = store.each(kinds.LIMIT_RANGE, namespace=pod["metadata"].get("namespace", ""))
    return sorted(found, key=lambda row: row["metadata"]["name"])


def _faults(item: Object, spec: Object) -> Iterator[str]:
    if item.get("type") == "Container":
        for group, _called in _GROUPS:
            for container in spec.get(group) or ():
                resources = container.get("resources") or {}
                yield from _outside(item, resources.get("requests") or {}, resources.get("limits") or {})
    elif item.get("type") == "Pod":
        yield from _outside(item, _sum(spec, "requests"), _sum(spec, "limits"))


def _sum(spec: Object, part: str) -> Amounts:
    """What the containers of a pod state together."""
    total: dict[str, Decimal] = {}
    for container in spec.get("containers") or ():
        for name, amount in ((container.get("resources") or {}).get(part) or {}).items():
            total[name] = total.get(name, Decimal(0)) + quantities.parse(amount)
    return {name: quantities.show(amount, like=name) for name, amount in total.items()}


def _outside(item: Object, requests: Amounts, limits: Amounts) -> Iterator[str]:
    per = item["type"]
    for name, least in sorted((item.get("min") or {}).items()):
        words = f"minimum {name} usage per {per} is {least}"
        if name not in requests:
            yield f"{words}.  No request is specified"
        elif _less(requests[name], least):
            yield f"{words}, but request is {requests[name]}"
        elif name in limits and _less(limits[name], least):
            yield f"{words}, but limit is {limits[name]}"
    for name, most in sorted((item.get("max") or {}).items()):
        words = f"maximum {name} usage per {per} is {most}"
        if name not in limits:
            yield f"{words}.  No limit is specified"
        elif _less(most, limits[name]):
            yield f"{words}, but limit is {limits[name]}"
        elif name in requests and _less(most, requests[name]):
            yield f"{words}, but request is {requests[name]}"
    for name, ratio in sorted((item.get("maxLimitRequestRatio") or {}).items()):
        words = f"{name} max limit to request ratio per {per} is {ratio}"
        yield from _ratio(words, quantities.parse(ratio), requests.get(name, "0"), limits.get(name, "0"))


def _less(one: str, other: str) -> bool:
    return quantities.parse(one) < quantities.parse(other)


def _ratio(words: str, most: Decimal, request: str, limit: str) -> Iterator[str]:
    if not quantities.parse(request):
        yield f"{words}, but no request is specified or request is 0"
    elif not quantities.parse(limit):
        yield f"{words}, but no limit is specified or limit is 0"
    elif (found := quantities.parse(limit) / quantities.parse(request)) > most:
        yield f"{words}, but provided ratio is {found:.6f}"
