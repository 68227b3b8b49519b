"""Wait until a person says *go on*, or for `options["seconds"]`; not where nothing trades, as with a first release.

`options["keeps"]`: meanwhile the old set is there to go back to. One word is for all clusters, also for
those that come to it later.
"""

from datetime import datetime, timedelta

from releases.effects import Effect
from releases.events import Approved, Promoted, Rejected
from releases.observation import Observation
from releases.reasons import Reason
from releases.steps.base import Done, Outcome, StepContext, StepLogic, Waiting, rejected, said_elsewhere
from releases.steps.pairs import pairs, partitioned


class Hold(StepLogic):
    def effects(self, context: StepContext) -> tuple[Effect, ...]:
        return ()

    def observe(self, context: StepContext, observation: Observation | None) -> Outcome:
        if context.step.options.get("trading") and not (pairs(context.target) or partitioned(context.target)):
            return Done()
        if said_elsewhere(context):
            return Done()
        if context.promoted_by:
            return Done(output={"by": context.promoted_by})
        seconds = context.step.options.get("seconds")
        until = context.run.started + timedelta(seconds=seconds) if seconds else None
        if until and context.now >= until:
            return Done()
        return Waiting(reason=_awaited(context, until), wake_at=until)

    def answer(self, context: StepContext, event: Approved | Rejected | Promoted) -> Outcome | None:
        if isinstance(event, Rejected):
            return rejected(event)
        return Done(output={"by": event.by})


def _awaited(context: StepContext, until: datetime | None) -> Reason:
    if until is None:
        return Reason("waits_for_person")
    values = {"until": until.isoformat(timespec="seconds")}
    return Reason("old_set_kept", values) if context.step.options.get("keeps") else Reason("goes_on_at", values)
