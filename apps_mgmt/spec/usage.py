"""What a spec uses of a quota: whole numbers per dimension, always the most it can come to.

CPU in millicores, memory and storages in bytes, the rest in pieces. CPU, memory and ephemeral storage count what is
requested, or the limit where only that is given, as the scheduler does. `usage` is the app at rest; `peak_usage` is the
app while a release rolls, with the instances that come on top and those that go last; `usage_across` is what runs, with
each cluster at a revision of its own, and what releases left there that ended half way. A scheduled job counts on every
cluster, with one instance of it: what an overlapping one takes beyond that is held by the stop in the namespace.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import TypeGuard

from apps_mgmt.spec.app import AppSpec
from apps_mgmt.spec.placement import on_cluster, shares, targets_of
from apps_mgmt.spec.placing import Target
from apps_mgmt.spec.process import Process
from apps_mgmt.spec.quantity import bytes_of, millicores
from apps_mgmt.spec.resources import DEFAULT_SIZES, Resources, Sizes
from apps_mgmt.spec.steps import Leaf, leaves
from apps_mgmt.spec.steps_acting import BuildStep, JobStep
from apps_mgmt.spec.surging import TWO_TRACKS, on_top

DIMENSIONS = (
    "apps", "instances", "cpu", "memory", "ephemeral", "storage", "gpu", "routes", "services", "releases", "jobs",
)  # fmt: skip

ADDING_UP = ("instances", "cpu", "memory", "ephemeral", "storage", "gpu", "jobs")
"""What each cluster has of its own."""

Usage = Mapping[str, int]
NOTHING: Usage = MappingProxyType(dict.fromkeys(DIMENSIONS, 0))
Numbers = Mapping[str, Mapping[str, int]]
"""Cluster → process → how many instances there are, where somebody else has that number: fewer do not count there."""

_OWN: Numbers = MappingProxyType({})


def usage(spec: AppSpec, *, sizes: Sizes = DEFAULT_SIZES, targets: Sequence[Target] = ()) -> Usage:
    """The most the app can come to at rest: autoscalers at their most, every cluster counted.

    `targets` are the rows a release froze, where the spec leaves the choice open. SpecError for an unknown size.
    """
    return _counted(spec, sizes=sizes, targets=targets, rolling=False, numbers=_OWN)


def peak_usage(
    spec: AppSpec,
    *,
    sizes: Sizes = DEFAULT_SIZES,
    targets: Sequence[Target] = (),
    running: Container[str] | None = None,
    stands: Iterable[tuple[str, AppSpec]] = (),
    rolled: Iterable[tuple[str, AppSpec]] = (),
    numbers: Numbers = _OWN,
) -> Usage:
    """The most the app can come to while a release of it rolls.

    `running` names the clusters where something of it runs already, since only there old and new stand side by side;
    None: everywhere. `stands`, `rolled`: what there is before it, as in `usage_across`. On each cluster that counts
    until the release has come there, which can be last; processes that the spec has no more go only after the others
    have come, and so does a second track that the release does not take for its own.
    """
    found = dict(_counted(spec, sizes=sizes, targets=targets, rolling=True, running=running, numbers=numbers))
    alone = partial(_counted, spec, sizes=sizes, targets=targets, rolling=True, running=running, numbers=numbers)
    at_rest, broken_off = _by_cluster(stands), _by_cluster(rolled)
    for cluster in at_rest.keys() | broken_off.keys():
        olds, halves = at_rest.get(cluster, []), broken_off.get(cluster, [])
        new = alone(only=cluster)
        before = _standing(olds, halves, cluster, sizes=sizes, numbers=numbers)
        last = _last(olds, halves, spec, cluster, sizes=sizes, numbers=numbers)
        for name in ADDING_UP:
            found[name] += max(0, before[name] - new[name], last[name])
    return MappingProxyType(found)


def usage_across(
    rows: Iterable[tuple[str, AppSpec]],
    *,
    sizes: Sizes = DEFAULT_SIZES,
    rolled: Iterable[tuple[str, AppSpec]] = (),
    numbers: Numbers = _OWN,
) -> Usage:
    """The most that can stand where each cluster runs a spec of its own, at rest: pairs of cluster and spec.

    What there is on each of them adds up, of several specs on one the most; the app, its services and its routes are
    the same ones everywhere. `rolled`: pairs of those whose release ended half way, in place of what runs: what came on
    top of them, by the strategy of the spec, is there for as long as nothing else has come.
    """
    found = dict(NOTHING)
    routes: set[tuple[str, str]] = set()
    domain = False
    at_rest, broken_off = _by_cluster(rows), _by_cluster(rolled)
    for cluster in at_rest.keys() | broken_off.keys():
        olds, halves = at_rest.get(cluster, []), broken_off.get(cluster, [])
        specs = [*olds, *halves]
        part = _standing(olds, halves, cluster, sizes=sizes, numbers=numbers)
        for name in ADDING_UP:
            found[name] += part[name]
        for name in ("apps", "services"):
            found[name] = max(found[name], part[name])
        routes |= {(route.host, route.path) for spec in specs for route in on_cluster(spec, cluster).routes}
        domain = domain or any(spec.platform_domain for spec in specs)
    found["routes"] = len(routes) + domain
    return MappingProxyType(found)


def largest(usages: Iterable[Usage]) -> Usage:
    """Dimension by dimension the largest of them."""
    found = dict(NOTHING)
    for one in usages:
        for name, amount in one.items():
            found[name] = max(found.get(name, 0), amount)
    return MappingProxyType(found)


def per_instance(process: Process, *, sizes: Sizes = DEFAULT_SIZES) -> dict[str, int]:
    """What one instance requests: containers together, or an init container where that asks for more."""
    beside = [_container(process.resources, sizes)]
    beside += [_container(sidecar.resources, sizes) for sidecar in process.sidecars]
    before = [_container(init.resources, sizes) for init in process.inits]
    return {
        name: max(sum(one[name] for one in beside), *(one[name] for one in before), 0)
        for name in ("cpu", "memory", "ephemeral", "gpu")
    }


def _by_cluster(rows: Iterable[tuple[str, AppSpec]]) -> Mapping[str, list[AppSpec]]:
    found: dict[str, list[AppSpec]] = {}
    for cluster, spec in rows:
        found.setdefault(cluster, []).append(spec)
    return found


def _at_rest(spec: AppSpec, cluster: str, *, sizes: Sizes, numbers: Numbers) -> Usage:
    return _counted(spec, sizes=sizes, targets=(), rolling=False, only=cluster, numbers=numbers)


def _standing(
    olds: Sequence[AppSpec], halves: Sequence[AppSpec], cluster: str, *, sizes: Sizes, numbers: Numbers
) -> Usage:
    """The most of what may be on a cluster: one of these specs at rest, or half of one beside what it would replace."""
    parts = [_at_rest(old, cluster, sizes=sizes, numbers=numbers) for old in olds]
    for half in halves:
        own = _counted(half, sizes=sizes, targets=(), rolling=False, left=True, only=cluster, numbers=numbers)
        last = _last(olds, halves, half, cluster, sizes=sizes, numbers=numbers)
        parts.append({name: own[name] + (last[name] if name in ADDING_UP else 0) for name in own})
    return largest(parts)


def _last(
    olds: Sequence[AppSpec],
    halves: Sequence[AppSpec],
    new: AppSpec,
    cluster: str,
    *,
    sizes: Sizes,
    numbers: Numbers,
) -> Usage:
    """What goes from a cluster only after a new spec has come there."""
    gone = partial(_gone, new=new, cluster=cluster, sizes=sizes, numbers=numbers)
    return largest([*map(gone, olds), *(gone(half, left=True) for half in halves)])


def _gone(old: AppSpec, new: AppSpec, cluster: str, *, sizes: Sizes, numbers: Numbers, left: bool = False) -> Usage:
    """What the processes of the old spec that the new one lacks have on a cluster. `left`: with what came on top, and
    of the others that alone, where one of the two has a second track and the other has none.
    """
    stay = {(process.name, process.kind) for process in new.processes}
    rows, local = targets_of(old), on_cluster(old, cluster)
    if cluster not in {row.cluster for row in rows}:
        return NOTHING
    count, strategy = dict(NOTHING), old.release.strategy
    apart = (strategy.kind in TWO_TRACKS) != (new.release.strategy.kind in TWO_TRACKS)
    for process in local.processes:
        goes, number = (process.name, process.kind) not in stay, _number(local, process, cluster, rows, numbers)
        beside = on_top(process, strategy, number) if left else 0
        if goes:
            _add(count, _of_process(local, process, number, sizes=sizes, beside=beside))
        elif apart:
            _add(count, _of_instances(beside, per_instance(process, sizes=sizes)))
    return count


def _counted(
    spec: AppSpec,
    *,
    sizes: Sizes,
    targets: Sequence[Target],
    rolling: bool,
    numbers: Numbers,
    running: Container[str] | None = None,
    left: bool = False,
    only: str | None = None,
) -> Usage:
    """`only`: what is on that cluster, with the part that it has among all of the spec's. `left`: its release is over,
    and what came on top is still there.
    """
    rows = targets_of(spec, targets)
    local_specs = {row.cluster: on_cluster(spec, row.cluster) for row in rows if only in (None, row.cluster)}
    named = {(route.host, route.path) for local in local_specs.values() for route in local.routes}
    count = {
        **NOTHING,
        "apps": 1,
        "routes": len(named) + spec.platform_domain,
        "services": len(spec.bindings),
        "releases": int(rolling),
    }
    for cluster, local in local_specs.items():
        surges = left or (rolling and (running is None or cluster in running))
        _add(count, _on_one(local, cluster, sizes=sizes, rows=rows, surges=surges, numbers=numbers))
        if rolling:
            _add(count, _of_step_jobs(local, sizes=sizes))
    return MappingProxyType(count)


def _on_one(
    spec: AppSpec, cluster: str, *, sizes: Sizes, rows: Sequence[Target], surges: bool, numbers: Numbers
) -> dict[str, int]:
    """What one cluster has of it. `surges`: old and new stand side by side there."""
    count = {**dict.fromkeys(ADDING_UP, 0), "jobs": len(spec.jobs)}
    for process in spec.processes:
        number = _number(spec, process, cluster, rows, numbers)
        beside = on_top(process, spec.release.strategy, number) if surges else 0
        _add(count, _of_process(spec, process, number, sizes=sizes, beside=beside))
    for job in spec.jobs:
        _add(count, _of_instances(0 if job.suspended or spec.stopped else 1, _container(job.resources, sizes)))
    shared = [volume for volume in spec.volumes if not per_instance_volume(spec, volume.name)]
    count["storage"] += sum(bytes_of(volume.size) for volume in shared)
    return count


def _number(spec: AppSpec, process: Process, cluster: str, rows: Sequence[Target], numbers: Numbers) -> int:
    """The most instances it has there at rest: by its share, or by whoever else has that number."""
    return max(shares(spec, process, rows)[cluster].ceiling, numbers.get(cluster, {}).get(process.name, 0))


def _of_process(spec: AppSpec, process: Process, number: int, *, sizes: Sizes, beside: int = 0) -> dict[str, int]:
    """What so many instances ask for, and others `beside` them, with the volumes that each has of its own."""
    count = _of_instances(number + beside, per_instance(process, sizes=sizes))
    own = process.mounts if process.kind == "StatefulSet" else ()
    return {**count, "storage": number * sum(_size(spec, mount.volume) for mount in own)}


def _of_instances(number: int, each: Mapping[str, int]) -> dict[str, int]:
    return {"instances": number, **{name: amount * number for name, amount in each.items()}}


def _add(count: dict[str, int], more: Mapping[str, int]) -> None:
    for name, amount in more.items():
        count[name] += amount


def _of_step_jobs(spec: AppSpec, *, sizes: Sizes) -> dict[str, int]:
    """What the jobs of a release's steps come to on a cluster: they run one after another, so what the largest does."""
    jobs = [_container(one.resources, sizes) for one in leaves(spec.release.steps) if _is_job(one)]
    found = {name: max(one[name] for one in jobs) for name in jobs[0]} if jobs else {}
    return {**found, "instances": 1} if jobs else {}


def _is_job(step: Leaf) -> TypeGuard[JobStep | BuildStep]:
    """Whether it runs as a job in the cluster; a build by a call to CI does not."""
    return isinstance(step, JobStep) or (isinstance(step, BuildStep) and step.image is not None)


def per_instance_volume(spec: AppSpec, name: str) -> bool:
    """Whether each instance has one of its own: when a StatefulSet mounts it."""
    return any(
        process.kind == "StatefulSet" and any(mount.volume == name for mount in process.mounts)
        for process in spec.processes
    )


def _size(spec: AppSpec, volume: str) -> int:
    return next(bytes_of(row.size) for row in spec.volumes if row.name == volume)


def _container(resources: Resources, sizes: Sizes) -> dict[str, int]:
    amounts = resources.settled(sizes)
    return {
        "cpu": millicores(amounts.cpu_request or amounts.cpu_limit),
        "memory": bytes_of(amounts.memory_request or amounts.memory_limit),
        "ephemeral": bytes_of(amounts.ephemeral_request or amounts.ephemeral_limit),
        "gpu": resources.gpu.count if resources.gpu else 0,
    }
