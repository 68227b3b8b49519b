"""A person gives the second track another share of the traffic while a canary waits: where that can be. Pure.

What is asked for is done by the run that waits, and kept in its output: `weighed` is host → percent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from releases.effects import SetTraffic
from releases.events import Weighed
from releases.reasons import Reason
from releases.snapshot import Run, Snapshot, Step, Target
from releases.states import RUN_PASSED, RunState, TargetState
from releases.steps.pairs import pairs, weighing

WEIGHED = "weighed"
WAITING = frozenset({"hold", "approval", "note", "soak", "window", "freeze"})
"""Kinds of steps that wait without asking anything of the world: their runs have a hand free."""


def run_that_weighs(snapshot: Snapshot, target: Target) -> Run | None:
    """The run on a cluster that can move traffic now: it waits, and new instances serve beside the old ones."""
    if not stands_beside(snapshot, target) or not weighing(target):
        return None
    return next((run for run in snapshot.open_runs_on(target.cluster) if _waits(snapshot, run)), None)


def stands_beside(snapshot: Snapshot, target: Target) -> bool:
    """Whether the second track of a canary serves on a cluster, and its plan is not through."""
    if target.state is not TargetState.RUNNING or target.is_failing or target.observation is None:
        return False
    passed = _passed(snapshot, target)
    if not any(step.kind == "open_tracks" for step, _run in passed):
        return False
    if any(step.kind == "traffic" and step.options.get("doors") for step, _run in passed):
        return False
    seen = (target.observation.workload(one.canary.kind, one.canary.name) for one in pairs(target))
    return any(one and one.ready for one in seen)


def shares(snapshot: Snapshot, target: Target) -> tuple[int, Mapping[str, int]]:
    """What the last step that moved traffic there gave the new ones, in percent, and what people made of it by host."""
    share = 0
    by_hand: dict[str, int] = {}
    for step, run in _begun(snapshot, target):
        if step.kind == "traffic" and run.state in RUN_PASSED:
            share, by_hand = int(step.options.get("share") or 0), {}
        by_hand |= run.output.get(WEIGHED, {})
    return share, by_hand


def weighed(snapshot: Snapshot, target: Target, event: Weighed) -> tuple[Run, SetTraffic] | None:
    """The run that moves the traffic there as asked, and how; None where nothing is to be done."""
    run = run_that_weighs(snapshot, target)
    routes = tuple(key for key in weighing(target) if key in event.routes.get(target.cluster, ()))
    if run is None or not routes:
        return None
    said = {**run.output.get(WEIGHED, {}), event.host: event.share}
    why = Reason("weighed", {"by": event.by, "share": event.share, "host": event.host})
    last = next((step for step, _run in reversed(_passed(snapshot, target)) if step.kind == "traffic"), None)
    options = last.options if last else {}
    effect = SetTraffic(
        objects=routes, share=event.share, header=options.get("header", ""), value=options.get("value", "")
    )
    asked = replace(run, wake_at=run.deadline, output={**run.output, WEIGHED: said}, reason=why)
    return asked, effect


def _waits(snapshot: Snapshot, run: Run) -> bool:
    kind = snapshot.step(run.ref.step).kind
    return kind in WAITING and run.state is RunState.WATCHING and not run.is_to_begin


def _begun(snapshot: Snapshot, target: Target) -> list[tuple[Step, Run]]:
    return [(snapshot.step(run.ref.step), run) for run in snapshot.runs_on(target.cluster, back=False)]


def _passed(snapshot: Snapshot, target: Target) -> list[tuple[Step, Run]]:
    return [(step, run) for step, run in _begun(snapshot, target) if run.state is RunState.DONE]
