"""What a cluster told of workloads of a kind that it did not let Slipway list this time, or not yet. Pure.

Their instances are told, so they are known to run; all else is as it was told last, by whoever could look.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from releases.observation import Observation, WorkloadFacts


def kept(seen: Observation, known: Observation | None, *, kinds: Collection[str]) -> Observation:
    """What is seen now, where nothing is known of these `kinds` but what their instances tell.

    A workload stays as it was `known`, with the instances of now, unless they belong to another one of that name.
    """
    if not kinds or known is None:
        return seen
    now = {(one.kind, one.name): one for one in seen.workloads}

    def told(last: WorkloadFacts) -> WorkloadFacts:
        one = now.get((last.kind, last.name))
        if one is None:
            return replace(last, instances=())
        return replace(last, instances=one.instances) if one.uid == last.uid else one

    # What was told by its instances alone has no version: the instances of now say as much.
    before = [one for one in known.workloads if one.kind in kinds and one.resource_version]
    stay = {(one.kind, one.name): told(one) for one in before}
    workloads = {**now, **stay}.values()
    return replace(seen, workloads=tuple(sorted(workloads, key=lambda one: (one.process, one.name))))
