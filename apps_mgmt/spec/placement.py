"""How the instances of a process are divided over clusters, and what a spec comes to on one of them.

`replicas` is the total. A row's own number is taken out first (by name, as far as the total lasts); the rest goes by
weight with the largest remainder, ties by name. Where every row has an own number, what is left goes by their weights;
where nobody has a weight, to those with a number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from apps_mgmt.spec.app import AppSpec
from apps_mgmt.spec.base import put
from apps_mgmt.spec.config import EnvVar
from apps_mgmt.spec.image import parse
from apps_mgmt.spec.placing import Override, Target
from apps_mgmt.spec.process import Process


@dataclass(frozen=True)
class Share:
    """A process on one cluster: `replicas` instances, or what it begins with between `least` and `most`.

    `ceiling` is the most it has at any hour, where an autoscaler has other limits at other hours.
    """

    replicas: int
    least: int
    most: int
    ceiling: int


def divide(total: int, targets: Sequence[Target], *, own: Mapping[str, int] | None = None) -> dict[str, int]:
    """Cluster → number; they sum to `total` (nothing at all without targets). `own` overrides the rows' own numbers."""
    numbers = {row.cluster: (own or {}).get(row.cluster, row.own) for row in targets}
    given: dict[str, int] = {}
    left = total
    for cluster, number in sorted(numbers.items()):
        if number is not None:
            given[cluster] = min(number, left)
            left -= given[cluster]
    weights = {row.cluster: row.weight for row in targets if numbers[row.cluster] is None}
    if not sum(weights.values()):
        weights = {row.cluster: row.weight for row in targets}
    if not sum(weights.values()):
        weights = dict.fromkeys([cluster for cluster, number in numbers.items() if number] or weights, 1)
    by_weight = _largest_remainder(left, weights)
    return {row.cluster: given.get(row.cluster, 0) + by_weight.get(row.cluster, 0) for row in targets}


def shares(spec: AppSpec, process: Process, targets: Sequence[Target]) -> dict[str, Share]:
    """Cluster → share of a process. 0 everywhere while it is suspended or the app is stopped.

    An autoscaler's limits divide alike, with at least 1 on every cluster that has a share.
    """
    own = _overridden(spec, process)
    if spec.stopped or process.suspended:
        return {row.cluster: Share(0, 0, 0, 0) for row in targets}
    if process.autoscaler is None:
        numbers = divide(process.replicas, targets, own=own)
        return {cluster: Share(number, number, number, number) for cluster, number in numbers.items()}
    return _scaled(process, targets, own=own)


def own_numbers(spec: AppSpec, process: Process) -> dict[str, int]:
    """Cluster → the instances of a process that it asks for of its own, of the clusters that the spec names."""
    numbers = {row.cluster: row.own for row in spec.placement.targets if row.own is not None}
    named = {row.cluster for row in spec.placement.targets}
    return numbers | {cluster: one for cluster, one in _overridden(spec, process).items() if cluster in named}


def targets_of(spec: AppSpec, frozen: Sequence[Target] = ()) -> tuple[Target, ...]:
    """The rows that count: those a release froze, else the spec's own, else as many unnamed ones as it asks for."""
    if frozen:
        return tuple(frozen)
    if spec.placement.targets:
        return spec.placement.targets
    number = spec.placement.auto.clusters if spec.placement.auto else 1
    return tuple(Target(cluster=f"cluster-{index}") for index in range(1, number + 1))


def on_cluster(spec: AppSpec, cluster: str) -> AppSpec:
    """The spec as it is on one cluster: its override worked in. Numbers of instances are not touched, see `shares`."""
    override = next((row for row in spec.placement.overrides if row.cluster == cluster), None)
    if override is None:
        return spec
    swaps = {swap.host: swap.instead for swap in override.hosts}
    return spec.change(
        processes=tuple(_process_on(process, override) for process in spec.processes),
        env=_overlaid(spec, override),
        routes=tuple(row.change(host=swaps.get(row.host, row.host)) for row in spec.routes),
        domains=tuple(row.change(host=swaps.get(row.host, row.host)) for row in spec.domains),
    )


def _overridden(spec: AppSpec, process: Process) -> dict[str, int]:
    return {
        override.cluster: share.replicas
        for override in spec.placement.overrides
        for share in override.replicas
        if share.process == process.name
    }


def _overlaid(spec: AppSpec, override: Override) -> tuple[EnvVar, ...]:
    rows = spec.env
    for variable in override.env:
        rows = put(rows, variable)
    return rows


def _process_on(process: Process, override: Override) -> Process:
    changes: dict[str, object] = {}
    if override.registry:
        changes["image"] = str(parse(process.image).with_registry(override.registry))
    if override.size:
        changes["resources"] = process.resources.change(size=override.size)
    names = {variable.name for variable in override.env}
    if any(variable.name in names for variable in process.env):
        changes["env"] = tuple(variable for variable in process.env if variable.name not in names)
    return process.change(**changes) if changes else process


def _scaled(process: Process, targets: Sequence[Target], *, own: Mapping[str, int]) -> dict[str, Share]:
    assert process.autoscaler is not None
    least = divide(process.autoscaler.least, targets, own=own)
    most = divide(process.autoscaler.most, targets, own=own)
    ceiling = divide(process.autoscaler.ceiling, targets, own=own)
    begin = divide(process.replicas, targets, own=own)
    found: dict[str, Share] = {}
    for row in targets:
        wanted = own.get(row.cluster, row.own)
        if not row.weight and not wanted:
            found[row.cluster] = Share(0, 0, 0, 0)
            continue
        low = max(1, least[row.cluster])
        high = max(low, most[row.cluster])
        replicas = min(max(begin[row.cluster], low), high)
        found[row.cluster] = Share(replicas, low, high, max(high, ceiling[row.cluster]))
    return found


def _largest_remainder(total: int, weights: Mapping[str, int]) -> dict[str, int]:
    whole = sum(weights.values())
    if not whole:
        return {}
    floors = {name: total * weight // whole for name, weight in weights.items()}
    by_remainder = sorted(weights, key=lambda name: (-(total * weights[name] % whole), name))
    for name in by_remainder[: total - sum(floors.values())]:
        floors[name] += 1
    return floors
