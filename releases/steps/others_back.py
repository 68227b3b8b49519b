"""On the way back: what runs here goes on until those that took their turn later have again what they had."""

from collections import Counter

from releases.effects import Effect
from releases.observation import Observation
from releases.reasons import Reason
from releases.snapshot import Frozen, Target
from releases.states import TargetState
from releases.steps.base import Done, Failed, Outcome, StepContext, StepLogic, Waiting


class WaitForOthers(StepLogic):
    """Done when no cluster of a later wave is on its way back. Where one did not come back, all stays here as it is.

    Where its option says `losing`, only clusters that got instances wait, and only for those that lost some.
    """

    def effects(self, context: StepContext) -> tuple[Effect, ...]:
        return ()

    def observe(self, context: StepContext, observation: Observation | None) -> Outcome:
        later = [one for one in context.peers if one.wave > context.target.wave and _concerns(context, one)]
        if failed := next((one for one in later if one.state is TargetState.FAILED), None):
            waited = failed.reason.dump() if failed.reason else None
            values = {"cluster": context.target.name, "other": failed.name, "waited": waited}
            return Failed(reason=Reason("kept_here", values))
        if going := next((one for one in later if one.state is TargetState.ROLLING_BACK), None):
            return Waiting(reason=Reason("goes_back_first", {"cluster": going.name}), held=True)
        return Done()


def _concerns(context: StepContext, later: Target) -> bool:
    """Whether what a cluster of a later wave had may be what runs here now."""
    if not context.step.options.get("losing"):
        return True
    here, there = _numbers(context.target.before), _numbers(later.after)
    gets = any(number > here[name] for name, number in _numbers(context.target.after).items())
    return gets and any(number > there[name] for name, number in _numbers(later.before).items())


def _numbers(frozen: Frozen) -> Counter[str]:
    """Process → its instances."""
    found: Counter[str] = Counter()
    for one in frozen.workloads:
        found[one.process] += one.replicas
    return found
