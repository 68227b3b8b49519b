"""What a release wrote stays as it was written, or no step goes on there. Pure.

A cluster counts what is new by the template that a workload has now, whoever wrote that. So the machine looks for every
step whether somebody else changed it since the release did: then what runs is not what was frozen, however many of it
are ready, and neither this cluster nor the next ones shall go on with it.
"""

from releases.reasons import Reason
from releases.states import ReleaseState
from releases.steps.base import Act, Failed, Outcome, StepContext, Waiting
from releases.steps.beside import LOOKS, RUNS


def unchanged(context: StepContext, outcome: Outcome, *, state: ReleaseState) -> Outcome:
    """What a step makes of things, or that it fails, as somebody changed what was written before it.

    Nobody breaks off what is being written, or half way what a step runs. And while somebody has paused the release, a
    step that waits for people or time holds, as for whatever else happens.
    """
    why = _why(context)
    if why is None or context.target.is_failing or isinstance(outcome, Failed | Act):
        return outcome
    if isinstance(outcome, Waiting):
        holds = state is ReleaseState.PAUSED and context.step.kind not in LOOKS
        if holds or (context.step.kind in RUNS and outcome.reason.code != "done_elsewhere"):
            return outcome
    return Failed(reason=why)


def _why(context: StepContext) -> Reason | None:
    taken = context.target.taken_back if context.step.back else context.target.taken
    return next((taken[one.key] for one in context.wished.workloads if one.key in taken), None)
