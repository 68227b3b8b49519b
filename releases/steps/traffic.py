"""Give the second track its share of the traffic.

`options`: `share` in percent (None: routes as they are frozen), `header` and `value` of requests that go there in any
case, `doors` for the Services (see `effects.Apply`). Where no route can do that, only the doors are set.

No request is led to nobody: a share, or a header, waits until each process that it leads to has a new instance that is
ready. Whether old ones are is not asked: what is new may be what mends them.
"""

from releases.effects import Effect, SetTraffic
from releases.observation import Observation
from releases.reasons import Reason
from releases.steps.base import Act, Done, Outcome, StepContext, StepLogic, Waiting
from releases.steps.pairs import doors, nobody_at, pairs, weighing


class MoveTraffic(StepLogic):
    def effects(self, context: StepContext) -> tuple[Effect, ...]:
        return () if _is_led(context) else _moved(context)

    def observe(self, context: StepContext, observation: Observation | None) -> Outcome:
        if _is_led(context) and not context.run.sent and (effects := _moved(context)):
            if name := nobody_at(context.target, observation, share=100):
                return Waiting(reason=Reason("share_without_instances", {"workload": name}))
            return Act(effects=effects)
        return Done(output={"share": context.step.options.get("share")} if weighing(context.target) else {})


def _is_led(context: StepContext) -> bool:
    """Whether some requests go to new instances by a route."""
    options = context.step.options
    return bool(weighing(context.target)) and bool(options.get("share") or options.get("header"))


def _moved(context: StepContext) -> tuple[Effect, ...]:
    options = context.step.options
    routes = weighing(context.target)
    services = doors(context.target) if options.get("doors") else ()
    if not pairs(context.target) or not (routes or services):
        return ()
    return (
        SetTraffic(
            objects=(*routes, *services),
            share=options.get("share"),
            header=options.get("header", ""),
            value=options.get("value", ""),
            doors=options.get("doors", ""),
        ),
    )
