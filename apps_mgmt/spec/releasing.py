"""How a release of the app goes: strategy, order of clusters, hooks, when it goes back by itself."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, get_args

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from pydantic import Field, model_validator

from apps_mgmt.spec.base import ShortText, SpecModel
from apps_mgmt.spec.errors import SpecError, say
from apps_mgmt.spec.step import check_amount
from apps_mgmt.spec.steps import AnyStep, HookStep, Step, check_order, leaves
from apps_mgmt.spec.steps_acting import ApplyStep, BatchStep, TrafficStep

StrategyKind = Literal["rolling", "recreate", "batches", "canary", "blue-green"]
Across = Literal["one-after-another", "together", "first-then-rest"]
RollbackCause = Literal["failed-step", "failed-check", "crash-loop", "deadline"]
ALL_CAUSES: tuple[RollbackCause, ...] = ("failed-step", "failed-check", "crash-loop", "deadline")

# Where a step that moves instances or traffic means anything.
_AT_HOME: dict[str, tuple[StrategyKind, ...]] = {"batch": ("batches", "canary"), "traffic": ("canary", "blue-green")}


class Strategy(SpecModel):
    """`batch` is how many instances (a number or %) a batch replaces; `keep` how long the old are kept after (seconds).

    `steps` are the plan in order; `()` is the usual one of the kind. Batches and canary end by themselves: after the
    last step everything is new. `saved` and `saved_version` name the tenant's saved strategy this one was taken from.
    """

    kind: StrategyKind = "rolling"
    batch: ShortText = "25%"
    batch_pause: int = Field(default=0, ge=-1, le=86_400)
    steps: tuple[Step, ...] = ()
    keep: int = Field(default=600, ge=0, le=86_400)
    preview_host: ShortText = ""
    saved: ShortText = ""
    saved_version: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _sound(self) -> Strategy:
        check_amount(self.batch, field="release.strategy")
        steps = tuple(leaves(self.steps))
        if self.kind == "canary" and not any(isinstance(step, BatchStep | TrafficStep) for step in steps):
            sentence = _("A canary needs at least one step that moves instances or traffic. Add one.")
            raise SpecError(sentence, field="release.strategy.steps")
        for step in steps:
            if why := why_idle(step.kind, step.name, strategy=self.kind):
                raise SpecError(why, field="release.strategy.steps")
        brings = (ApplyStep, BatchStep, TrafficStep) if self.kind in ("canary", "batches") else (ApplyStep,)
        if self.steps and not any(_brings(step, brings) for step in steps):
            sentence = _(
                "None of these steps brings anything new to a cluster. Add a step of the kind apply, or take all steps "
                "out, and it goes as usual."
            )
            raise SpecError(sentence, field="release.strategy.steps")
        return self


class Wave(SpecModel):
    """Clusters that go together. `pause` after them in seconds or until told (-1); None is as for the others.

    `failures` is how many of them may fail; None leaves it to what the release as a whole allows.
    """

    clusters: tuple[ShortText, ...] = Field(min_length=1)
    pause: int | None = Field(default=None, ge=-1, le=86_400)
    failures: int | None = Field(default=None, ge=0, le=50)


class Waves(SpecModel):
    """The order over clusters: first those of `order`, wave by wave, then the others as `across` says.

    After waves that are named, `first-then-rest` means that the rest goes together: they were the first. Clusters that
    only lose the app are the last in any case, and where no wave is named those are before them that give instances up.

    `pause` comes after each cluster or wave (seconds, -1 until told); `failures` is how many clusters may fail in all.
    """

    across: Across = "one-after-another"
    order: tuple[Wave, ...] = ()
    pause: int = Field(default=0, ge=-1, le=86_400)
    failures: int = Field(default=0, ge=0, le=50)

    @model_validator(mode="after")
    def _sound(self) -> Waves:
        seen: set[str] = set()
        for name in self.first:
            if name in seen:
                sentence = _("The cluster {name} is in two waves. Keep it in one of them.")
                raise SpecError(say(sentence, name=name), field="release.waves.order")
            seen.add(name)
        return self

    @property
    def first(self) -> tuple[str, ...]:
        """The clusters of the order, those of earlier waves first."""
        return tuple(name for wave in self.order for name in wave.clusters)


class ReleaseHooks(SpecModel):
    """Run before and after everything else: commands in the cluster and HTTP calls. Their output is kept."""

    before: tuple[HookStep, ...] = ()
    after: tuple[HookStep, ...] = ()


class AutoRollback(SpecModel):
    """Whether a release goes back by itself, on what, and whether at once or in batches."""

    on: bool = True
    causes: tuple[RollbackCause, ...] = ALL_CAUSES
    pace: Literal["at-once", "in-batches"] = "at-once"

    @model_validator(mode="after")
    def _some_cause(self) -> AutoRollback:
        if self.on and not self.causes:
            raise SpecError(
                _("Going back by itself needs at least one cause. Choose one, or turn it off."),
                field="release.auto_rollback",
            )
        return self


class ReleasePolicy(SpecModel):
    """All of it. Defaults: rolling, one cluster after another, no failure allowed; failures wait for a person."""

    strategy: Strategy = Strategy()
    waves: Waves = Waves()
    hooks: ReleaseHooks = ReleaseHooks()
    auto_rollback: AutoRollback = AutoRollback(on=False)

    @model_validator(mode="after")
    def _sound(self) -> ReleasePolicy:
        check_order(self.steps, field="release.strategy")
        return self

    @property
    def steps(self) -> tuple[AnyStep, ...]:
        """The steps people gave, in the order in which they run: hooks before, the strategy's own, hooks after."""
        return (*self.hooks.before, *self.strategy.steps, *self.hooks.after)


def why_idle(kind: str, name: str, *, strategy: str, among: Collection[str] = get_args(StrategyKind)) -> str | Promise:
    """Why a step of this kind cannot be part of a strategy, blank where it can; `among`: which others may be chosen."""
    at_home = _AT_HOME.get(kind, (strategy,))
    if strategy in at_home:
        return ""
    sentence = _("The step {name} does nothing in the strategy {strategy}. Take it out, or choose {others}.")
    return say(sentence, name=name, strategy=strategy, others=", ".join(one for one in at_home if one in among))


def _brings(step: AnyStep, kinds: tuple[type[AnyStep], ...]) -> bool:
    return isinstance(step, kinds) and not (isinstance(step, ApplyStep) and step.part in ("needs", "leads"))
