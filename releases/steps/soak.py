"""Look on for `options["lasts"]` seconds; new instances may restart `options["restarts"]` times together, not more."""

from datetime import timedelta

from releases.effects import Effect
from releases.observation import Observation
from releases.reasons import Reason
from releases.steps.base import Done, Failed, Outcome, StepContext, StepLogic, Waiting
from releases.steps.pairs import pairs


class Soak(StepLogic):
    def effects(self, context: StepContext) -> tuple[Effect, ...]:
        return ()

    def observe(self, context: StepContext, observation: Observation | None) -> Outcome:
        options, restarts = context.step.options, _restarts(context, observation)
        # What was restarted before somebody looks on is no news.
        known = context.run.output.get("known", restarts)
        if restarts - known > options["restarts"]:
            values = {"restarts": restarts - known, "allowed": options["restarts"], "cluster": context.target.name}
            return Failed(reason=Reason("soak_failed", values))
        until = context.run.started + timedelta(seconds=options["lasts"])
        if context.now >= until:
            return Done(output={"restarts": restarts - known})
        values = {"until": until.isoformat(timespec="seconds"), "cluster": context.target.name}
        return Waiting(reason=Reason("soaking", values), wake_at=until, output={"known": known})


def _restarts(context: StepContext, observation: Observation | None) -> int:
    """How often new instances have restarted: those of the second track where there is one, else the current ones."""
    second = {pair.canary.name for pair in pairs(context.target)}
    found = observation.workloads if observation else ()
    chosen = [w for w in found if w.name in second] if second else found
    return sum(pod.restarts for workload in chosen for pod in workload.instances if pod.current and not pod.going)
