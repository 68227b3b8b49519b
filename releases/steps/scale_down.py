"""Take every instance away and wait until the last one is gone.

`options["tries"]`: what is written afterwards is tried first, without effect, so that what the cluster refuses takes
nobody down: neither here nor on the clusters that go together with it, which wait for each other's answers.
"""

from releases.effects import Effect, Scale, SetReplicas, TryApply
from releases.observation import Observation
from releases.reasons import Reason
from releases.snapshot import Run, Target
from releases.states import RUN_PASSED, TARGET_SETTLED, RunState
from releases.steps.base import Act, Done, Outcome, StepContext, StepLogic, Waiting


class ScaleDown(StepLogic):
    def effects(self, context: StepContext) -> tuple[Effect, ...]:
        down = _taken_down(context)
        if down and context.step.trials:
            return (TryApply(objects=context.wished.objects, back=context.step.back),)
        return down

    def observe(self, context: StepContext, observation: Observation | None) -> Outcome:
        if not context.leaving:
            return Done()
        if context.step.trials and context.run.sent == context.step.trials:
            if untried := _untried(context):
                return Waiting(reason=Reason("tried_elsewhere", {"cluster": untried.name}), held=True)
            return Act(effects=_taken_down(context))
        if observation is None:
            return Waiting(reason=Reason("not_seen_yet", {"cluster": context.target.name}))
        asked = {w.name: w.replicas for w in context.leaving}
        seen = [w for w in observation.workloads if w.name in asked]
        left = sum(max(w.wanted, w.total, len(w.instances)) for w in seen)
        if left:
            return Waiting(reason=Reason("instances_left", {"left": left}), progress=sum(asked.values()) - left)
        return Done()


def _untried(context: StepContext) -> Target | None:
    """A cluster of the same wave that has yet to say whether it would take what comes. Nobody waits for one that does
    not answer, or that failed and is let fail; and on the way back each goes by itself.
    """
    if context.step.back:
        return None
    last = {run.ref.cluster: run for run in context.elsewhere}
    together = (one for one in context.peers if one.cluster != context.target.cluster)
    waited = (one for one in together if one.wave == context.target.wave and one.lost_since is None)
    going = (one for one in waited if one.state not in TARGET_SETTLED and not one.is_failing)
    return next((one for one in going if not _is_tried(last.get(one.cluster), trials=context.step.trials)), None)


def _is_tried(run: Run | None, *, trials: int) -> bool:
    """Whether the last attempt on another cluster is past what it asks first."""
    if run is None:
        return False
    return run.state in RUN_PASSED or run.sent > trials or (run.state is RunState.WATCHING and run.sent == trials)


def _taken_down(context: StepContext) -> tuple[Effect, ...]:
    rows = tuple(Scale(kind=w.kind, name=w.name, replicas=0) for w in context.leaving)
    return (SetReplicas(workloads=rows),) if rows else ()
