"""A fleet that is looked at after every event: the invariants of a release, as far as the machine alone can break them.

Of those in the design, 1 (but for one release per app, which is the database's), 3, 4, 5 and 6, and that an effect is
asked for once per attempt. What steps promise is in `promises`.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from apps_mgmt.spec.surging import amount_of
from releases import changes
from releases import events as e
from releases.changes import ReleaseChange, RunChange, TargetChange
from releases.effects import (
    AskMetric,
    CallHttp,
    CollectJob,
    Effect,
    ProbeHttp,
    ProbeInstance,
    SetPartition,
    SetReplicas,
    SetTimer,
)
from releases.ending import STOP_PATIENCE
from releases.machine import MOVES, Decision, decide
from releases.snapshot import RunRef, Snapshot, Target, Workload
from releases.states import RUN_PASSED, TARGET_SETTLED, TERMINAL, ReleaseKind, ReleaseState, RunState, TargetState
from tests.histories.ends import is_person_skipped
from tests.histories.led import leads_to_somebody
from tests.histories.promises import Promises
from tests.releases.fleet import Fleet

# Those that a step may ask for again within one attempt.
REPEATED = (ProbeHttp, ProbeInstance, AskMetric, SetReplicas, SetPartition)
# Heard again at once, these mean nothing: they are what is delivered more than once.
REDELIVERED = (
    *(e.Started, e.Observed, e.EffectDone, e.EffectFailed, e.TimerDue, e.PauseAsked, e.ResumeAsked),
    *(e.ClusterLost, e.ClusterBack, e.AbortAsked, e.FreezesChanged, e.Woken),
)
# No history of so few happenings has as many events, unless something is asked for again and again.
RESTLESS = 2500
FULL = (ReleaseKind.STOP, ReleaseKind.DELETE, ReleaseKind.START)


class Watched(Fleet):
    """Raises AssertionError in the event after which something does not hold."""

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__(snapshot)
        self.replayed = snapshot
        self.asked: dict[RunRef, list[Effect]] = {}
        self.timers: dict[RunRef, Any] = {}
        self.known: dict[str, TargetState] = {}
        self.promises = Promises(self)
        self.events = 0
        self.sound = True

    def happens(self, event: e.Event) -> Decision:
        before, self.sound = self.snapshot, False
        decision = super().happens(event)
        self.events += 1
        assert self.events < RESTLESS, f"it never comes to rest: {event}"
        self._replays(decision)
        self._moves(before, decision, event)
        self._asks_once(decision)
        if decision.changes:
            self.promises.hold(before, event, decision)
        changed = {change.ref for change in decision.changes if isinstance(change, RunChange)}
        self._is_woken(changed)
        self._has_one_step_in_each_branch(changed)
        self._keeps_capacity()
        leads_to_somebody(self)
        self._waits_for_nothing_that_is_gone()
        if isinstance(event, REDELIVERED):
            again = decide(self.snapshot, event, self.now)
            assert not again.changes and not again.effects, f"{event} heard again changes {again.changes}"
        self.sound = True
        return decision

    def speak(self) -> None:
        """Some approve, one lets go on; and who waits for a window that nobody may override waits for it."""
        for who in ("alice", "bob"):
            self.happens(e.Approved(by=who))
        super().speak()
        waiting = [run for run in self.snapshot.open_runs if self.snapshot.step(run.ref.step).kind == "window"]
        opens = [run.wake_at for run in waiting if run.wake_at and not run.is_to_begin]
        self.now = max(self.now, *opens) if opens else self.now

    def _replays(self, decision: Decision) -> None:
        """Invariant 6: what is stored of the changes gives the present state."""
        for change in decision.changes:
            self.replayed = changes.evolve(self.replayed, changes.load(json.loads(json.dumps(changes.dump(change)))))
        now = self.snapshot
        blind = replace(now, kept=None, targets=tuple(replace(one, observation=None) for one in now.targets))
        assert self.replayed == blind, f"replayed it is {self.replayed}, but it is {blind}"

    def _moves(self, before: Snapshot, decision: Decision, event: e.Event) -> None:
        """States follow each other as is said, an end is final, and nothing begins where nothing shall."""
        if before.state in TERMINAL:
            assert not decision.changes and not decision.effects, f"after the end, {event} changes {decision.changes}"
        begun = {run.ref for run in before.runs}
        state, then = before.state, before
        for change in decision.changes:
            then = changes.evolve(then, change)
            if isinstance(change, ReleaseChange):
                assert change.state is state or change.state in MOVES[state], f"from {state} to {change.state}"
                state = change.state
            elif isinstance(change, RunChange) and change.ref not in begun:
                begun.add(change.ref)
                self._begins(before, change, state=state, event=event)
            elif isinstance(change, TargetChange):
                self._turns(change, then)
        if state is ReleaseState.ABORTING:
            assert all(isinstance(order.effect, SetTimer) for order in decision.effects), "it writes while it stops"
        if state is ReleaseState.PAUSED:
            going = {run.ref for run in before.open_runs if not run.is_to_begin}
            new = [one.run for one in decision.effects if not isinstance(one.effect, SetTimer) and one.run not in going]
            assert not new, f"{new} were not under way when it was paused, and write"

    def _begins(self, before: Snapshot, run: RunChange, *, state: ReleaseState, event: e.Event) -> None:
        step, again = self.snapshot.step(run.ref.step), run.ref.attempt > 1
        going = (ReleaseState.ROLLING_BACK,) if step.back else (ReleaseState.RUNNING, ReleaseState.PAUSED)
        assert state in going, f"{run.ref} begins in {state}"
        if state is ReleaseState.PAUSED:
            waits = again and run.state is RunState.WATCHING and run.wake_at == run.started
            assert waits, f"{run.ref} begins while it is paused"
        attempts = sorted(
            one.ref.attempt for one in before.runs if replace(one.ref, attempt=1) == replace(run.ref, attempt=1)
        )
        assert run.ref.attempt > max(attempts, default=0)

    def _turns(self, change: TargetChange, then: Snapshot) -> None:
        """A wave begins when the one before is over."""
        target, known = then.target(change.cluster), self.known.get(change.cluster, TargetState.WAITING)
        assert target, f"a change of {change.cluster}, which is no target"
        if (known, change.state) == (TargetState.WAITING, TargetState.RUNNING):
            early = [one.cluster for one in then.targets if one.wave < target.wave and one.state not in TARGET_SETTLED]
            assert not early, f"{change.cluster} of wave {target.wave} begins while {early} are at it"
        self.known[change.cluster] = change.state

    def _asks_once(self, decision: Decision) -> None:
        """Each effect has a number of its own, its run waits for it, and within an attempt it is asked for once."""
        for order in decision.effects:
            if isinstance(order.effect, SetTimer):
                self.timers[order.run] = order.effect.at
                continue
            asked = self.asked.setdefault(order.run, [])
            assert order.key == len(asked), f"effect {order.key} of {order.run} comes after {len(asked)}"
            # A server that builds is asked until it has built; it knows by the key that it is the same build.
            builds = isinstance(order.effect, CallHttp) and self.snapshot.step(order.run.step).kind == "build"
            doubled = not (builds or isinstance(order.effect, REPEATED)) and order.effect in asked
            assert not doubled, f"{order.effect} is asked for again by {order.run}"
            asked.append(order.effect)
            if isinstance(order.effect, CollectJob):
                assert any(getattr(one, "run", "") == order.effect.run for one in asked[:-1])
        for run in self.snapshot.runs:
            assert run.sent == len(self.asked.get(run.ref, ())), f"{run.ref} has sent {run.sent}"
            if run.is_open:
                on_its_way = {(row.run, row.key) for row in self._rows(run.ref.cluster)}
                assert {(run.ref, key) for key in run.pending} <= on_its_way, (
                    f"nobody answers to {run.pending} of {run.ref}"
                )
            else:
                assert not run.pending and run.wake_at is None

    def _rows(self, cluster: str) -> list[Any]:
        working = [self.working[cluster]] if cluster in self.working else []
        return [*self.queues[cluster], *working]

    def _is_woken(self, changed: set[RunRef]) -> None:
        """Invariant 3: an effect, a timer or a person will wake it; and who is woken gets further."""
        snapshot = self.snapshot
        if snapshot.state in TERMINAL:
            assert not snapshot.open_runs
        elif snapshot.state not in (ReleaseState.PAUSED, ReleaseState.PLANNED):
            assert snapshot.open_runs, f"nothing wakes it in {snapshot.state}"
        if snapshot.state is ReleaseState.ABORTING:
            assert all(run.state is RunState.STOPPING for run in snapshot.open_runs), "it stops, and steps go on"
        for run in snapshot.open_runs:
            assert run.wake_at is not None, f"{run.ref} has no timer"
            assert self.timers.get(run.ref) == run.wake_at, f"the clock was not told when {run.ref} wakes"
            late = max(run.deadline, self.now + STOP_PATIENCE)
            assert run.wake_at <= late, f"{run.ref} wakes at {run.wake_at}, after {late}"
            assert bool(run.pending) == (run.state is not RunState.WATCHING), f"{run.ref} is {run.state}: {run.pending}"
            if run.ref in changed:
                woken = decide(snapshot, e.TimerDue(run=run.ref), max(run.wake_at, self.now))
                assert woken.changes, f"{run.ref} is woken for nothing"

    def _has_one_step_in_each_branch(self, changed: set[RunRef]) -> None:
        """Invariant 1, and steps come in order."""
        for target in self.snapshot.targets:
            runs = self.snapshot.open_runs_on(target.cluster)
            places = [self.snapshot.step(run.ref.step).beside for run in runs]
            assert len(set(places)) == len(places), f"two steps of one branch on {target.cluster}: {runs}"
            assert len({group for group, _branch in places}) <= 1, f"steps of two groups on {target.cluster}: {runs}"
            for run in runs:
                if run.ref in changed:
                    self._comes_in_order(target, run.ref)

    def _comes_in_order(self, target: Target, ref: RunRef) -> None:
        step = self.snapshot.step(ref.step)
        if target.is_failing or target.state in (TargetState.FAILED, TargetState.STOPPED):
            return
        passed = {
            run.ref.step for run in self.snapshot.runs if run.ref.cluster == ref.cluster and run.state in RUN_PASSED
        }
        group, branch = step.beside
        for one in self.snapshot.plan:
            earlier = one.back is step.back and one.number < step.number and one.options.get("when") != "on-failure"
            if earlier and not (group and one.beside[0] == group and one.beside[1] != branch):
                assert one.number in passed, f"{ref} runs before step {one.number} has passed"

    def _waits_for_nothing_that_is_gone(self) -> None:
        """Whatever was deleted was so before it began, and it is its part to make that again; but where all it does is
        to take an instance away.
        """
        if self.snapshot.kind is ReleaseKind.ACT:
            return
        said = [(run.ref, run.reason) for run in self.snapshot.open_runs if run.reason and run.reason.code == "gone"]
        waiting = [ref for ref, reason in said if "words" not in reason.values]  # with them it is a cluster's trouble
        assert not waiting, f"{waiting} wait for what somebody deleted before"

    def _keeps_capacity(self) -> None:
        """Invariant 4: of each process that goes on, what the strategy promises; and no more than is reserved."""
        snapshot = self.snapshot
        taken_down = any(step.kind == "scale_down" and not step.back for step in snapshot.plan)
        if taken_down or snapshot.kind in FULL or any(is_person_skipped(run) for run in snapshot.runs):
            return
        for target in snapshot.targets:
            tracked = any(step.kind == "trade" for step in snapshot.plan)
            for before in target.before.workloads:
                after = next((one for one in target.after.workloads if one.key == before.key), None)
                if after is None or (target.cluster, before.key) in self.deleted:
                    continue
                spare = amount_of(after.unavailable, after.replicas) if tracked else 0
                least, there = min(before.replicas, after.replicas - spare), self.capacity(target.cluster, before.key)
                assert there >= least, f"{before.key} has {there} instances on {target.cluster}, not {least}"
                if snapshot.state in (ReleaseState.RUNNING, ReleaseState.PAUSED):
                    self._has_room(target, before, after)

    def _has_room(self, target: Target, before: Workload, after: Workload) -> None:
        trades = [step.options.get("surge", "0") for step in self.snapshot.plan if step.kind == "trade"]
        most = max(before.replicas, after.replicas) + max(
            1, *(amount_of(one, after.replicas) for one in (after.surge, *trades))
        )
        things = (self.clusters[target.cluster].get(key) for key in (after.key, f"{after.key}--canary"))
        wanted = sum(thing.replicas for thing in things if thing)
        assert wanted <= most, f"{after.key} shall have {wanted} instances on {target.cluster}, and {most} are reserved"
