"""Wait until the new instances carry everything and the old ones are gone; notice early that they never will."""

from datetime import datetime

from releases.effects import Effect
from releases.observation import Observation, WorkloadFacts
from releases.reasons import Reason
from releases.snapshot import Workload
from releases.steps.base import Done, Failed, Outcome, StepContext, StepLogic, Waiting
from releases.steps.trouble import new_and_ready, told, unseen, worst


class WaitReady(StepLogic):
    """Done when every frozen workload is wholly new, available and of the wanted size."""

    def effects(self, context: StepContext) -> tuple[Effect, ...]:
        return ()

    def observe(self, context: StepContext, observation: Observation | None) -> Outcome:
        ready = wanted = progress = 0
        waiting: Waiting | None = None
        wake: list[datetime] = []
        for workload in context.wished.workloads:
            facts = observation.workload(workload.kind, workload.name) if observation else None
            if facts is None or facts.is_before(context.written(workload.key)):
                waiting = waiting or Waiting(reason=unseen(workload, observation, context))
                continue
            trouble = worst(facts, context)
            if trouble and trouble[1] is None:
                return Failed(reason=told(trouble[0], facts, context))
            ready, wanted = ready + new_and_ready(facts), wanted + facts.wanted
            progress += facts.updated + facts.available - max(0, facts.total - facts.updated)
            if trouble:
                wake += [trouble[1]] if trouble[1] else []
                waiting = Waiting(reason=told(trouble[0], facts, context))
            elif not is_complete(facts, workload):
                waiting = waiting or Waiting(reason=Reason("rolling"))
        if waiting is None:
            return Done(output={"ready": ready, "wanted": wanted})
        reason = waiting.reason
        if reason.code == "rolling":
            reason = Reason("rolling", {"ready": ready, "wanted": wanted})
        return Waiting(reason=reason, wake_at=min(wake, default=None), progress=progress)


def is_complete(facts: WorkloadFacts, workload: Workload) -> bool:
    """Whether all instances are new and available, and as many as there shall be."""
    sized = workload.autoscaled or facts.wanted == workload.replicas or facts.is_scaled_by_others
    return sized and facts.updated >= facts.wanted and facts.available >= facts.wanted and facts.total <= facts.updated
