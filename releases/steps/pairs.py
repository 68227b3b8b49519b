"""Which workloads of a target trade instances with which, and how many there shall be in all. Pure."""

from dataclasses import dataclass

from releases.observation import Observation
from releases.reasons import Reason
from releases.snapshot import Target, Workload
from releases.steps.base import StepContext

PARTITIONED = ("StatefulSet", "CloneSet")


@dataclass(frozen=True, slots=True)
class Pair:
    """The workload of a process and the one of its second track."""

    stable: Workload
    canary: Workload


def pairs(target: Target) -> tuple[Pair, ...]:
    """Where something to trade with runs already: whoever is new has no old instances, and rolls out at once."""
    ran = {one.key for one in target.before.workloads}
    stable = {(one.kind, one.process): one for one in target.after.workloads}
    found = ((stable.get((one.kind, one.process)), one) for one in target.after.second)
    return tuple(Pair(one, other) for one, other in found if one is not None and one.key in ran)


def changed(context: StepContext, canary: Workload) -> Reason | None:
    """Why the instances of a second track are not what the release brings: somebody else changed what it applied."""
    return context.target.taken.get(canary.key)


def doors(target: Target) -> tuple[str, ...]:
    """The keys of the Services that lead to what has two tracks."""
    found = (f"Service/{pair.stable.name}" for pair in pairs(target))
    return tuple(key for key in found if key in target.after.objects)


def led_to(target: Target) -> frozenset[str]:
    """The names of workloads with two tracks that a Service leads to."""
    return frozenset(key.partition("/")[2] for key in doors(target))


def weighing(target: Target) -> tuple[str, ...]:
    """The keys of the routes that can give the second track a share of the traffic: those that are there already."""
    return tuple(key for key in target.after.second_routes if key in target.before.objects)


def nobody_at(target: Target, observation: Observation | None, *, share: int) -> str:
    """The name of a workload that this share of new instances, in percent, would lead to and that has none ready;
    blank where somebody answers all requests.
    """
    led = led_to(target)
    for pair in (one for one in pairs(target) if one.stable.name in led and one.stable.replicas):
        for workload, part in ((pair.canary, share), (pair.stable, 100 - share)):
            if part and not _ready(workload, observation):
                return workload.name
    return ""


def left_alone(target: Target, observation: Observation | None, *, at: str) -> str:
    """The name of a workload of the track `at` to which a Service would lead though none of it is ready, while some of
    the other track are; blank where nobody is taken away from an answer.
    """
    led = led_to(target)
    for pair in (one for one in pairs(target) if one.stable.name in led and one.stable.replicas):
        there, other = (pair.canary, pair.stable) if at == "canary" else (pair.stable, pair.canary)
        if _ready(there, observation) == 0 < _ready(other, observation):
            return there.name
    return ""


def _ready(workload: Workload, observation: Observation | None) -> int:
    facts = observation.workload(workload.kind, workload.name) if observation else None
    return facts.ready if facts else 0


def partitioned(target: Target) -> tuple[Workload, ...]:
    """The workloads that hold back a part of their own instances, and have some."""
    ran = {one.key for one in target.before.workloads}
    second = {(one.kind, one.process) for one in target.after.second}
    return tuple(
        one
        for one in target.after.workloads
        if one.kind in PARTITIONED and one.key in ran and not one.adopted and (one.kind, one.process) not in second
    )


def alone(target: Target) -> tuple[Workload, ...]:
    """The workloads that trade with nothing: nothing of them ran there before, or they have no second track."""
    aside = {pair.stable.key for pair in pairs(target)} | {one.key for one in partitioned(target)}
    return tuple(one for one in target.after.workloads if one.key not in aside)


def numbers_now(target: Target, observation: Observation | None) -> dict[str, int]:
    """Process → how many instances there shall be meanwhile: its share, or what its autoscaler made of it."""
    found: dict[str, int] = {}
    for one in target.after.workloads:
        facts = observation.workload(one.kind, one.name) if observation else None
        found[one.process] = facts.wanted if one.autoscaled and facts and facts.wanted else one.replicas
    return found


def number_of(context: StepContext, workload: Workload) -> int:
    """What was found when the tracks were opened, whatever has been traded since."""
    return context.numbers.get(workload.process, workload.replicas)
