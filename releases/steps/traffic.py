"""Give the second track its share of the traffic.

`options`: `share` in percent (None: routes as they are frozen), `header` and `value` of requests that go there in any
case, `doors` for the Services (see `effects.Apply`). Where no route can do that, only the doors are set.
"""

from releases.effects import Effect, SetTraffic
from releases.observation import Observation
from releases.steps.base import Done, Outcome, StepContext, StepLogic
from releases.steps.pairs import doors, pairs, weighing


class MoveTraffic(StepLogic):
    def effects(self, context: StepContext) -> tuple[Effect, ...]:
        options = context.step.options
        if not pairs(context.target):
            return ()
        routes = weighing(context.target)
        services = doors(context.target) if options.get("doors") else ()
        if not (routes or services):
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

    def observe(self, context: StepContext, observation: Observation | None) -> Outcome:
        return Done(output={"share": context.step.options.get("share")} if weighing(context.target) else {})
