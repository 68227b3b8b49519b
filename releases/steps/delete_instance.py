"""Delete the instance that `options` tell (`name`, `uid`, and `workload` as `Kind/name`); wait until it is gone."""

from releases.effects import DeleteInstance, Effect
from releases.observation import Observation
from releases.reasons import Reason
from releases.steps.base import Done, Outcome, StepContext, StepLogic, Waiting


class DeleteOneInstance(StepLogic):
    def effects(self, context: StepContext) -> tuple[Effect, ...]:
        options = context.step.options
        return (DeleteInstance(name=options["name"], uid=options["uid"], workload=options["workload"]),)

    def observe(self, context: StepContext, observation: Observation | None) -> Outcome:
        if observation is None:
            return Waiting(reason=Reason("not_seen_yet", {"cluster": context.target.name}))
        uid = context.step.options["uid"]
        if any(pod.uid == uid for workload in observation.workloads for pod in workload.instances):
            return Waiting(reason=Reason("instances_left", {"left": 1}))
        return Done()
