"""Where nothing runs: what people planned holds, but for what only instances can tell or trade. Pure.

Whoever has to be asked is asked, and what happens elsewhere happens. Batches, traffic, soaks, and checks of the app
itself are left out, and with them what reads their outputs; only who holds the release does so in any case.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from apps_mgmt.spec import Strategy
from apps_mgmt.spec.releasing import ReleaseHooks, ReleasePolicy
from apps_mgmt.spec.steps import AnyStep, Leaf, ParallelStep, leaves
from apps_mgmt.spec.steps_acting import ApplyStep, BatchStep, BuildStep, NotifyStep, TrafficStep
from apps_mgmt.spec.steps_waiting import (
    ApprovalStep,
    HttpCheckStep,
    MetricCheckStep,
    NoteStep,
    PauseStep,
    SoakStep,
    WaitStep,
    WindowStep,
)
from releases.strategies import rolling
from releases.strategies.gates import UNTIL_TOLD
from releases.strategies.plan import Ask, Outline, outline
from releases.strategies.user_steps import lines_for
from releases.strategies.writing import BY_THEMSELVES, written

_OF_INSTANCES = (BatchStep, TrafficStep, SoakStep, MetricCheckStep, WaitStep)
_HOLDING = (ApprovalStep, WindowStep, NoteStep, PauseStep, BuildStep)
"""They hold whatever is known; and without its image nothing could be written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is kept of a plan: the strategy, of its own kind, and the hooks. By name what is `left` out because it needs
    instances, what is because it is `reading` what those give, and what holds `in_any_case`, whatever it would read.
    """

    strategy: Strategy
    hooks: ReleaseHooks
    left: tuple[str, ...] = ()
    reading: tuple[str, ...] = ()
    in_any_case: tuple[str, ...] = ()


def kept(policy: ReleasePolicy, *, hosts: Collection[str] = ()) -> Kept:
    """What is kept of how an app is released; under `hosts` it answers when it runs."""
    own = policy.strategy
    sieve = _Sieve(hosts=hosts, trades=own.kind not in BY_THEMSELVES)
    planned = own.steps if own.kind in (*BY_THEMSELVES, "canary") else ()  # the others have none of their own
    before = tuple(sieve.through(policy.hooks.before))
    steps = tuple(sieve.through(planned))
    after = tuple(sieve.through(policy.hooks.after))
    return Kept(
        # Copied, not made: without a batch it would be no canary, and it is never written down.
        strategy=own.model_copy(update={"steps": steps}),
        hooks=policy.hooks.model_copy(update={"before": before, "after": after}),
        left=tuple(sieve.left),
        reading=tuple(sieve.reading),
        in_any_case=tuple(sieve.in_any_case),
    )


def forward(ask: Ask) -> tuple[Outline, ...]:
    """The way out. What a canary brings bit by bit is written when everybody was asked and all else is done."""
    plain, own = replace(ask, strategy=Strategy()), ask.strategy
    if not own.steps:
        return rolling.usual(ask)
    if own.kind in BY_THEMSELVES:
        return rolling.forward(replace(ask, strategy=own.model_copy(update={"kind": "rolling"})))
    place = max((number for number, step in enumerate(own.steps, 1) if _comes_first(step)), default=0)
    return (
        *written(plain, "needs"),
        *lines_for(plain, own.steps[:place]),
        *written(plain, "workloads"),
        *lines_for(plain, own.steps[place:]),
        *written(plain, "leads"),
        outline("prune"),
    )


def _comes_first(step: AnyStep) -> bool:
    return any(one.when == "on-success" and not isinstance(one, NotifyStep) for one in leaves([step]))


@dataclass(slots=True, kw_only=True)
class _Sieve:
    """`gone` are the names whose outputs nobody will know."""

    hosts: Collection[str]
    trades: bool
    gone: set[str] = field(default_factory=set)
    left: list[str] = field(default_factory=list)
    reading: list[str] = field(default_factory=list)
    in_any_case: list[str] = field(default_factory=list)

    def through(self, steps: Iterable[AnyStep], *, reads: bool = False) -> Iterator[AnyStep]:
        """The steps that are kept; `reads`: what is around them reads what is gone."""
        for step in steps:
            one = self._beside(step) if isinstance(step, ParallelStep) else self._leaf(step, reads=reads)
            if one is None:
                self.gone.add(step.name)
            else:
                yield one

    def _beside(self, step: ParallelStep) -> ParallelStep | None:
        reads = not self.gone.isdisjoint(step.needs)
        inside = [(row, tuple(self.through(row.steps, reads=reads))) for row in step.branches]
        branches = tuple(row.model_copy(update={"steps": steps}) for row, steps in inside if steps)
        condition = "" if reads else step.condition
        return step.model_copy(update={"branches": branches, "condition": condition}) if branches else None

    def _leaf(self, step: Leaf, *, reads: bool) -> Leaf | None:
        if isinstance(step, ApplyStep) and self.trades:
            return None  # written by `forward`
        if self._needs_instances(step):
            self.left.append(step.name)
            return None
        own = not self.gone.isdisjoint(step.needs)
        if not (reads or own):
            return step
        if isinstance(step, _HOLDING):
            self.in_any_case.append(step.name)
            return step.model_copy(update={"condition": "", "inputs": ()}) if own else step
        self.reading.append(step.name)
        return None

    def _needs_instances(self, step: Leaf) -> bool:
        if isinstance(step, HttpCheckStep):
            return step.request is None or urlsplit(step.request.url).hostname in self.hosts
        if isinstance(step, PauseStep):
            return self.trades and step.seconds != UNTIL_TOLD
        return isinstance(step, _OF_INSTANCES)
