"""What an API server warns of: variables and ports that are there twice, and bytes that are no whole ones."""

from __future__ import annotations

from collections.abc import Iterator

from . import kinds, quantities
from .kinds import Kind
from .objects import Object

_TEMPLATES: dict[str, tuple[str, ...]] = {
    kinds.POD.resource: (),
    kinds.CRON_JOB.resource: ("spec", "jobTemplate", "spec", "template"),
    **{
        kind.resource: ("spec", "template")
        for kind in (kinds.DEPLOYMENT, kinds.REPLICA_SET, kinds.STATEFUL_SET, kinds.JOB)
    },
}


def warnings(obj: Object, *, kind: Kind) -> list[str]:
    """In the words and the order of an API server."""
    if kind == kinds.CLAIM:
        return _claimed(obj, "spec")
    steps = _TEMPLATES.get(kind.resource)
    if steps is None:
        return []
    pod = obj
    for step in steps:
        pod = pod.get(step) or {}
    containers = [*_containers(pod.get("spec") or {}, ".".join((*steps, "spec")))]
    found = [words for place, container in containers for words in _of_container(container, place)]
    found += [*_doubled(containers), *_called_alike(containers)]
    for number, claim in enumerate(obj["spec"].get("volumeClaimTemplates") or ()):
        found += _claimed(claim, f"spec.volumeClaimTemplates[{number}]")
    return found


def _of_container(container: Object, place: str) -> Iterator[str]:
    for name in ("memory", "ephemeral-storage"):
        yield from _broken(container.get("resources") or {}, ("limits", "requests"), name, f"{place}.resources")
    yield from _hidden(container.get("env") or [], place)


def _claimed(claim: Object, field: str) -> list[str]:
    resources = (claim.get("spec") or {}).get("resources") or {}
    return [*_broken(resources, ("requests", "limits"), "storage", f"{field}.resources")]


def _broken(resources: Object, parts: tuple[str, str], name: str, field: str) -> Iterator[str]:
    for part in parts:
        amount = (resources.get(part) or {}).get(name)
        if amount is not None and quantities.parse(amount) % 1:
            yield f'{field}.{part}[{name}]: fractional byte value "{amount}" is invalid, must be an integer'


def _containers(spec: Object, field: str) -> Iterator[tuple[str, Object]]:
    for group in ("initContainers", "containers"):
        for number, container in enumerate(spec.get(group) or ()):
            yield f"{field}.{group}[{number}]", container


def _hidden(variables: list[Object], place: str) -> Iterator[str]:
    """A variable may be made of the one before it; any other of that name hides it."""
    seen = set()
    for number, row in enumerate(variables):
        name, value = row.get("name", ""), row.get("value", "")
        made = f"$({name})" in value and value != f"$({name})" and "valueFrom" not in row
        if name in seen and not made:
            yield f'{place}.env[{number}]: hides previous definition of "{name}", which may be dropped when using apply'
        seen.add(name)


def _ports(containers: list[tuple[str, Object]]) -> Iterator[tuple[str, Object]]:
    for place, container in containers:
        for number, port in enumerate(container.get("ports") or ()):
            yield f"{place}.ports[{number}]", port


def _doubled(containers: list[tuple[str, Object]]) -> Iterator[str]:
    seen: dict[tuple[int, str], list[tuple[str, Object]]] = {}
    for place, port in _ports(containers):
        others = seen.setdefault((port.get("containerPort", 0), port.get("protocol", "TCP")), [])
        for other, there in others:
            here = (port.get("hostIP", ""), port.get("hostPort", 0))
            if here == (there.get("hostIP", ""), there.get("hostPort", 0)):
                yield f"{place}: duplicate port definition with {other}"
            elif not (here[1] and there.get("hostPort", 0)):
                yield f"{place}: overlapping port definition with {other}"
        others.append((place, port))


def _called_alike(containers: list[tuple[str, Object]]) -> Iterator[str]:
    seen: dict[str, str] = {}
    for place, port in _ports(containers):
        name = port.get("name", "")
        if name and seen.setdefault(name, place) != place:
            first = seen[name]
            use = f"services and probes that select ports by name will use {first}"
            yield f'{place}: duplicate port name "{name}" with {first}, {use}'
