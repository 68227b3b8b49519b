"""A release among clusters that hold objects, and workers that write to them as the outbox and the gateway let them.

Effects of one cluster are claimed in order and one at a time; between claim, write and answer anything may happen. A
worker may die half way through, or be taken for dead and write late. Every object remembers the fence it was written
with, as objects in a real cluster do, and who makes or changes one asks right before whether the release still waits
for it. Nothing here replaces a part of the product: the machine is fed through its own events, and its effects are
carried out on plain values.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta

from releases import changes
from releases import events as e
from releases.changes import Change, ReleaseChange
from releases.effects import (
    Apply,
    CallHttp,
    CollectJob,
    Effect,
    Outside,
    ProbeInstance,
    Prune,
    RunJob,
    SetPartition,
    SetReplicas,
    SetTimer,
    SetTraffic,
)
from releases.machine import Decision, decide
from releases.observation import Observation, Task, Trouble
from releases.reasons import Reason
from releases.snapshot import RunRef, Snapshot, Target
from releases.states import TERMINAL, Problem, ReleaseState, RunState
from releases.steps.apply import WORKLOADS
from releases.steps.pairs import pairs
from tests.releases.things import AFTER, BEFORE, Thing, observed, running
from tests.releases.worlds import START

# Of 61 s each: three clusters that take turns, after a freeze and with a batch for every instance, need more than 60.
ROUNDS = 120
BUILT = {"image": f"shop@sha256:{'a1' * 32}", "digest": f"sha256:{'a1' * 32}", "n": 1}


@dataclass(frozen=True)
class Row:
    """An effect in the outbox."""

    run: RunRef
    key: int
    effect: Effect
    fence: int


class Fleet:
    """Holds the release, its outbox and its clusters; every event goes through `happens`."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.planned = self.snapshot = snapshot
        self.now, self.fence = START, 1
        self.timeline: list[Change] = []
        self.queues: dict[str, list[Row]] = defaultdict(list)
        self.working: dict[str, Row] = {}
        self.strays: list[Row] = []
        self.heard: list[e.Event] = []
        self.lost: set[str] = set()
        self.remembered: dict[str, Observation] = {}
        self.clusters: dict[str, dict[str, Thing]] = {t.cluster: running(t.before) for t in snapshot.targets}
        self.written: list[Row] = []
        self.jobs: dict[str, dict[str, str]] = defaultdict(dict)
        self.deleted: set[tuple[str, str]] = set()  # workloads of clusters that somebody deleted
        self.held: dict[tuple[str, str], str] = {}  # those whose number somebody keeps, and who that is

    def happens(self, event: e.Event) -> Decision:
        decision = decide(self.snapshot, event, self.now)
        if isinstance(event, e.Observed):
            targets = self.snapshot.targets
            seen = [replace(t, observation=event.observation) if t.cluster == event.cluster else t for t in targets]
            self.snapshot = replace(self.snapshot, targets=tuple(seen))
        for change in decision.changes:
            self.fence += isinstance(change, ReleaseChange) and change.state is ReleaseState.ROLLING_BACK
            self.snapshot = changes.evolve(self.snapshot, change)
        self.timeline += decision.changes
        for order in decision.effects:
            if not isinstance(order.effect, SetTimer):
                self.queues[order.run.cluster].append(Row(order.run, order.key, order.effect, self.fence))
        return decision

    def claim(self, cluster: str) -> None:
        """A worker takes the first row; one that is no longer wanted is answered without the cluster."""
        if not self.queues[cluster] or cluster in self.working:
            return
        row = self.queues[cluster].pop(0)
        if self._wanted(row):
            self.working[cluster] = row
        else:
            self.happens(e.EffectDone(run=row.run, key=row.key, output={"skipped": True}))

    def execute(self, cluster: str) -> None:
        """The worker writes, and its answer is heard."""
        if cluster in self.lost or cluster not in self.working:
            return
        row = self.working.pop(cluster)
        told = self._carry_out(row)
        event: e.Event = (
            e.EffectFailed(run=row.run, key=row.key, reason=told)
            if isinstance(told, Reason)
            else e.EffectDone(run=row.run, key=row.key, output=told)
        )
        self.heard.append(event)
        self.happens(event)

    def refuse(self, cluster: str) -> None:
        """The cluster refuses what a worker wants to write."""
        if cluster in self.working and cluster not in self.lost:
            row = self.working.pop(cluster)
            self.happens(e.EffectFailed(run=row.run, key=row.key, reason=Reason("refused", {"words": "no"})))

    def die(self, cluster: str, written: int) -> None:
        """The worker dies after so many objects, and another one will take its row."""
        if cluster in self.working:
            row = self.working.pop(cluster)
            if cluster not in self.lost:
                self._carry_out(row, most=written)
            self.queues[cluster].insert(0, row)

    def stall(self, cluster: str) -> None:
        """The worker is taken for dead, and another one will take its row; it will write all the same, late."""
        if cluster in self.working:
            self.strays.append(self.working[cluster])
            self.queues[cluster].insert(0, self.working.pop(cluster))

    def late(self, place: int) -> None:
        """A worker that was taken for dead writes; the outbox drops its answer."""
        if self.strays:
            row = self.strays.pop(place % len(self.strays))
            if row.run.cluster not in self.lost:
                self._carry_out(row)

    def look(self, cluster: str) -> None:
        if cluster not in self.lost:
            self.happens(e.Observed(cluster=cluster, observation=self.observation(cluster)))

    def delete_workloads(self, cluster: str) -> None:
        """Somebody does, outside Slipway, and the cluster tells."""
        for key in [key for key in self.clusters[cluster] if key.partition("/")[0] in WORKLOADS]:
            del self.clusters[cluster][key]
            self.deleted.add((cluster, key))
        self.look(cluster)

    def roll(self, cluster: str) -> None:
        well = not any(thing.trouble for thing in self.clusters[cluster].values())
        for run in [run for run, state in self.jobs[cluster].items() if state == "runs"]:
            self.jobs[cluster][run] = "ended" if well else "crash"
        for thing in self.clusters[cluster].values():
            thing.roll()

    def breaks(self, cluster: str, problem: Problem) -> None:
        for thing in self.clusters[cluster].values():
            thing.trouble = Trouble(problem=problem, words="panic: no such table", since=self.now)

    def heal(self, cluster: str) -> None:
        for thing in self.clusters[cluster].values():
            thing.trouble = None

    def ring(self) -> None:
        """Every timer that is due."""
        for run in self.snapshot.open_runs:
            if run.wake_at and run.wake_at <= self.now:
                self.happens(e.TimerDue(run=run.ref))

    def settle(self) -> None:
        """Workers, clusters, clocks and people do what they do until nothing is left to do; who is lost stays lost."""
        while self.strays:
            self.late(0)
        for _round in range(ROUNDS):
            for cluster in self.clusters:
                self._work_off(cluster)
                for _instance in range(4):
                    self.roll(cluster)
                self.look(cluster)
                self._work_off(cluster)
            busy = any(self.queues[c] or c in self.working for c in set(self.clusters) - self.lost)
            if self.snapshot.state in TERMINAL and not busy:
                return
            self.now += timedelta(seconds=61)
            self.ring()
            self.speak()

    def speak(self) -> None:
        """People let go on what waits for them."""
        self.happens(e.Promoted(by="bob"))

    def capacity(self, cluster: str, workload: str) -> int:
        """How many instances of a process there are, in both of its tracks."""
        things = (self.clusters[cluster].get(key) for key in (workload, f"{workload}--canary"))
        return sum(thing.updated + thing.old for thing in things if thing)

    def observation(self, cluster: str) -> Observation:
        jobs = self.jobs[cluster].items()
        tasks = tuple(Task(run=run, name=f"{run}-x", ended=state != "runs") for run, state in jobs)
        return replace(observed(self.clusters[cluster]), tasks=tasks)

    def _work_off(self, cluster: str) -> None:
        while cluster not in self.lost and (self.queues[cluster] or cluster in self.working):
            self.claim(cluster)
            self.execute(cluster)

    def _wanted(self, row: Row) -> bool:
        run = self.snapshot.run(row.run)
        acting = run is not None and run.state is RunState.ACTING and row.key in run.pending
        return acting and row.fence == self.fence

    def _carry_out(self, row: Row, *, most: int = 99) -> dict[str, object] | Reason:
        """What the cluster answers per object, or why it refused; the first `most` objects only."""
        cluster, target = self.clusters[row.run.cluster], self.snapshot.target(row.run.cluster)
        assert target
        self.written.append(row)
        if isinstance(row.effect, Outside | ProbeInstance):
            return self._reach_out(row)
        if isinstance(row.effect, CollectJob):
            ended = self.jobs[row.run.cluster].get(row.effect.run) != "crash"
            given = BUILT if row.effect.builds else {"n": 1}
            return {"ended": {"well": ended, "words": ""}, "log": ["{}"], "output": given}
        if isinstance(row.effect, RunJob):
            if row.fence != self.fence or not self._wanted(row):
                return Reason("fence_lost")
            self.jobs[row.run.cluster].setdefault(row.effect.run, "runs")
            return {"objects": {f"Job/{row.effect.run}": {"uid": row.effect.run, "generation": 1}}}
        if isinstance(row.effect, Prune):
            going = [k for k, thing in cluster.items() if k not in row.effect.keep and thing.fence <= row.fence]
            for key in going[:most]:
                del cluster[key]
            return {}
        told: dict[str, object] = {}
        kept: dict[str, str] = {}
        if isinstance(row.effect, Apply):
            version, source = (BEFORE, target.before) if row.effect.back else (AFTER, target.after)
            counts = {w.key: w.replicas for w in source.workloads}
            tracked = self._tracked(target) if row.effect.doors else ()
            for key in row.effect.objects[:most]:
                created = key not in cluster
                if not self._wanted(row) or (not created and cluster[key].fence > row.fence):
                    return Reason("fence_lost")
                thing = cluster.setdefault(key, Thing(version, row.fence, counts.get(key, 0)))
                thing.write(version, fence=row.fence, form=row.effect.doors if key in tracked else "")
                told[key] = {"uid": key, "generation": thing.generation, "created": created}
        elif isinstance(row.effect, SetTraffic):
            for key in row.effect.objects[:most]:
                share = str(row.effect.share or row.effect.header)
                form = row.effect.doors if key.startswith("Service/") else share
                if cluster[key].fence > row.fence or not self._wanted(row):
                    return Reason("fence_lost")
                version = BEFORE if row.effect.back else AFTER
                cluster[key].write(version, fence=row.fence, form=form)
        elif isinstance(row.effect, SetPartition):
            for scale in row.effect.workloads[:most]:
                key = f"{scale.kind}/{scale.name}"
                if not self._wanted(row) or (key in cluster and cluster[key].fence > row.fence):
                    return Reason("fence_lost")
                thing = cluster.setdefault(key, Thing(AFTER, row.fence))
                thing.write(AFTER, fence=row.fence, stays=scale.replicas)
                told[key] = {"uid": key, "generation": cluster[key].generation}
        elif isinstance(row.effect, SetReplicas):
            # Within one release a fence cannot tell a late 0 from one that is due: the release is asked.
            for scale in row.effect.workloads[:most]:
                key = f"{scale.kind}/{scale.name}"
                if key not in cluster and not scale.replicas:
                    continue
                if key not in cluster or cluster[key].fence > row.fence or not self._wanted(row):
                    return Reason("refused" if key not in cluster else "fence_lost")
                if by := self.held.get((row.run.cluster, key)):
                    kept[key] = by
                    continue
                cluster[key].scale(scale.replicas)
                told[key] = {"uid": key, "generation": cluster[key].generation}
            return {"objects": told, "kept": kept} if kept else {"objects": told}
        return {"objects": told}

    def _reach_out(self, row: Row) -> dict[str, object] | Reason:
        """Servers outside are well unless the cluster is not."""
        well = not any(thing.trouble for thing in self.clusters[row.run.cluster].values())
        if isinstance(row.effect, CallHttp) and self.snapshot.step(row.run.step).kind == "build":
            if not well:
                return Reason("build_failed")
            return {"ended": {"well": True, "words": ""}, "output": BUILT} if row.key else {"status": 202}
        if isinstance(row.effect, CallHttp):
            return {"output": {"n": 1}} if well else Reason("call_refused")
        return {"sample": {"right": well, "words": "", "value": 1.0 if well else 9.0}}

    def _tracked(self, target: Target) -> tuple[str, ...]:
        return tuple(f"Service/{pair.stable.name}" for pair in pairs(target))
