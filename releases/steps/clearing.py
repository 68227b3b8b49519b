"""What another release left of its second track goes before a new one is opened in its place. Pure.

Whoever supersedes a release, or deploys where one was held half way, finds its instances on the second track, and a
part of the traffic led to them. To write something new over them would hand it all of that at once, before any step
that was planned for it: before an approval, a check, a switch. So it is as if that release had been aborted first: the
first track is full again, people are led to it alone, and the second is empty; from there on all goes by plan.

What leads to workloads is written as it was before this release, which has brought nothing yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from releases.effects import Apply, Effect, Scale, SetReplicas, SetTraffic
from releases.observation import Observation, WorkloadFacts
from releases.reasons import Reason
from releases.steps.base import Act, Done, Failed, StepContext, Waiting
from releases.steps.pairs import Pair, doors, pairs
from releases.steps.trade import traded_home
from releases.steps.trouble import told, worst

_ASKED = "emptied"
_NUMBERS = "cleared_to"
_LED = "led"  # where this run led people last: to `both` tracks, or `home`


@dataclass(frozen=True, slots=True, kw_only=True)
class _Left:
    """A pair with what the cluster says of its two tracks, and how many instances there have to be of the first."""

    pair: Pair
    stable: WorkloadFacts
    canary: WorkloadFacts
    number: int


def clear(context: StepContext, observation: Observation | None) -> Act | Waiting | Failed | None:
    """What is still to be done before a second track can be opened; None where nothing is in the way."""
    if context.step.back or context.numbers:
        return None  # from then on it is the release's own
    left, led = _left(context, observation), context.run.output.get(_LED, "")
    if not left:
        return _home(context) if led == "both" else None
    outcome = _next(context, left, led=led)
    if isinstance(outcome, Failed):
        return outcome
    return replace(outcome, output={**outcome.output, _NUMBERS: {one.pair.stable.process: one.number for one in left}})


def _next(context: StepContext, left: Sequence[_Left], *, led: str) -> Act | Waiting | Failed:
    if not any(one.canary.ready for one in left):
        return (_home(context) if led != "home" else None) or _emptied(context, left)
    if any(one.stable.wanted < one.number for one in left):
        both = () if led else _led_to_both(context)
        return Act(effects=both, reason=_reason(left), output={_LED: "both"}) if both else _traded(context, left)
    if waiting := _short(context, left):
        return waiting
    return (_home(context) if led != "home" else None) or _traded(context, left)


def _left(context: StepContext, observation: Observation | None) -> tuple[_Left, ...]:
    """What is left, with the numbers that were found when this began: what trades is more than that meanwhile."""
    found, known = [], context.run.output.get(_NUMBERS, {})
    for pair in pairs(context.target):
        stable, canary = (
            observation.workload(one.kind, one.name) if observation else None for one in (pair.stable, pair.canary)
        )
        if stable and canary and (canary.wanted or canary.total):
            number = known.get(pair.stable.process) or _number(context, pair, stable, canary)
            found.append(_Left(pair=pair, stable=stable, canary=canary, number=number))
    return tuple(found)


def _number(context: StepContext, pair: Pair, stable: WorkloadFacts, canary: WorkloadFacts) -> int:
    """So many as ran before, or shall run: the fewer. What an autoscaler made of it is on both tracks by now."""
    before = next((one for one in context.target.before.workloads if one.key == pair.stable.key), pair.stable)
    if not (before.autoscaled or pair.stable.autoscaled):
        return min(before.replicas, pair.stable.replicas)
    full = canary.wanted >= before.replicas and stable.wanted >= before.replicas  # a second set beside a whole first
    return max(stable.wanted, canary.wanted) if full else stable.wanted + canary.wanted


def _traded(context: StepContext, left: Sequence[_Left]) -> Act | Waiting | Failed:
    """The first track grows to what it has to have, and the second shrinks with that until it is empty."""
    seen = Observation(workloads=tuple(facts for one in left for facts in (one.stable, one.canary)))
    outcome = traded_home(context, {one.pair.stable.process: one.number for one in left}, seen)
    if isinstance(outcome, Done):  # its last instances are still going
        return Waiting(reason=_reason(left))
    return outcome if isinstance(outcome, Failed) else replace(outcome, reason=_reason(left))


def _emptied(context: StepContext, left: Sequence[_Left]) -> Act | Waiting:
    """None of it answers anybody: it goes at once. Each is asked once for as long as the cluster tells nothing new."""
    asked: dict[str, Any] = dict(context.run.output.get(_ASKED, {}))
    rows = []
    for one in left:
        due = [one.canary.uid, one.canary.generation]
        if one.canary.wanted and asked.get(one.canary.name) != due:
            asked[one.canary.name] = due
            rows.append(Scale(kind=one.canary.kind, name=one.canary.name, replicas=0))
    if rows:
        return Act(effects=(SetReplicas(workloads=tuple(rows)),), reason=_reason(left), output={_ASKED: asked})
    return Waiting(reason=_reason(left))


def _short(context: StepContext, left: Sequence[_Left]) -> Waiting | Failed | None:
    """The first track has its instances, and not all of them are ready."""
    if all(one.stable.ready >= one.number for one in left):
        return None
    wake = []
    for one in left:
        if (trouble := worst(one.stable, context)) is None:
            continue
        if trouble[1] is None:
            return Failed(reason=told(trouble[0], one.stable, context))
        wake.append(trouble[1])
    ready = sum(min(one.stable.ready, one.number) for one in left)
    return Waiting(reason=_reason(left), progress=ready, wake_at=min(wake, default=None))


def _routes(context: StepContext) -> tuple[str, ...]:
    return tuple(key for key in context.target.before.objects if key.startswith("HTTPRoute/"))


def _services(context: StepContext) -> tuple[str, ...]:
    return tuple(key for key in doors(context.target) if key in context.target.before.objects)


def _led_to_both(context: StepContext) -> tuple[Effect, ...]:
    objects = (*_routes(context), *_services(context))
    return (SetTraffic(objects=objects, back=True, doors="both"),) if objects else ()


def _home(context: StepContext) -> Act | None:
    objects = (*_services(context), *_routes(context))
    if not objects:
        return None
    return Act(effects=(Apply(objects=objects, back=True),), output={_LED: "home"})


def _reason(left: Sequence[_Left]) -> Reason:
    ready = sum(min(one.stable.ready, one.number) for one in left)
    values = {"ready": ready, "goal": sum(one.number for one in left), "left": sum(one.canary.total for one in left)}
    return Reason("clearing_track", values)
