"""A release among clusters that exist in memory: enough world to drive the pure machine from end to end.

Nothing here replaces a part of the product: the machine is fed through its own events and its effects are carried
out on plain values.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from releases import changes
from releases.changes import Change
from releases.effects import Apply, Effect, Prune, SetReplicas, SetTimer
from releases.events import EffectDone, Event, Observed, TimerDue
from releases.machine import decide
from releases.observation import Instance, Observation, Task, Trouble, WorkloadFacts
from releases.snapshot import Frozen, RunRef, Snapshot, Target, Wave, Workload
from releases.states import Across, Problem, ReleaseKind, ReleaseState, RollbackCause
from releases.strategies import plan
from releases.strategies.across import waves_of
from releases.strategies.plan import Ask

START = datetime(2030, 1, 1, 12, tzinfo=UTC)
WEB = Workload(kind="Deployment", name="shop--web", process="web", replicas=2)
AFTER = Frozen(objects=("ConfigMap/shop--env-new", "Service/shop--web", "Deployment/shop--web"), workloads=(WEB,))
BEFORE = Frozen(objects=("ConfigMap/shop--env-old", "Service/shop--web", "Deployment/shop--web"), workloads=(WEB,))


def planned(
    *clusters: str,
    across: Across = Across.ONE_AFTER_ANOTHER,
    budget: int = 0,
    auto_rollback: bool = False,
    kind: ReleaseKind = ReleaseKind.DEPLOY,
    before: Frozen = BEFORE,
    waves: tuple[Wave, ...] = (),
    order: tuple[tuple[str, ...], ...] = (),
) -> Snapshot:
    """A planned release of two instances of `shop` to the named clusters."""
    return Snapshot(
        id="r1",
        kind=kind,
        state=ReleaseState.PLANNED,
        targets=tuple(
            Target(cluster=c, name=c, wave=wave, after=AFTER, before=before)
            for c, wave in zip(clusters, waves_of(clusters, across, order=order), strict=True)
        ),
        plan=plan(kind, Ask(), waves=waves),
        waves=waves,
        failure_budget=budget,
        rollback_on=frozenset(RollbackCause) if auto_rollback else frozenset(),
    )


@dataclass
class Cluster:
    """What one cluster runs: a generation, a size, and how far its instances are."""

    generation: int = 0
    wanted: int = 1
    updated: int = 0
    old: int = 2
    version: str = "old"
    trouble: Trouble | None = None
    restarts: int = 0
    exists: bool = True
    applied: list[Effect] = field(default_factory=list)
    answers: dict[type[Any], dict[str, Any]] = field(default_factory=dict)
    tasks: tuple[Task, ...] = ()

    def carry_out(self, effect: Effect) -> dict[str, object]:
        self.applied.append(effect)
        if type(effect) in self.answers:
            return dict(self.answers[type(effect)])
        if isinstance(effect, Apply):
            if "Deployment/shop--web" in effect.objects:
                created, self.exists = not self.exists, True
                self.generation += 1
                self.version, self.old, self.updated = "old" if effect.back else "new", self.updated + self.old, 0
                told = {"generation": self.generation, "uid": "u", "created": created}
                return {"objects": dict.fromkeys(effect.objects, told)}
            return {"objects": {key: {"generation": self.generation, "uid": "u"} for key in effect.objects}}
        if isinstance(effect, SetReplicas):
            self.generation, self.wanted = self.generation + 1, effect.workloads[0].replicas
            return {"objects": {"Deployment/shop--web": {"generation": self.generation, "uid": "u"}}}
        if isinstance(effect, Prune) and not effect.keep:
            self.exists = False
        return {}

    def roll(self) -> None:
        """One new instance more, one old one less."""
        self.updated, self.old = min(self.wanted, self.updated + 1), max(0, self.old - 1)

    def observation(self) -> Observation:
        if not self.exists:
            return Observation(tasks=self.tasks)
        pod = Instance(
            name="shop--web-1",
            uid="p",
            image="shop:2",
            phase="Running",
            ready=self.trouble is None,
            current=True,
            restarts=self.restarts,
            trouble=self.trouble,
        )
        facts = WorkloadFacts(
            kind="Deployment",
            name="shop--web",
            process="web",
            track="stable",
            uid="u",
            resource_version="1",
            generation=self.generation,
            observed_generation=self.generation,
            wanted=self.wanted,
            total=self.updated + self.old,
            updated=self.updated,
            ready=self.updated + self.old,
            available=self.updated + self.old,
            unavailable=0,
            instances=(pod,) if self.updated + self.old else (),
        )
        return Observation(workloads=(facts,), tasks=self.tasks)


class World:
    """Holds the release, its unsent effects and its clusters; every event goes through `happens`."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.planned = snapshot
        self.snapshot = snapshot
        self.now = START
        self.timeline: list[Change] = []
        self.outbox: list[tuple[RunRef, int, Effect]] = []
        self.clusters = {t.cluster: Cluster() for t in snapshot.targets}

    def happens(self, event: Event) -> None:
        decision = decide(self.snapshot, event, self.now)
        if isinstance(event, Observed):
            self.snapshot = replace(
                self.snapshot,
                targets=tuple(
                    replace(t, observation=event.observation) if t.cluster == event.cluster else t
                    for t in self.snapshot.targets
                ),
            )
        for change in decision.changes:
            self.snapshot = changes.evolve(self.snapshot, change)
        self.timeline += decision.changes
        self.outbox += [(o.run, o.key, o.effect) for o in decision.effects if not isinstance(o.effect, SetTimer)]

    def work(self) -> None:
        """Carry out every effect that waits, and what follows from it."""
        while self.outbox:
            self.deliver(0)

    def deliver(self, place: int) -> None:
        run, key, effect = self.outbox.pop(place)
        self.happens(EffectDone(run=run, key=key, output=self.clusters[run.cluster].carry_out(effect)))

    def look(self, cluster: str) -> None:
        self.happens(Observed(cluster=cluster, observation=self.clusters[cluster].observation()))

    def roll(self, cluster: str) -> None:
        """Let a cluster finish what it was told, saying so at every instance."""
        for _ in range(6):
            self.clusters[cluster].roll()
            self.look(cluster)
            self.work()

    def ring(self) -> None:
        """Every timer that is due."""
        for run in self.snapshot.open_runs:
            if run.wake_at and run.wake_at <= self.now:
                self.happens(TimerDue(run=run.ref))

    def later(self, **span: float) -> None:
        self.now += timedelta(**span)
        self.ring()
        self.work()

    def states(self) -> dict[str, str]:
        return {t.cluster: t.state.value for t in self.snapshot.targets}

    def crash(self, cluster: str, *, words: str = "panic: no such table") -> None:
        self.clusters[cluster].trouble = Trouble(problem=Problem.CRASH_LOOP, words=words, since=self.now)
        self.clusters[cluster].restarts = 2
        self.look(cluster)
