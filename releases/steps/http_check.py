"""Ask an address, or new instances of a process in turn, every `options["period"]` for `options["lasts"]` seconds.

More than `options["failures"]` answers that are not right fail it.
"""

from datetime import timedelta

from releases.effects import Effect, ProbeHttp, ProbeInstance
from releases.having import GIVEN
from releases.observation import Observation
from releases.reasons import Reason
from releases.steps.base import Act, Done, Failed, Outcome, StepContext, StepLogic, Waiting
from releases.steps.pairs import pairs
from releases.steps.sampling import samples


class HttpCheck(StepLogic):
    def effects(self, context: StepContext) -> tuple[Effect, ...]:
        return (_ask(context),)

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
            return Act(effects=(_ask(context),), reason=reason)
        return Waiting(reason=reason, wake_at=min(found.next_at, until), output=found.output())


def _ask(context: StepContext) -> Effect:
    """The next question: to the address outside, or to one of the instances that shall be new."""
    options = context.step.options
    if not options.get("process"):
        return ProbeHttp()
    instances = _new_instances(context)
    chosen = instances[context.run.sent % len(instances)] if instances else ""
    return ProbeInstance(instance=chosen, port=options["port"], path=options["path"])


def _new_instances(context: StepContext) -> list[str]:
    """Those of the second track where the process has one, else the current ones."""
    process, observation = context.step.options["process"], context.target.observation
    second = {pair.canary.name for pair in pairs(context.target) if pair.canary.process == process}
    found = [one for one in (observation.workloads if observation else ()) if one.process == process]
    chosen = [one for one in found if one.name in second] if second else found
    return sorted(pod.name for one in chosen for pod in one.instances if pod.current and not pod.going)
