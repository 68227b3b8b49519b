"""Wait until the cluster lists no workload and no instance of the app any more."""

from releases.effects import Effect
from releases.observation import Observation
from releases.reasons import Reason
from releases.steps.base import Done, Outcome, StepContext, StepLogic, Waiting


class WaitGone(StepLogic):
    def effects(self, context: StepContext) -> tuple[Effect, ...]:
        return ()

    def observe(self, context: StepContext, observation: Observation | None) -> Outcome:
        if observation is None:
            return Done()
        left = observation.orphans + sum(1 + len(w.instances) for w in observation.workloads)
        if left and observation.held:
            what, finalizers = observation.held[0]
            return Waiting(reason=Reason("objects_held", {"left": left, "what": what, "finalizers": finalizers}))
        return Waiting(reason=Reason("objects_left", {"left": left})) if left else Done()
