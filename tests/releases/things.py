"""Objects in the clusters of `fleet`: which revision they are of, who wrote them last, how far their instances are."""

from __future__ import annotations

from dataclasses import dataclass, replace

from releases.observation import Instance, Observation, Trouble, WorkloadFacts
from releases.snapshot import Frozen
from releases.steps.apply import WORKLOADS

AFTER, BEFORE = "after", "before"


@dataclass
class Thing:
    """One object in a cluster. `fit` is the generation at which all its instances were new and ready; `form` is what it
    is for a while only, as the doors of a Service or the weights of a route. So many of its old instances are held back
    as `stays` says.
    """

    version: str
    fence: int
    replicas: int = 0
    generation: int = 1
    updated: int = 0
    old: int = 0
    fit: int = 0
    trouble: Trouble | None = None
    form: str = ""
    stays: int = 0

    def roll(self) -> None:
        """One new instance more, one old one less; a workload in trouble stands still."""
        if self.trouble is None:
            stays = min(self.stays, self.old, self.replicas)
            self.updated, self.old = min(self.replicas - stays, self.updated + 1), max(stays, self.old - 1)
            self.fit = self.generation if (self.updated, self.old) == (self.replicas, 0) else self.fit

    def write(self, version: str, *, fence: int, form: str = "", stays: int = 0) -> None:
        self.form = form
        if stays != self.stays and version == self.version:
            self.generation += 1
        self.stays = stays
        if version != self.version:
            self.old, self.updated = self.old + self.updated, 0
            self.version, self.generation = version, self.generation + 1
        self.fence = fence

    def scale(self, replicas: int) -> None:
        if replicas != self.replicas:
            self.replicas, self.generation = replicas, self.generation + 1


def running(frozen: Frozen) -> dict[str, Thing]:
    """What a cluster holds where this was deployed and is ready; the second track of a release is not there yet."""
    counts = {w.key: w.replicas for w in frozen.workloads}
    return {key: Thing(BEFORE, 0, counts.get(key, 0), updated=counts.get(key, 0)) for key in frozen.objects}


def observed(things: dict[str, Thing]) -> Observation:
    """What a cluster says about the workloads among its objects."""
    rows = ((key.partition("/"), thing) for key, thing in things.items())
    return Observation(workloads=tuple(_facts(key[0], key[2], thing) for key, thing in rows if key[0] in WORKLOADS))


def _facts(kind: str, name: str, thing: Thing) -> WorkloadFacts:
    total = thing.updated + thing.old
    pod = Instance(
        name=f"{name}-1", uid="p", image="shop:2", phase="Running", ready=False, current=True, trouble=thing.trouble
    )
    well = (replace(pod, uid=f"p-{one}", ready=True, current=one < thing.updated, trouble=None) for one in range(total))
    return WorkloadFacts(
        kind=kind,
        name=name,
        process=name.removeprefix("shop--").removesuffix("--canary"),
        track="canary" if name.endswith("--canary") else "stable",
        uid=f"{kind}/{name}",
        resource_version="1",
        generation=thing.generation,
        observed_generation=thing.generation,
        wanted=thing.replicas,
        total=total,
        updated=thing.updated,
        ready=total,
        available=total,
        unavailable=0,
        instances=(pod,) if thing.trouble else tuple(well),
    )
