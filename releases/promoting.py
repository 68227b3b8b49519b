"""All the way: who let a release go on past whatever a word lets go on, and what that is. Pure.

It is kept in the output of a run, under `KEY`, so that the timeline has it: for the steps to come on any cluster, and
in no direction but forward. Approvals, windows, freezes and checks are none of it, and neither is what is planned for a
failure: whoever sees all well lets nothing of that go on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from releases.draft import Draft
from releases.snapshot import Run, Snapshot, Step, Target
from releases.states import RUN_PASSED, TARGET_SETTLED
from releases.steps.pairs import pairs, partitioned

KEY = "promoted_full"
HOLDING = frozenset({"approval", "window", "freeze", "soak", "http_check", "metric_check"})
"""Kinds of steps that wait all the same."""


@dataclass(frozen=True)
class Ahead:
    """Steps that are left on some cluster, in order: those that it passes, and those at which it waits all the same."""

    passes: tuple[Step, ...]
    waits: tuple[Step, ...]


def said_by(snapshot: Snapshot, step: Step) -> str:
    """Who let the release go on to its end; blank where nobody did, for what comes after a failure, and on the way
    back.
    """
    return said(snapshot) if is_meant(step) else ""


def is_meant(step: Step) -> bool:
    """Whether such a word is about a step at all."""
    return not step.back and step.options.get("when") != "on-failure"


def mark(draft: Draft, by: str) -> None:
    """Keep who said it: with what is under way, else with what was last. Nothing where somebody said it before."""
    runs = [run for run in draft.snapshot.runs if not run.is_to_begin]
    if not runs or said(draft.snapshot):
        return
    run: Run = next((one for one in runs if one.is_open), runs[-1])
    draft.put(replace(run, output={**run.output, KEY: by}))


def ahead(snapshot: Snapshot) -> Ahead:
    """What saying it would go past; nothing where it was said."""
    left = [target for target in snapshot.targets if target.state not in TARGET_SETTLED]
    passed = {
        target.cluster: {
            run.ref.step for run in snapshot.runs_on(target.cluster, back=False) if run.state in RUN_PASSED
        }
        for target in left
    }
    steps = [
        (step, [target for target in left if step.number not in passed[target.cluster]])
        for step in snapshot.plan
        if is_meant(step)
    ]
    if said(snapshot):
        passes: tuple[Step, ...] = ()
    else:
        passes = tuple(step for step, there in steps if any(_holds(step, target) for target in there))
    waits = (step for step, there in steps if there and step.kind in HOLDING and not _is_lifted(step, snapshot))
    return Ahead(passes, tuple(waits))


def _is_lifted(step: Step, snapshot: Snapshot) -> bool:
    """Whether a freeze was overridden or lifted: that holds on all clusters, also for those that come to it later."""
    runs = (run for run in snapshot.runs if run.ref.step == step.number)
    return step.kind == "freeze" and any(run.output.get("overridden_by") for run in runs)


def said(snapshot: Snapshot) -> str:
    """Who said it of this release; blank where nobody did."""
    return next((str(run.output[KEY]) for run in snapshot.runs if KEY in run.output), "")


def _holds(step: Step, target: Target) -> bool:
    """Whether it waits on a cluster for a word, or for a time that a word cuts short."""
    if step.kind == "gate":
        return bool(step.options.get("pauses", {}).get(str(target.wave)))
    if step.kind == "note":
        return bool(step.options.get("confirm"))
    return step.kind == "hold" and bool(not step.options.get("trading") or pairs(target) or partitioned(target))
