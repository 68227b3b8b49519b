"""Delete what carries the app's owner label and is not part of what shall run. What was taken over is let go instead.

`options["adopted"]`: the app is deleted, and what was taken over goes as well.
"""

from releases.effects import Effect, Prune
from releases.observation import Observation
from releases.steps.base import Done, Outcome, StepContext, StepLogic


class PruneLeftovers(StepLogic):
    def effects(self, context: StepContext) -> tuple[Effect, ...]:
        stays = tuple(one.key for one in context.present.workloads if one not in context.leaving)
        takes = bool(context.step.options.get("adopted"))
        return (Prune(keep=context.wished.objects, let_go=stays, adopted=takes),)

    def observe(self, context: StepContext, observation: Observation | None) -> Outcome:
        return Done()
