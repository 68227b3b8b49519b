"""Put the second track beside what runs, still without instances, and let nothing of what runs roll by itself yet.

`options["partition"]`: StatefulSets and CloneSets keep all their instances at the old revision.
"""

from collections.abc import Mapping

from releases.effects import Apply, Effect, Scale, SetPartition
from releases.observation import Observation
from releases.snapshot import Workload
from releases.steps.apply import WORKLOADS
from releases.steps.base import Done, Outcome, StepContext, StepLogic
from releases.steps.pairs import numbers_now, pairs, partitioned


class OpenTracks(StepLogic):
    def effects(self, context: StepContext) -> tuple[Effect, ...]:
        target, observation = context.target, context.target.observation
        found = pairs(target)
        held = partitioned(target) if context.step.options.get("partition") else ()
        aside = {one.stable.key for one in found} | {one.key for one in held}
        canaries = {one.canary.key for one in found}
        second = tuple(
            key for key in target.after.second_objects if key.partition("/")[0] not in WORKLOADS or key in canaries
        )
        plain = tuple(one.key for one in target.after.workloads if one.key not in aside)
        numbers = numbers_now(target, observation)
        rows = tuple(Scale(kind=one.kind, name=one.name, replicas=_all_of(one, numbers, observation)) for one in held)
        effects: list[Effect] = []
        if found:
            effects.append(Apply(objects=second, second=True))
        if plain:
            effects.append(Apply(objects=plain))
        if rows:
            effects.append(SetPartition(workloads=rows))
        return tuple(effects)

    def observe(self, context: StepContext, observation: Observation | None) -> Outcome:
        return Done(output={"numbers": numbers_now(context.target, observation)})


def _all_of(workload: Workload, numbers: Mapping[str, int], observation: Observation | None) -> int:
    """So many that none of its instances is replaced, even where it shall have fewer."""
    facts = observation.workload(workload.kind, workload.name) if observation else None
    return max(numbers[workload.process], facts.wanted if facts else 0)
