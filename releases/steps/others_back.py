"""On the way back: what runs here goes on until those that took their turn later have again what they had."""

from releases.effects import Effect
from releases.observation import Observation
from releases.reasons import Reason
from releases.states import TargetState
from releases.steps.base import Done, Failed, Outcome, StepContext, StepLogic, Waiting


class WaitForOthers(StepLogic):
    """Done when no cluster of a later wave is on its way back. Where one did not come back, all stays here as it is."""

    def effects(self, context: StepContext) -> tuple[Effect, ...]:
        return ()

    def observe(self, context: StepContext, observation: Observation | None) -> Outcome:
        later = [one for one in context.peers if one.wave > context.target.wave]
        if failed := next((one for one in later if one.state is TargetState.FAILED), None):
            waited = failed.reason.dump() if failed.reason else None
            values = {"cluster": context.target.name, "other": failed.name, "waited": waited}
            return Failed(reason=Reason("kept_here", values))
        if going := next((one for one in later if one.state is TargetState.ROLLING_BACK), None):
            return Waiting(reason=Reason("goes_back_first", {"cluster": going.name}), held=True)
        return Done()
