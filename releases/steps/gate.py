"""Wait before a wave of clusters begins: for so many seconds, or until a person lets it go on.

`options["pauses"]` are by the number of the wave, as text: seconds, -1 until told; a wave that is not in it goes on.
"""

from datetime import timedelta

from releases.effects import Effect
from releases.events import Approved, Promoted, Rejected
from releases.observation import Observation
from releases.reasons import Reason
from releases.steps.base import Done, Outcome, StepContext, StepLogic, Waiting, rejected, said_elsewhere

UNTIL_TOLD = -1


class Gate(StepLogic):
    def effects(self, context: StepContext) -> tuple[Effect, ...]:
        return ()

    def observe(self, context: StepContext, observation: Observation | None) -> Outcome:
        pause = _pause(context)
        wave = [peer.cluster for peer in context.peers if peer.wave == context.target.wave]
        if pause and said_elsewhere(context, among=wave):
            return Done()
        if pause and context.promoted_by:
            return Done(output={"by": context.promoted_by})
        if pause == UNTIL_TOLD:
            return Waiting(reason=Reason("wave_waits_for_person", {"wave": context.target.wave + 1}))
        until = context.run.started + timedelta(seconds=pause)
        if context.now >= until:
            return Done()
        values = {"wave": context.target.wave + 1, "until": until.isoformat()}
        return Waiting(reason=Reason("wave_waits", values), wake_at=until)

    def answer(self, context: StepContext, event: Approved | Rejected | Promoted) -> Outcome | None:
        if isinstance(event, Rejected):
            return rejected(event)
        return Done(output={"by": event.by})


def _pause(context: StepContext) -> int:
    return int(context.step.options.get("pauses", {}).get(str(context.target.wave), 0))
