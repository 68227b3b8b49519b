"""Ask an address every `options["period"]` seconds for `options["lasts"]` seconds.

More than `options["failures"]` answers that are not right fail it.
"""

from datetime import timedelta

from releases.effects import Effect, ProbeHttp
from releases.having import GIVEN
from releases.observation import Observation
from releases.reasons import Reason
from releases.steps.base import Act, Done, Failed, Outcome, StepContext, StepLogic, Waiting
from releases.steps.sampling import samples


class HttpCheck(StepLogic):
    def effects(self, context: StepContext) -> tuple[Effect, ...]:
        return (ProbeHttp(),)

    def observe(self, context: StepContext, observation: Observation | None) -> Outcome:
        options, latest = context.step.options, context.run.output.get("sample", {})
        found = samples(context, is_bad=not latest.get("right"))
        values = {"step": context.name, "cluster": context.target.name, "asked": found.asked, "bad": found.bad}
        if found.bad > options["failures"]:
            return Failed(reason=Reason("http_check_failed", {**values, "words": latest.get("words", "")}))
        until = context.run.started + timedelta(seconds=options["lasts"])
        if context.now >= until:
            return Done(output={**found.output(), GIVEN: {"asked": found.asked, "failures": found.bad}})
        reason = Reason("checking", values)
        if not found.fresh and context.now >= found.next_at:
            return Act(effects=(ProbeHttp(),), reason=reason)
        return Waiting(reason=reason, wake_at=min(found.next_at, until), output=found.output())
