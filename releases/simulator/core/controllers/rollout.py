"""How a rolling update moves: new pods up to the surge, old ones down to the minimum that must stay available."""

from __future__ import annotations

from ..objects import Object, annotations_of
from ..world import World
from .replicasets import DESIRED, desired, limits, resize


def _size(replica_set: Object) -> int:
    size: int = replica_set["spec"]["replicas"]
    return size


def _available(replica_set: Object) -> int:
    available: int = replica_set.get("status", {}).get("availableReplicas", 0)
    return available


def roll(world: World, deployment: Object, old: list[Object], new: Object) -> None:
    """One step of a rolling update; its effects bring the controller back for the next."""
    if _grow(world, deployment, old, new):
        return
    _shrink(world, deployment, old, new)


def _grow(world: World, deployment: Object, old: list[Object], new: Object) -> bool:
    wanted, size = desired(deployment), _size(new)
    if size == wanted:
        return False
    if size > wanted:
        resize(world, deployment, new, wanted)
        return True
    surge, _ = limits(deployment)
    room = wanted + surge - size - sum(_size(row) for row in old)
    if room <= 0:
        return False
    resize(world, deployment, new, size + min(room, wanted - size))
    return True


def _shrink(world: World, deployment: Object, old: list[Object], new: Object) -> None:
    if not any(_size(row) for row in old):
        return
    _, down = limits(deployment)
    minimum = desired(deployment) - down
    total = _size(new) + sum(_size(row) for row in old)
    most = total - minimum - (_size(new) - _available(new))
    if most <= 0:
        return
    sizes = {row["metadata"]["name"]: _size(row) for row in old}
    cleaned = 0
    for row in old:
        sick = min(most - cleaned, _size(row) - _available(row))
        if sick > 0:
            cleaned += sick
            sizes[row["metadata"]["name"]] -= sick
    spare = sum(_available(row) for row in [*old, new]) - minimum
    for row in old:
        name = row["metadata"]["name"]
        fewer = min(sizes[name], max(0, spare))
        sizes[name] -= fewer
        spare -= fewer
    for row in old:
        if sizes[row["metadata"]["name"]] != _size(row):
            resize(world, deployment, row, sizes[row["metadata"]["name"]])


def is_scaling(deployment: Object, sets: list[Object]) -> bool:
    """Whether the wanted number changed since the active ReplicaSets were last sized."""
    for row in sets:
        said = annotations_of(row).get(DESIRED, "")
        if _size(row) and said.isdigit() and int(said) != desired(deployment):
            return True
    return False


def scale(world: World, deployment: Object, sets: list[Object], *, new: Object | None) -> None:
    """Carry a new number to the ReplicaSets: to the only active one, or in proportion while a rollout is on."""
    active = [row for row in sets if _size(row)]
    wanted = desired(deployment)
    if not active:
        if new is not None and wanted:
            resize(world, deployment, new, wanted)
        return
    if len(active) == 1:
        resize(world, deployment, active[0], wanted)
        return
    if new is not None and _size(new) == wanted and _available(new) == wanted:
        for row in active:
            if row is not new:
                resize(world, deployment, row, 0)
        return
    surge, _ = limits(deployment)
    allowed = wanted + surge if wanted else 0
    total = sum(_size(row) for row in active)
    sizes = {row["metadata"]["name"]: _size(row) * allowed // total for row in active}
    largest = max(active, key=_size)["metadata"]["name"]
    sizes[largest] += allowed - sum(sizes.values())
    for row in active:
        resize(world, deployment, row, max(0, sizes[row["metadata"]["name"]]))
