"""Put the second track beside what runs, still without instances, and let nothing of what runs roll by itself yet.

What should run and was deleted behind Slipway's back is made again first, as it was: the second track trades its
instances with it, and what waits meanwhile waits with as many as there have to be.

`options["partition"]`: StatefulSets and CloneSets keep all their instances at the old revision.
"""

from collections.abc import Iterable, Mapping

from releases.effects import Apply, Effect, Scale, SetPartition
from releases.observation import Observation
from releases.snapshot import Target, Workload
from releases.steps.apply import WORKLOADS
from releases.steps.base import Done, Outcome, StepContext, StepLogic
from releases.steps.pairs import Pair, numbers_now, pairs, partitioned

_CONFIG = ("ConfigMap", "Secret")


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
        if lost := _lost(found, target, observation):
            effects.append(Apply(objects=lost, back=True))
        if found:
            effects.append(Apply(objects=second, second=True))
        if plain:
            effects.append(Apply(objects=plain))
        if rows:
            effects.append(SetPartition(workloads=rows))
        return tuple(effects)

    def observe(self, context: StepContext, observation: Observation | None) -> Outcome:
        return Done(output={"numbers": numbers_now(context.target, observation)})


def _lost(found: Iterable[Pair], target: Target, observation: Observation | None) -> tuple[str, ...]:
    """The keys of workloads that are gone, with the configuration that they ran with, which may be gone as well."""
    stable = [one.stable for one in found] if observation else []
    gone = {one.key for one in stable if observation and not observation.workload(one.kind, one.name)}
    return tuple(key for key in target.before.objects if gone and (key in gone or key.partition("/")[0] in _CONFIG))


def _all_of(workload: Workload, numbers: Mapping[str, int], observation: Observation | None) -> int:
    """So many that none of its instances is replaced, even where it shall have fewer."""
    facts = observation.workload(workload.kind, workload.name) if observation else None
    return max(numbers[workload.process], facts.wanted if facts else 0)
