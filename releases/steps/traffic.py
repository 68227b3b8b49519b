"""Give the second track its share of the traffic.

`options`: `share` in percent (None: routes as they are frozen), `header` and `value` of requests that go there in any
case, `doors` for the Services (see `effects.Apply`). Where no route can do that, only the doors are set.

No request is led to nobody: a share, or a header, waits until each process that it leads to has a new instance that is
ready. Whether old ones are is not asked: what is new may be what mends them. The switch of doors to the second track
takes all requests from the first, so it waits where that answers and the second does not; and it is not skipped, for
the steps behind it take the first one away. To what somebody else made of new instances, none is led.
"""

from releases.effects import Effect, SetTraffic
from releases.observation import Observation
from releases.reasons import Reason
from releases.snapshot import Step
from releases.steps.base import Act, Done, Failed, Outcome, StepContext, StepLogic, Waiting
from releases.steps.pairs import changed, doors, left_alone, nobody_at, pairs, weighing


class MoveTraffic(StepLogic):
    def effects(self, context: StepContext) -> tuple[Effect, ...]:
        return () if _asks(context) else _moved(context)

    def observe(self, context: StepContext, observation: Observation | None) -> Outcome:
        if _asks(context) and not context.run.sent and (effects := _moved(context)):
            if why := _changed(context):
                return Failed(reason=why)
            if name := _nobody(context, observation):
                return Waiting(reason=Reason("share_without_instances", {"workload": name}))
            return Act(effects=effects)
        return Done(output={"share": context.step.options.get("share")} if weighing(context.target) else {})

    def is_skippable(self, step: Step) -> bool:
        return not step.options.get("doors")


def _asks(context: StepContext) -> bool:
    """Whether it has to be asked who would answer."""
    return _is_led(context) or _switches(context)


def _switches(context: StepContext) -> bool:
    return bool(context.step.options.get("doors") == "canary")


def _nobody(context: StepContext, observation: Observation | None) -> str:
    """The name of a workload to which requests would be led and of which none is ready; blank where there is none."""
    if _is_led(context) and (name := nobody_at(context.target, observation, share=100)):
        return name
    return left_alone(context.target, observation, at="canary") if _switches(context) else ""


def _changed(context: StepContext) -> Reason | None:
    """Why no request may be led to the new instances; nothing stands in the way of leading them back."""
    if context.step.back:
        return None
    return next((why for pair in pairs(context.target) if (why := changed(context, pair.canary))), None)


def _is_led(context: StepContext) -> bool:
    """Whether some requests go to new instances by a route."""
    options = context.step.options
    return bool(weighing(context.target)) and bool(options.get("share") or options.get("header"))


def _moved(context: StepContext) -> tuple[Effect, ...]:
    options = context.step.options
    routes = weighing(context.target)
    services = doors(context.target) if options.get("doors") else ()
    if context.step.back:  # what came with the release is not led to any more
        services = tuple(key for key in services if key in context.target.before.objects)
    if not pairs(context.target) or not (routes or services):
        return ()
    return (
        SetTraffic(
            objects=(*routes, *services),
            back=context.step.back,
            share=options.get("share"),
            header=options.get("header", ""),
            value=options.get("value", ""),
            doors=options.get("doors", ""),
        ),
    )
