"""Something for people to do by hand: `options["text"]`, until somebody says that it is done."""

from releases.effects import Effect
from releases.events import Approved, Promoted, Rejected
from releases.observation import Observation
from releases.reasons import Reason
from releases.states import RunState
from releases.steps.base import Done, Outcome, StepContext, StepLogic, Waiting, rejected


class Note(StepLogic):
    def effects(self, context: StepContext) -> tuple[Effect, ...]:
        return ()

    def observe(self, context: StepContext, observation: Observation | None) -> Outcome:
        said = any(run.state is RunState.DONE or run.was_skipped for run in context.elsewhere)
        if said or not context.step.options.get("confirm"):
            return Done()
        if context.promoted_by:
            return Done(output={"by": context.promoted_by})
        return Waiting(reason=Reason("note", {"words": context.step.options["text"]}))

    def answer(self, context: StepContext, event: Approved | Rejected | Promoted) -> Outcome | None:
        if isinstance(event, Rejected):
            return rejected(event)
        return Done(output={"by": event.by}) if isinstance(event, Promoted) else None
