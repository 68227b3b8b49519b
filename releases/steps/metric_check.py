"""Ask the cluster's Prometheus `options["samples"]` times, `options["period"]` seconds apart, and compare what it says.

A value below `least` or above `most` is a failure, of which there may be `failures`; `missing` says what no value is.
"""

from typing import Any

from releases.effects import AskMetric, Effect
from releases.having import GIVEN
from releases.observation import Observation
from releases.reasons import Reason
from releases.steps.base import Act, Done, Failed, Outcome, StepContext, StepLogic, Waiting
from releases.steps.sampling import samples


class MetricCheck(StepLogic):
    def effects(self, context: StepContext) -> tuple[Effect, ...]:
        return (AskMetric(),)

    def observe(self, context: StepContext, observation: Observation | None) -> Outcome:
        options, value = context.step.options, context.run.output.get("sample", {}).get("value")
        found = samples(context, is_bad=_is_bad(options, value))
        values = {"step": context.name, "cluster": context.target.name, "asked": found.asked, "bad": found.bad}
        if found.bad > options["failures"]:
            return Failed(reason=Reason("metric_check_failed", {**values, "bounds": _bounds(options), "value": value}))
        if found.asked >= options["samples"]:
            return Done(output={**found.output(), GIVEN: {"value": value, "failures": found.bad}})
        reason = Reason("checking", values)
        if not found.fresh and context.now >= found.next_at:
            return Act(effects=(AskMetric(),), reason=reason)
        return Waiting(reason=reason, wake_at=found.next_at, output=found.output())


def _is_bad(options: Any, value: float | None) -> bool:
    if value is None:
        return bool(options["missing"] == "failure")
    least, most = options.get("least"), options.get("most")
    return (least is not None and value < least) or (most is not None and value > most)


def _bounds(options: Any) -> str:
    sides = (("≥", options.get("least")), ("≤", options.get("most")))
    return ", ".join(f"{sign} {bound:g}" for sign, bound in sides if bound is not None)
