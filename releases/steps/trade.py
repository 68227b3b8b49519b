"""Trade instances between two tracks until so many are new, and never fewer or more at once than allowed.

`options["to"]` is how many instances of each process shall be of the growing track, as a number or in %, rounded up.
`options["grows"]` is the track that grows (`canary`, or `stable` on the way home); `options["keep"]` keeps the other
one beside it. `options["surge"]` is how many there may be on top, where that is more than the process itself allows.
`options["weighted"]`: only where a route can give the second track its share of the traffic. `options["unweighted"]`:
only where none can. No plan that is made now has that: it is in those that were frozen while new instances came up only
where they stood in for a share, and those are gone through, and shown, as they were meant.

`options["whole"]`: what Services lead to stays whole where routes give shares. There a Service leads to one track alone
until the plan is through, whatever its instances are: so the old ones keep all the room that they have, and new ones
come on top, as Argo Rollouts does it where a router moves the traffic. To let the old ones go one by one would leave
those that are still led to with fewer than were promised, and where there is only one, with none.

StatefulSets and CloneSets trade by themselves: they are told how many of their instances stay old. What has nothing to
trade with is there whole from the beginning: that is waited for, or what comes next would look at what is not up yet.

A number that somebody else keeps, whatever is written there, cannot be traded: the step fails and says who that is.
Only where the first track grows, on the way home, that number counts as the one of the process. And what was asked for
is not asked for again before the cluster tells of something new: an act that meant nothing would mean nothing then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from apps_mgmt.spec.surging import amount_of
from releases.effects import Effect, Scale, SetPartition, SetReplicas
from releases.observation import Observation, WorkloadFacts
from releases.reasons import Reason
from releases.scaled import AUTOSCALER
from releases.snapshot import Workload
from releases.steps.base import Act, Done, Failed, Outcome, StepContext, StepLogic, Waiting
from releases.steps.pairs import alone, changed, led_to, number_of, pairs, partitioned, weighing
from releases.steps.resized import SINCE, noted, resized
from releases.steps.trouble import new_and_ready, told, unseen, worst
from releases.steps.wait_ready import is_complete

PATIENCE = timedelta(seconds=15)  # until a second track that is told of no more counts as deleted
_LOST, _ASKED, _KEPT = "lost", "asked", "kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Two tracks of one process: what they were asked for, and what of it is there."""

    number: int
    goal: int
    new: int
    new_ready: int
    old: int
    old_total: int


def next_counts(now: Counts, *, surge: int, unavailable: int, keep: bool = False) -> tuple[int, int]:
    """How many instances the growing and the other track shall have next.

    Together there are at most `number + surge`, and at least `number - unavailable` of them are ready, as far as that
    is ours to say. What is new is never taken back.
    """
    new = max(now.new, min(now.goal, now.number + surge - max(now.old, now.old_total)))
    if keep:
        return new, min(now.old, now.number)
    return new, min(now.old, max(0, now.number - now.goal, now.number - unavailable - now.new_ready))


def is_traded(now: Counts, *, keep: bool = False) -> bool:
    """Whether the growing track carries its part, and nothing of the other is left that shall not be."""
    rest = now.number if keep else max(0, now.number - now.goal)
    return now.new_ready >= now.goal and now.old <= rest and now.old_total <= max(rest, now.old)


class Trade(StepLogic):
    def effects(self, context: StepContext) -> tuple[Effect, ...]:
        return ()

    def observe(self, context: StepContext, observation: Observation | None) -> Outcome:
        options, routed = context.step.options, bool(weighing(context.target))
        if options.get("weighted" if not routed else "unweighted"):
            return Done()
        sums = _Sums(context)
        for pair in pairs(context.target):
            sums.look_for(pair.canary, observation)
            home = options["grows"] == "stable"
            grows, shrinks = (pair.stable, pair.canary) if home else (pair.canary, pair.stable)
            if context.step.back and observation and not observation.workload(shrinks.kind, shrinks.name):
                continue  # it was never opened, or is gone: nothing is there to trade with
            sums.trade(pair.stable, grows, shrinks, observation)
        if options["grows"] == "canary" and options.get("partition"):
            for workload in partitioned(context.target):
                sums.hold_back(workload, observation)
        if options["grows"] == "canary" and not context.step.back:
            for workload in alone(context.target):
                sums.come_up(workload, observation)
        return sums.outcome()


def traded_home(context: StepContext, numbers: Mapping[str, int], observation: Observation | None) -> Outcome:
    """Until the first track has so many instances of each of these processes, and the second none of them."""
    options = {"to": "100%", "grows": "stable"}
    sums = _Sums(replace(context, numbers=numbers, step=replace(context.step, options=options)))
    for pair in pairs(context.target):
        if pair.stable.process in numbers:
            sums.trade(pair.stable, pair.stable, pair.canary, observation)
    return sums.outcome()


class _Sums:
    """What the processes of a target come to together."""

    def __init__(self, context: StepContext) -> None:
        self.context = context
        self.ready = self.goal = self.old = self.progress = 0
        self.unfinished = False
        self.unseen: Reason | None = None
        self.scales: list[Scale] = []
        # Who keeps which number, as the cluster answered; and what was asked for, with the facts that it was due for.
        self.kept: dict[str, str] = dict(context.run.output.get(_KEPT, {}))
        self.asked: dict[str, list[Any]] = dict(context.run.output.get(_ASKED, {}))
        self.partitions: dict[str, int] = dict(context.run.output.get("partitions", {}))
        self.parts: list[Scale] = []
        self.lost: Reason | None = None
        self.failed: Reason | None = None
        self.troubled: Reason | None = None
        self.wake: list[datetime] = []
        self.told: dict[str, Any] = {}
        self.led = led_to(context.target) if weighing(context.target) else frozenset()

    def look_for(self, canary: Workload, observation: Observation | None) -> None:
        """Whether a second track that was seen is there no more: nobody but somebody else takes it away on the way out.

        Nothing makes it again within a release, whose traffic and checks were about the instances that are gone.
        """
        key = canary.key
        is_there = observation is None or observation.workload(canary.kind, canary.name) is not None
        if is_there or self.context.step.back or not self.context.was_scaled(key):
            return
        since = datetime.fromisoformat(self.context.run.output.get(_LOST, self.context.now.isoformat()))
        self.lost = Reason("track_gone", {"cluster": self.context.target.name, "process": canary.process})
        if since + PATIENCE <= self.context.now:
            self.failed = self.failed or self.lost
        self.told = {_LOST: since.isoformat()}
        self.wake.append(since + PATIENCE)

    def trade(self, stable: Workload, grows: Workload, shrinks: Workload, observation: Observation | None) -> None:
        new, old = self._facts(grows, observation), self._facts(shrinks, observation)
        if new is None or old is None or self._in_trouble(new):
            return
        options = self.context.step.options
        if options["grows"] == "canary" and not self.context.step.back and (why := changed(self.context, grows)):
            self.failed = self.failed or why
            return
        number = number_of(self.context, stable)
        if options["grows"] == "stable" and stable.key in self.kept and new.wanted:
            number = new.wanted
        now = Counts(
            number=number,
            goal=min(number, amount_of(options["to"], number)),
            new=new.wanted,
            new_ready=min(new_and_ready(new), new.available) if new.instances else new.available,
            old=old.wanted,
            old_total=old.total,
        )
        surge = max(amount_of(stable.surge, number), amount_of(options.get("surge", "0"), number))
        unavailable = amount_of(stable.unavailable, number)
        keep = bool(options.get("keep") or (options.get("whole") and stable.name in self.led))
        asked = next_counts(now, surge=surge or int(not unavailable), unavailable=unavailable, keep=keep)
        for workload, facts, wants in ((grows, new, asked[0]), (shrinks, old, asked[1])):
            if facts.wanted != wants:
                self._ask(workload, facts, wants)
        self._add(now.new_ready, now.goal, now.old_total, done=is_traded(now, keep=keep), of=number)

    def _ask(self, workload: Workload, facts: WorkloadFacts, wants: int) -> None:
        """Ask for a number of instances, unless somebody keeps another one, or this was asked for in vain already."""
        if by := self.kept.get(workload.key):
            values = {"workload": workload.name, "object": workload.key, "by": by, "number": facts.wanted}
            values |= {"cluster": self.context.target.name}
            why = Reason("number_scaled", values) if by == AUTOSCALER else Reason("number_kept", values)
            self.failed = self.failed or why
            return
        due = [facts.uid, facts.generation, wants]
        if self.asked.get(workload.key) == due:
            self.unfinished = True
            return
        self.asked[workload.key] = due
        self.scales.append(Scale(kind=workload.kind, name=workload.name, replicas=wants))

    def hold_back(self, workload: Workload, observation: Observation | None) -> None:
        facts = self._facts(workload, observation)
        if facts is None or self._in_trouble(facts):
            return
        number = number_of(self.context, workload)
        goal = min(number, amount_of(self.context.step.options["to"], number))
        # The highest ordinals go first, so a set that grows meanwhile keeps as many old ones as it had.
        stays = max(0, number - goal)
        if self.partitions.get(workload.key) != stays:
            self.partitions[workload.key] = stays
            self.parts.append(Scale(kind=workload.kind, name=workload.name, replicas=stays))
        ready = new_and_ready(facts)
        self._add(ready, goal, facts.total - facts.updated, done=ready >= goal, of=number)

    def come_up(self, workload: Workload, observation: Observation | None) -> None:
        facts = self._facts(workload, observation)
        if facts is None or self._in_trouble(facts):
            return
        if other := resized(facts, workload, self.context):
            self.failed = self.failed or (other[0] if other[1] <= self.context.now else None)
            self.troubled = self.troubled or other[0]
            self.wake.append(other[1])
            self.told[SINCE] = {**self.told.get(SINCE, {}), **noted(workload, self.context)}
        self._add(
            min(facts.updated, facts.available),
            facts.wanted,
            facts.total - facts.updated,
            done=is_complete(facts, workload),
            of=facts.wanted,
        )

    def outcome(self) -> Outcome:
        if self.failed:
            return Failed(reason=self.failed)
        reason = self.troubled or Reason("trading", {"ready": self.ready, "goal": self.goal, "old": self.old})
        effects: list[Effect] = []
        if self.scales:
            effects.append(SetReplicas(workloads=tuple(self.scales), pin=True))
        if self.parts:
            effects.append(SetPartition(workloads=tuple(self.parts)))
        if effects:
            told_now = self.told | ({"partitions": self.partitions} if self.parts else {})
            told_now |= {_ASKED: self.asked} if self.scales else {}
            return Act(effects=tuple(effects), reason=reason, progress=self.progress, output=told_now)
        if self.unseen and not self.troubled:
            reason = self.lost or self.unseen
        if self.unseen or self.unfinished or self.troubled:
            wake_at = min(self.wake, default=None)
            return Waiting(reason=reason, wake_at=wake_at, progress=self.progress, output=self.told)
        return Done(output={"ready": self.ready, "wanted": self.goal})

    def _facts(self, workload: Workload, observation: Observation | None) -> WorkloadFacts | None:
        facts = observation.workload(workload.kind, workload.name) if observation else None
        if facts is None or facts.is_before(self.context.written(workload.key)):
            self.unseen = self.unseen or unseen(workload, observation, self.context)
            return None
        return facts

    def _in_trouble(self, facts: WorkloadFacts) -> bool:
        trouble = worst(facts, self.context)
        if trouble is None:
            return False
        reason = told(trouble[0], facts, self.context)
        if trouble[1] is None:
            self.failed = self.failed or reason
            return True
        self.troubled = self.troubled or reason
        self.wake.append(trouble[1])
        return False

    def _add(self, ready: int, goal: int, old: int, *, done: bool, of: int) -> None:
        self.ready, self.goal, self.old = self.ready + ready, self.goal + goal, self.old + max(0, old)
        self.progress += ready + max(0, of - old)
        self.unfinished = self.unfinished or not done
