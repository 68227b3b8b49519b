"""Write the frozen objects of one part to the cluster: what workloads need, the workloads, what leads to them."""

from releases.effects import Apply, Effect
from releases.observation import Observation
from releases.steps.base import Done, Outcome, StepContext, StepLogic

WORKLOADS = frozenset({"Deployment", "StatefulSet", "CloneSet"})
LATE = frozenset({"HorizontalPodAutoscaler", "HTTPRoute", "Ingress"})
PARTS = ("needs", "workloads", "leads")


def part_of(key: str) -> str:
    """Which part an object belongs to, by the kind in its key."""
    kind = key.partition("/")[0]
    if kind in WORKLOADS:
        return "workloads"
    return "leads" if kind in LATE else "needs"


class ApplyPart(StepLogic):
    """`options["part"]` is one of PARTS. Done as soon as the cluster took every object."""

    def effects(self, context: StepContext) -> tuple[Effect, ...]:
        objects = tuple(key for key in context.wished.objects if part_of(key) == context.step.options["part"])
        return (Apply(objects=objects, back=context.step.back),) if objects else ()

    def observe(self, context: StepContext, observation: Observation | None) -> Outcome:
        return Done()
