"""The steps a release can be made of: one closed set of kinds, told apart by `kind`, each with its own options."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from django.utils.translation import gettext_lazy as _
from pydantic import Field, model_validator

from apps_mgmt.spec.base import ShortText, SpecModel, refuse_doubles
from apps_mgmt.spec.errors import SpecError, say
from apps_mgmt.spec.step import StepBase, check_step_name
from apps_mgmt.spec.steps_acting import (
    ApplyStep,
    BatchStep,
    BuildStep,
    HttpCallStep,
    JobStep,
    NotifyStep,
    TrafficStep,
)
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

MOVING = (ApplyStep, BatchStep, TrafficStep)

Leaf = (
    ApplyStep
    | BatchStep
    | TrafficStep
    | WaitStep
    | PauseStep
    | ApprovalStep
    | WindowStep
    | JobStep
    | BuildStep
    | HttpCallStep
    | HttpCheckStep
    | MetricCheckStep
    | SoakStep
    | NotifyStep
    | NoteStep
)
HookStep = Annotated[JobStep | HttpCallStep | NotifyStep, Field(discriminator="kind")]


class Branch(SpecModel):
    """Steps one after another, beside those of the other branches."""

    KEY: ClassVar[tuple[str, ...]] = ("name",)

    name: ShortText
    steps: tuple[Annotated[Leaf, Field(discriminator="kind")], ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _named(self) -> Branch:
        check_step_name(self.name)
        return self


class ParallelStep(StepBase):
    """Branches at the same time; over once all of them are. Branches hold no parallel steps themselves."""

    kind: Literal["parallel"]
    branches: tuple[Branch, ...]

    @model_validator(mode="after")
    def _beside(self) -> ParallelStep:
        if len(self.branches) < 2:
            sentence = _("The step {name} has nothing beside which it could run. Give it at least two branches.")
            raise SpecError(say(sentence, name=self.name), field="release.strategy")
        refuse_doubles(self.branches, what=_("branch"), field="release.strategy")
        moving = [row for row in self.branches if any(isinstance(step, MOVING) for step in row.steps)]
        if len(moving) > 1:
            sentence = _("Two branches of {name} move instances or traffic at once. Keep that to one of them.")
            raise SpecError(say(sentence, name=self.name), field="release.strategy")
        return self


Step = Annotated[Leaf | ParallelStep, Field(discriminator="kind")]
AnyStep = Leaf | ParallelStep
StepT = TypeVar("StepT", bound=AnyStep)


def leaves(steps: Iterable[AnyStep]) -> Iterator[Leaf]:
    """Every step that does something, in order, those of branches too."""
    for step in steps:
        if isinstance(step, ParallelStep):
            for branch in step.branches:
                yield from branch.steps
        else:
            yield step


def processes_of(step: AnyStep) -> tuple[str, ...]:
    """The processes a step names."""
    if isinstance(step, BuildStep):
        return step.processes
    if isinstance(step, ParallelStep):
        return tuple(name for leaf in leaves([step]) for name in processes_of(leaf))
    return (step.process,) if isinstance(step, JobStep | HttpCheckStep) and step.process else ()


def renamed(steps: Iterable[StepT], name: str, *, to: str) -> tuple[StepT, ...]:
    """The steps with a process under another name."""
    return tuple(_renamed(step, name, to) for step in steps)


def _renamed(step: AnyStep, name: str, to: str) -> Any:
    if name not in processes_of(step):
        return step
    if isinstance(step, ParallelStep):
        return step.change(branches=tuple(row.change(steps=renamed(row.steps, name, to=to)) for row in step.branches))
    if isinstance(step, BuildStep):
        return step.change(processes=tuple(to if one == name else one for one in step.processes))
    return step.change(process=to)


def check_order(steps: Iterable[AnyStep], *, field: str) -> None:
    """SpecError for two steps of one name, and for one that uses what is not known by then."""
    steps = tuple(steps)
    taken: set[str] = set()
    for step in (one for top in steps for one in ((top, *leaves([top])) if isinstance(top, ParallelStep) else (top,))):
        if step.name in taken:
            sentence = _("Two steps are called {name}. Give one of them another name.")
            raise SpecError(say(sentence, name=step.name), field=field)
        taken.add(step.name)
    known: set[str] = set()
    for step in steps:
        _refuse_unknown(step, known, field=field)
        inside: set[str] = set()
        for branch in step.branches if isinstance(step, ParallelStep) else ():
            mine = set(known)
            for leaf in branch.steps:
                _refuse_unknown(leaf, mine, field=field)
                mine.add(leaf.name)
            inside |= mine
        known |= inside | {step.name}


def _refuse_unknown(step: AnyStep, known: set[str], *, field: str) -> None:
    for name in step.needs:
        if name not in known:
            sentence = _("{step} uses the output of {name}, which is no step before it. Use one of an earlier step.")
            raise SpecError(say(sentence, step=step.name, name=name or "“”"), field=field)
