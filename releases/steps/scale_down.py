"""Take every instance away and wait until the last one is gone."""

from releases.effects import Effect, Scale, SetReplicas
from releases.observation import Observation
from releases.reasons import Reason
from releases.steps.base import Done, Outcome, StepContext, StepLogic, Waiting


class ScaleDown(StepLogic):
    def effects(self, context: StepContext) -> tuple[Effect, ...]:
        rows = tuple(Scale(kind=w.kind, name=w.name, replicas=0) for w in context.leaving)
        return (SetReplicas(workloads=rows),) if rows else ()

    def observe(self, context: StepContext, observation: Observation | None) -> Outcome:
        if not context.leaving:
            return Done()
        if observation is None:
            return Waiting(reason=Reason("not_seen_yet", {"cluster": context.target.name}))
        asked = {w.name: w.replicas for w in context.leaving}
        seen = [w for w in observation.workloads if w.name in asked]
        left = sum(max(w.wanted, w.total, len(w.instances)) for w in seen)
        if left:
            return Waiting(reason=Reason("instances_left", {"left": left}), progress=sum(asked.values()) - left)
        return Done()
