"""Wait until so many people approved; one word counts on all clusters, also on those that come to it later.

`options`: `count`, `expires` in seconds (0: never). Who may approve is asked before anybody's word is heard.
"""

from datetime import timedelta

from releases.effects import Effect
from releases.events import Approved, Promoted, Rejected
from releases.observation import Observation
from releases.reasons import Reason
from releases.snapshot import Step
from releases.steps.base import Done, Failed, Outcome, StepContext, StepLogic, Waiting, rejected


class Approval(StepLogic):
    def effects(self, context: StepContext) -> tuple[Effect, ...]:
        return ()

    def observe(self, context: StepContext, observation: Observation | None) -> Outcome:
        return _judged(context, approved_by(context))

    def is_skippable(self, step: Step) -> bool:
        return False

    def answer(self, context: StepContext, event: Approved | Rejected | Promoted) -> Outcome | None:
        if isinstance(event, Rejected):
            return rejected(event)
        if isinstance(event, Approved):
            return _judged(context, (*approved_by(context), event.by))
        return None


def approved_by(context: StepContext) -> tuple[str, ...]:
    """Who has approved so far, here or on another cluster."""
    runs = (*context.elsewhere, context.run)
    return tuple(dict.fromkeys(name for run in runs for name in run.output.get("approved", ())))


def _judged(context: StepContext, names: tuple[str, ...]) -> Outcome:
    names = tuple(dict.fromkeys(names))
    options = context.step.options
    if len(names) >= options["count"]:
        return Done(output={"approved": list(names)})
    expires = options.get("expires") or 0
    until = context.run.started + timedelta(seconds=expires) if expires else None
    if until and context.now >= until:
        some = {"given": len(names), "count": options["count"], "seconds": expires}
        return Failed(
            reason=Reason("too_few_approved", some) if names else Reason("approval_expired", {"seconds": expires})
        )
    values = {"count": options["count"], "given": len(names)}
    return Waiting(reason=Reason("waits_for_approval", values), wake_at=until, output={"approved": list(names)})
