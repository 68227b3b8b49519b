"""Write the frozen objects of one part to the cluster: what workloads need, the workloads, what leads to them."""

from dataclasses import replace

from releases.effects import Apply, Effect
from releases.observation import Observation
from releases.reasons import Reason
from releases.snapshot import Step
from releases.steps.base import Act, Done, Failed, Outcome, StepContext, StepLogic, Waiting
from releases.steps.clearing import clear
from releases.steps.pairs import doors, left_alone, weighing

WORKLOADS = frozenset({"Deployment", "StatefulSet", "CloneSet"})
LATE = frozenset({"HorizontalPodAutoscaler", "HTTPRoute", "Ingress"})
PARTS = ("needs", "workloads", "leads")
CLEARING, _WRITTEN = "clearing", "written"


def part_of(key: str) -> str:
    """Which part an object belongs to, by the kind in its key."""
    kind = key.partition("/")[0]
    if kind in WORKLOADS:
        return "workloads"
    return "leads" if kind in LATE else "needs"


class ApplyPart(StepLogic):
    """`options["part"]` is one of PARTS. Done as soon as the cluster took every object.

    `options["doors"]` is about the Services of processes with two tracks: `open` leads them to both, where no route
    gives the second its share; `leave` does not touch them; `close` leads them home, whatever part it is.

    A second track that another release has left there carries a part of the traffic, or all of it. So the Services of
    its processes lead home with what leads to workloads, once these are ready, and not with what they need.

    Before a second track is opened, one that another release left there is cleared away (see `clearing`).

    On the way out, whoever leads home what the second track answers waits until somebody is there, also where it was
    skipped to wait for that; it is not skipped itself, for what comes behind it takes the second track away.
    """

    def effects(self, context: StepContext) -> tuple[Effect, ...]:
        if _closes(context.step) or (_opens(context.step) and clear(context, context.target.observation)):
            return ()
        return self._written(context)

    def observe(self, context: StepContext, observation: Observation | None) -> Outcome:
        if _closes(context.step) and not context.run.sent and (effects := self._written(context)):
            if name := left_alone(context.target, observation, at="stable"):
                return Waiting(reason=Reason("share_without_instances", {"workload": name}))
            return Act(effects=effects)
        if _opens(context.step) and not context.run.output.get(_WRITTEN):
            return self._after_clearing(context, observation)
        return Done()

    def _after_clearing(self, context: StepContext, observation: Observation | None) -> Outcome:
        """What was written at once was so because nothing was left there."""
        if context.run.sent and not context.run.output.get(CLEARING):
            return Done()
        if outcome := clear(context, observation):
            return (
                outcome if isinstance(outcome, Failed) else replace(outcome, output={**outcome.output, CLEARING: True})
            )
        effects = self._written(context)
        return Act(effects=effects, output={_WRITTEN: True}) if effects else Done()

    def is_skippable(self, step: Step) -> bool:
        return not _closes(step)

    def _written(self, context: StepContext) -> tuple[Effect, ...]:
        part, told = context.step.options["part"], context.step.options.get("doors")
        tracked = doors(context.target) if told else left_open(context)
        objects = tuple(
            key
            for key in context.wished.objects
            if (part_of(key) == part and not (told in (None, "leave") and key in tracked))
            or (key in tracked and (told == "close" or (told is None and part == "leads")))
        )
        wide = "both" if told == "open" and tracked and not weighing(context.target) else ""
        return (Apply(objects=objects, back=context.step.back, doors=wide),) if objects else ()


def _closes(step: Step) -> bool:
    return not step.back and step.options.get("doors") == "close"


def _opens(step: Step) -> bool:
    """Whether a second track is opened after it: this is the first that a plan with two tracks writes."""
    return not step.back and step.options.get("doors") in ("open", "leave")


def left_open(context: StepContext) -> tuple[str, ...]:
    """The keys of the Services of processes of which a second track still stands there."""
    seen = context.target.observation
    second = {one.process for one in seen.workloads if one.track == "canary" and one.total} if seen else set()
    found = (f"Service/{one.name}" for one in context.wished.workloads if one.process in second)
    return tuple(key for key in found if key in context.wished.objects)
