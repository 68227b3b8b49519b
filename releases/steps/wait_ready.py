"""Wait until the new instances carry everything and the old ones are gone; notice early that they never will.

`options["workload"]` (`Kind/name`): nothing is new, and only this one shall have as many ready instances as it wants.
"""

from datetime import datetime

from releases.effects import Effect
from releases.observation import Observation, WorkloadFacts
from releases.reasons import Reason
from releases.snapshot import Workload
from releases.steps.base import Done, Failed, Outcome, StepContext, StepLogic, Waiting
from releases.steps.resized import SINCE, noted, resized
from releases.steps.trouble import new_and_ready, told, unseen, worst


class WaitReady(StepLogic):
    """Done when every frozen workload is wholly new, available and of the wanted size."""

    def effects(self, context: StepContext) -> tuple[Effect, ...]:
        return ()

    def observe(self, context: StepContext, observation: Observation | None) -> Outcome:
        if key := context.step.options.get("workload"):
            return _refilled(key, context, observation)
        ready = wanted = progress = 0
        waiting: Waiting | None = None
        wake: list[datetime] = []
        since: dict[str, str] = {}
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
            elif other := resized(facts, workload, context):
                if other[1] <= context.now:
                    return Failed(reason=other[0])
                wake.append(other[1])
                since |= noted(workload, context)
                waiting = Waiting(reason=other[0])
            elif not is_complete(facts, workload):
                waiting = waiting or Waiting(reason=Reason("rolling"))
        if waiting is None:
            return Done(output={"ready": ready, "wanted": wanted})
        reason = waiting.reason
        if reason.code == "rolling":
            reason = Reason("rolling", {"ready": ready, "wanted": wanted})
        output = {SINCE: since} if since or context.run.output.get(SINCE) else {}
        return Waiting(reason=reason, wake_at=min(wake, default=None), progress=progress, output=output)


def _refilled(key: str, context: StepContext, observation: Observation | None) -> Outcome:
    """Whether a workload has all of its instances again, of whichever track and size it is."""
    kind, _slash, name = key.partition("/")
    facts = observation.workload(kind, name) if observation else None
    if facts is None:
        other = Workload(kind=kind, name=name, process="", replicas=0)  # of a second track, which is not frozen here
        workload = next((one for one in context.target.after.workloads if one.key == key), other)
        return Waiting(reason=unseen(workload, observation, context))
    # What the workload counts may be from before the instance went: the instances themselves are not.
    ready = sum(pod.ready and not pod.going for pod in facts.instances)
    trouble = worst(facts, context)
    if trouble and trouble[1] is None:
        return Failed(reason=told(trouble[0], facts, context))
    if trouble:
        return Waiting(reason=told(trouble[0], facts, context), wake_at=trouble[1], progress=ready)
    if min(ready, facts.available) < facts.wanted:
        return Waiting(reason=Reason("refilling", {"ready": ready, "wanted": facts.wanted}), progress=ready)
    return Done(output={"ready": ready, "wanted": facts.wanted})


def is_complete(facts: WorkloadFacts, workload: Workload) -> bool:
    """Whether all instances are new and available, and as many as there shall be."""
    sized = workload.autoscaled or facts.wanted == workload.replicas or facts.is_scaled_by_others
    return sized and facts.updated >= facts.wanted and facts.available >= facts.wanted and facts.total <= facts.updated
