"""Give every workload its share of instances; an autoscaled one only when it was just created, or stands at 0.

`options["from_zero"]`: this release takes everything down first, so every workload gets its share. What the cluster
said last would not do to tell: it may be from before that, and then an autoscaled workload would stay at 0 for good.
`options["tracks"]`: `untraded` leaves out those that trade instances with a second track; `all` gives these back what
was found when it was opened.
`options["as_left"]`: an autoscaled one where none was gets as many as there are on the clusters that this leaves.
"""

from releases.effects import Effect, Scale, SetReplicas
from releases.observation import Observation
from releases.snapshot import Frozen, Target, Workload
from releases.steps.base import Done, Outcome, StepContext, StepLogic
from releases.steps.pairs import number_of, pairs


class SetInstanceCounts(StepLogic):
    def effects(self, context: StepContext) -> tuple[Effect, ...]:
        options, observation = context.step.options, context.target.observation
        traded = {pair.stable.key for pair in pairs(context.target)} if options.get("tracks") else set()
        scaled = {w.key for w in context.wished.workloads if w.autoscaled} & traded
        rows = tuple(
            Scale(kind=w.kind, name=w.name, replicas=number_of(context, w) if w.key in scaled else _share(context, w))
            for w in context.wished.workloads
            if not (options.get("tracks") == "untraded" and w.key in traded)
            and (
                not w.autoscaled
                or options.get("from_zero")
                or w.key in traded
                or context.was_created(w.key)
                or _stands_at_zero(w, observation)
            )
        )
        return (SetReplicas(workloads=rows),) if rows else ()

    def observe(self, context: StepContext, observation: Observation | None) -> Outcome:
        return Done()


def _share(context: StepContext, workload: Workload) -> int:
    """What is planned; or what an autoscaler made of that where it is taken away, so that there are never fewer."""
    if not (context.step.options.get("as_left") and workload.autoscaled):
        return workload.replicas
    seen = [one.observation for one in context.peers if _is_left(one, workload, back=context.step.back)]
    facts = [one.workload(workload.kind, workload.name) for one in seen if one]
    return max(workload.replicas, sum(one.wanted for one in facts if one))


def _is_left(target: Target, workload: Workload, *, back: bool) -> bool:
    was, shall = (target.after, target.before) if back else (target.before, target.after)
    return _has(was, workload) and not _has(shall, workload)


def _has(frozen: Frozen, workload: Workload) -> bool:
    return any(one.key == workload.key for one in frozen.workloads)


def _stands_at_zero(workload: Workload, observation: Observation | None) -> bool:
    facts = observation.workload(workload.kind, workload.name) if observation else None
    return facts is not None and facts.wanted == 0
