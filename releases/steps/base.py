"""What a step is: two pure questions, and the four answers the second may get."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from releases.effects import Effect
from releases.events import Approved, Overridden, Promoted, Rejected
from releases.observation import Observation
from releases.reasons import Reason
from releases.snapshot import Frozen, Run, Step, Target, Workload
from releases.states import RunState


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Not yet. `wake_at`: look again then, even if nothing happens; more `progress` earns a new deadline.

    `held`: it waits for what has a deadline of its own, so no time of this step passes.
    """

    reason: Reason
    wake_at: datetime | None = None
    progress: int = 0
    output: Mapping[str, Any] = field(default_factory=dict)
    held: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    output: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Not yet: these `effects` are wanted first. The step is asked again once all of them are done."""

    effects: tuple[Effect, ...]
    reason: Reason | None = None
    progress: int = 0
    output: Mapping[str, Any] = field(default_factory=dict)


Outcome = Waiting | Done | Failed | Act


def rejected(event: Rejected) -> Failed:
    """What it means for any step that waits for people when one of them says that it shall not go on."""
    return Failed(reason=Reason("rejected", {"by": event.by, "words": event.comment}))


@dataclass(frozen=True, slots=True, kw_only=True)
class StepContext:
    """All that a step may look at. `outputs` are those of earlier runs on this cluster, in the same direction.

    `elsewhere` are the runs of the same step on other clusters, `peers` all targets in order. `numbers`: process →
    how many instances there were to be when a second track was opened, in either direction. `release` is its id.
    `promoted_by` let all go on that waits for a word; blank where nobody did. `made`: keys of objects that this release
    made on this cluster, in either direction.
    """

    target: Target
    step: Step
    run: Run
    now: datetime
    outputs: tuple[Mapping[str, Any], ...] = ()
    elsewhere: tuple[Run, ...] = ()
    peers: tuple[Target, ...] = ()
    release: str = ""
    numbers: Mapping[str, int] = field(default_factory=dict)
    promoted_by: str = ""
    made: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """What people called the step."""
        return str(self.step.options.get("name", ""))

    @property
    def inputs(self) -> Mapping[str, str]:
        """What the step takes from earlier ones."""
        found: Mapping[str, str] = self.run.output.get("inputs", {})
        return found

    @property
    def wished(self) -> Frozen:
        """What this direction leads to."""
        return self.target.before if self.step.back else self.target.after

    @property
    def present(self) -> Frozen:
        """What this direction starts from."""
        return self.target.after if self.step.back else self.target.before

    @property
    def leaving(self) -> tuple[Workload, ...]:
        """The workloads of where it starts from that this step may take down.

        One that was taken over goes on where the app is to be without it: it ran before. `options["adopted"]`: the app
        is deleted, and it goes as well.
        """
        wished = {workload.key for workload in self.wished.workloads}
        takes = bool(self.step.options.get("adopted"))
        return tuple(one for one in self.present.workloads if takes or not one.adopted or one.key in wished)

    def written(self, key: str) -> Mapping[str, Any]:
        return written((*self.outputs, self.run.output), key)

    def was_scaled(self, key: str) -> bool:
        """Whether its number of instances was set after it was made. `trade` alone does that to a second track, and
        only to one that the cluster has told of: so that was seen.
        """
        made = (output for output in (*self.outputs, self.run.output) if "numbers" not in output)
        answers = (output.get("objects", {}).get(key) for output in made)
        return any(answer and not answer.get("created") for answer in answers)

    def was_created(self, key: str) -> bool:
        return any(output.get("objects", {}).get(key, {}).get("created") for output in (*self.outputs, self.run.output))


def written(outputs: Sequence[Mapping[str, Any]], key: str) -> Mapping[str, Any]:
    """What the cluster answered when this object was last written: `uid`, `generation`, `created`; or nothing.
    `outputs` are those of the runs there, in order.
    """
    answers = (output.get("objects", {}).get(key) for output in reversed(outputs))
    return next((answer for answer in answers if answer), {})


def said_elsewhere(context: StepContext, *, among: Collection[str] | None = None) -> bool:
    """Whether a person let this step go on, or skipped it, on another cluster; `among`: on one of these."""
    runs = (run for run in context.elsewhere if among is None or run.ref.cluster in among)
    return any(run.was_skipped or (run.state is RunState.DONE and "by" in run.output) for run in runs)


class StepLogic(Protocol):
    """A class in a file each. Both questions are pure; `observe` is asked again whenever something is heard."""

    def effects(self, context: StepContext) -> tuple[Effect, ...]: ...

    def observe(self, context: StepContext, observation: Observation | None) -> Outcome: ...

    def answer(self, context: StepContext, event: Approved | Rejected | Promoted) -> Outcome | None:
        """What a person's word means; None for the many steps that wait for no one."""
        return None

    def is_skippable(self, step: Step) -> bool:
        """Whether whoever deploys may count it as passed: not what others have to let go on, and not what the steps
        behind it rely on.
        """
        return True

    def override(self, context: StepContext, event: Overridden) -> Outcome | None:
        """What it means that somebody overrides the calendar; None for the many steps that do not look at one."""
        return None
