"""Whom requests are led to, on each cluster of a history: never does a Service or a route lead to nobody."""

from __future__ import annotations

from apps_mgmt.spec.surging import amount_of
from releases.snapshot import Target
from releases.states import ReleaseKind
from releases.steps.pairs import doors, pairs, weighing
from tests.histories.ends import is_person_skipped
from tests.releases.fleet import Fleet
from tests.releases.things import Thing

_FREE = (ReleaseKind.STOP, ReleaseKind.DELETE, ReleaseKind.START)


def leads_to_somebody(fleet: Fleet) -> None:
    """Whatever Services and routes lead to has an instance; but where somebody deleted it, or skipped a step, or where
    a process may be without any while it is replaced.

    Of a process with two tracks its Service leads to one of them or to both. A route that gives a share leads a part of
    the requests to the second track alone, the rest to that Service; one that does not, all of them to the Service.
    """
    if fleet.snapshot.kind in _FREE or any(is_person_skipped(run) for run in fleet.snapshot.runs):
        return
    for target in fleet.snapshot.targets:
        things = fleet.clusters[target.cluster]
        for pair in pairs(target):
            service = f"Service/{pair.stable.name}"
            ran = next(one for one in target.before.workloads if one.key == pair.stable.key)
            deleted = {(target.cluster, pair.stable.key), (target.cluster, pair.canary.key)} & fleet.deleted
            if service not in doors(target) or deleted or not (ran.replicas and pair.stable.replicas):
                continue
            there = {"stable": _instances(things, pair.stable.key), "canary": _instances(things, pair.canary.key)}
            there["both"] = sum(there.values())
            fewest = pair.stable.replicas - amount_of(pair.stable.unavailable, pair.stable.replicas)
            for track in _led_to(target, things, service) - ({"both"} if fewest <= 0 else set()):
                assert there[track], f"{target.cluster} leads to {track} of {pair.stable.process}: {there}"


def _led_to(target: Target, things: dict[str, Thing], service: str) -> set[str]:
    """The tracks, or both as one, that some requests are led to."""
    found = {things[service].form or "stable"} if service in things else set()
    for route in (things[key] for key in weighing(target) if key in things):
        if route.form:
            found.add("canary")
    return found


def _instances(things: dict[str, Thing], key: str) -> int:
    return things[key].updated + things[key].old if key in things else 0
