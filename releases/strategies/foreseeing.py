"""What a plan comes to, step by step: how many old and new instances each cluster has after each of them. Pure.

The steps themselves are asked, as the machine asks them, on clusters that do at once whatever they are told. So the
numbers are those that a release comes to where nothing goes wrong.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from releases import having
from releases.snapshot import Run, RunRef, Step, Target
from releases.states import RunState
from releases.steps import STEPS
from releases.steps.apply import CLEARING
from releases.steps.base import Act, Done, Outcome, StepContext, Waiting
from releases.steps.pairs import pairs, partitioned, weighing
from releases.strategies.imagined import BOTH, CANARY, STABLE, Imagined, imagined

MOVES = frozenset({"apply", "open_tracks", "set_replicas", "trade", "traffic", "scale_down", "prune", "wait_ready"})
WAITS = frozenset({"hold", "gate", "freeze", "window", "approval", "note", "soak"})
PEOPLE = frozenset({"waits_for_person", "wave_waits_for_person", "waits_for_approval", "note"})
BEGUN = frozenset({"apply", "set_replicas"})
"""Steps after which instances still roll."""

LONG = timedelta(days=365)
ROUNDS = 2_000  # no trade of the 500 instances that a process may have takes more


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The instances of a process on a cluster; `stay` are as they shall be already."""

    process: str
    old: int
    new: int
    stay: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class After:
    """A cluster after a step. `share`: percent of the traffic that new instances get; None where the plan moves none.

    `waits`: for whom or what the step waits there, for `seconds` where that is known. `idle`: it does nothing there.
    `clears`: it takes a second track away first, which another release left.
    """

    cluster: str
    parts: tuple[Part, ...]
    share: int | None = None
    header: str = ""
    waits: Literal["", "people", "time"] = ""
    seconds: int | None = None
    idle: bool = False
    clears: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A step of the plan, and each cluster of its wave after it. `on_failure`: only once a step has failed."""

    step: Step
    after: tuple[After, ...]
    on_failure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A wave, counted from 0: its clusters as they are before, and what happens on them."""

    wave: int
    before: tuple[After, ...]
    moments: tuple[Moment, ...]


@dataclass(slots=True, kw_only=True)
class _Lane:
    target: Target
    cluster: Imagined
    moved: bool
    outputs: list[Mapping[str, Any]] = field(default_factory=list)
    numbers: Mapping[str, int] = field(default_factory=dict)


def foresee(
    plan: Sequence[Step], targets: Sequence[Target], *, now: datetime, same: Mapping[str, Sequence[str]] | None = None
) -> tuple[Stretch, ...]:
    """The way out, wave by wave. `same`: cluster → keys of workloads whose instances are as they shall be already."""
    forward = [step for step in plan if not step.back]
    moved = any(step.kind == "traffic" for step in forward)
    trades = any(step.kind == "trade" for step in forward)
    stretches = []
    for wave in sorted({target.wave for target in targets}):
        lanes = [
            _Lane(target=one, cluster=imagined(one, same=_same(one, same or {}, trades=trades)), moved=moved)
            for one in targets
            if one.wave == wave
        ]
        before = tuple(_seen(lane) for lane in lanes)
        moments = tuple(_moment(step, lanes, now=now) for step in forward)
        stretches.append(Stretch(wave=wave, before=before, moments=moments))
    return tuple(stretches)


def _same(target: Target, same: Mapping[str, Sequence[str]], *, trades: bool) -> set[str]:
    """What stays, without what is replaced all the same, because it trades."""
    found = {pair.stable.key for pair in pairs(target)} | {one.key for one in partitioned(target)}
    return set(same.get(target.cluster, ())) - (found if trades else set())


def _moment(step: Step, lanes: Sequence[_Lane], *, now: datetime) -> Moment:
    if not having.is_for_success(step):
        return Moment(step=step, after=tuple(replace(_seen(lane), idle=True) for lane in lanes), on_failure=True)
    return Moment(step=step, after=tuple(_taken(step, lane, now=now) for lane in lanes))


def _taken(step: Step, lane: _Lane, *, now: datetime) -> After:
    """A cluster after it took a step."""
    if having.is_beside_the_point(step, lane.target):
        return replace(_seen(lane), idle=True)
    if step.kind in MOVES:
        did = _move(step, lane, now=now)
        return replace(_seen(lane), idle=not did, clears=bool(lane.outputs[-1].get(CLEARING)))
    if step.kind in WAITS:
        outcome = STEPS[step.kind].observe(_context(step, lane, now=now), lane.cluster.observation())
        return replace(_seen(lane), **_waits(outcome, now=now))
    seconds = _lasts(step.options)
    return replace(_seen(lane), waits="time" if seconds else "", seconds=seconds)


def _move(step: Step, lane: _Lane, *, now: datetime) -> bool:
    """Let the cluster do all that a step asks for. Whether that was anything."""
    was = _counts(lane)
    context = _context(step, lane, now=now)
    effects = STEPS[step.kind].effects(context)
    output: dict[str, Any] = {}
    for effect in effects:
        output |= lane.cluster.do(effect)
    did, sent = bool(effects), len(effects)
    if step.options.get("doors") == "close" and pairs(lane.target):
        lane.cluster.leads, lane.cluster.share = STABLE, None
    if step.kind not in BEGUN:
        lane.cluster.settle()
    for _round in range(ROUNDS):
        if step.kind == "trade":
            lane.cluster.settle()
        run = replace(context.run, output={**context.run.output, **output}, sent=sent)
        context = _context(step, lane, now=now, run=run)
        outcome = STEPS[step.kind].observe(context, lane.cluster.observation())
        if isinstance(outcome, Act):
            did, sent = True, sent + len(outcome.effects)
            output |= outcome.output
            for effect in outcome.effects:
                output |= lane.cluster.do(effect)
            continue
        if isinstance(outcome, Done):
            output |= outcome.output
        break
    lane.outputs.append(output)
    lane.numbers = output.get("numbers", lane.numbers)
    return did or _counts(lane) != was


def _context(step: Step, lane: _Lane, *, now: datetime, run: Run | None = None) -> StepContext:
    target = replace(lane.target, observation=lane.cluster.observation())
    first = Run(ref=RunRef(lane.target.cluster, step.number), state=RunState.WATCHING, started=now, deadline=now + LONG)
    return StepContext(
        target=target, step=step, run=run or first, now=now, outputs=tuple(lane.outputs), numbers=lane.numbers
    )


def _waits(outcome: Outcome, *, now: datetime) -> dict[str, Any]:
    if not isinstance(outcome, Waiting):
        return {"idle": True}
    seconds = round((outcome.wake_at - now).total_seconds()) if outcome.wake_at else None
    # An approval that expires is still waited for; a pause that ends by itself, which a word can end too, is not.
    if outcome.reason.code in PEOPLE:
        return {"waits": "people", "seconds": seconds}
    return {"waits": "time", "seconds": seconds}


def _lasts(options: Mapping[str, Any]) -> int | None:
    """How long a check looks on, in seconds; None for what takes as long as it takes."""
    if "samples" in options:
        return int(options["period"]) * (int(options["samples"]) - 1) or None
    return int(options.get("lasts") or 0) or None


def _counts(lane: _Lane) -> list[tuple[int, int, int]]:
    return [(one.old, one.new, one.stay) for one in lane.cluster.running.values()]


def _seen(lane: _Lane) -> After:
    parts: dict[str, list[int]] = {one.process: [0, 0, 0] for one in lane.target.after.workloads}
    for one in lane.cluster.running.values():
        row = parts.setdefault(one.workload.process, [0, 0, 0])
        row[0], row[1], row[2] = row[0] + one.old, row[1] + one.new, row[2] + one.stay
    found = tuple(Part(process=name, old=row[0], new=row[1], stay=row[2]) for name, row in parts.items())
    share = _share(lane) if lane.moved else None
    return After(cluster=lane.target.name, parts=found, share=share, header=lane.cluster.header)


def _share(lane: _Lane) -> int:
    """Percent of the traffic that new instances get: as a route says, else as the Services lead to instances."""
    cluster = lane.cluster
    if cluster.share is not None and weighing(lane.target):
        return cluster.share
    reached = [
        one
        for one in cluster.running.values()
        if cluster.leads == BOTH or (one.workload.track == CANARY) == (cluster.leads == CANARY)
    ]
    total = sum(one.total for one in reached)
    return round(100 * sum(one.new + one.stay for one in reached) / total) if total else 0
