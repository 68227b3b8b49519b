"""Call a server outside; what it answers as JSON is the output. `options["once"]`: not for each cluster anew."""

from releases.effects import CallHttp, Effect
from releases.observation import Observation
from releases.steps.base import Act, Done, Outcome, StepContext, StepLogic
from releases.steps.leading import elsewhere


class HttpCall(StepLogic):
    def effects(self, context: StepContext) -> tuple[Effect, ...]:
        return () if elsewhere(context) else (CallHttp(inputs=context.inputs),)

    def observe(self, context: StepContext, observation: Observation | None) -> Outcome:
        outcome = elsewhere(context)
        if outcome is not None:
            return outcome
        if not context.run.sent:
            return Act(effects=(CallHttp(inputs=context.inputs),), progress=1)
        return Done()
