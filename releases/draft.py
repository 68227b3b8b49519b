"""A decision in the making: changes are made to the frozen snapshot one by one and remembered in order."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from releases import changes
from releases.changes import Change, ReleaseChange, StepChange, TargetChange
from releases.effects import Effect, SetTimer
from releases.observation import Observation
from releases.reasons import Reason
from releases.snapshot import Run, RunRef, Snapshot, Step, Target
from releases.states import After, ReleaseState


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An effect of a run; `key` tells the effects of one run apart and comes back with the result."""

    run: RunRef
    key: int
    effect: Effect


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to write down, and what to send out, in this order. `enters`: see `entering`."""

    changes: tuple[Change, ...] = ()
    effects: tuple[Order, ...] = ()
    enters: bool = False


class Draft:
    """The snapshot as it will be, and what led there."""

    def __init__(self, snapshot: Snapshot, *, now: datetime) -> None:
        self.snapshot = snapshot
        self.now = now
        self.enters = False
        self._changes: list[Change] = []
        self._orders: list[Order] = []

    def decision(self) -> Decision:
        return Decision(changes=tuple(self._changes), effects=tuple(self._orders), enters=self.enters)

    def move(self, state: ReleaseState, *, reason: Reason | None = None, after_stop: After | None = None) -> None:
        self._make(ReleaseChange(state=state, reason=reason, after_stop=after_stop))

    def set_target(self, target: Target, **values: Any) -> None:
        now = replace(target, **values)
        if now != target:
            self._make(TargetChange(cluster=now.cluster, state=now.state, reason=now.reason, lost_since=now.lost_since))

    def plan(self, step: Step, **options: Any) -> None:
        """Write options of a line of the plan anew."""
        self._make(StepChange(step=step.number, options={**step.options, **options}))

    def put(self, run: Run) -> None:
        """Write a run down, and order a timer when it wants to be woken at another moment than before."""
        known = self.snapshot.run(run.ref)
        if run == known:
            return
        self._make(changes.of_run(run))
        if run.wake_at and (known is None or known.wake_at != run.wake_at):
            self._orders.append(Order(run=run.ref, key=0, effect=SetTimer(at=run.wake_at)))

    def order(self, run: RunRef, key: int, effect: Effect) -> None:
        self._orders.append(Order(run=run, key=key, effect=effect))

    def withdraw(self, run: RunRef) -> set[int]:
        """Take back what this decision was to send out for a run; the keys of it."""
        mine = [one for one in self._orders if one.run == run and not isinstance(one.effect, SetTimer)]
        self._orders = [one for one in self._orders if one not in mine]
        return {one.key for one in mine}

    def see(self, cluster: str, observation: Observation) -> None:
        """Take an observation in. It is stored with the target by whoever asks for the decision, not as a change."""
        targets = tuple(
            replace(t, observation=observation) if t.cluster == cluster else t for t in self.snapshot.targets
        )
        self.snapshot = replace(self.snapshot, targets=targets)

    def _make(self, change: Change) -> None:
        self._changes.append(change)
        self.snapshot = changes.evolve(self.snapshot, change)
