"""New instances that stand beside old ones, and what their trouble means while a release waits. Pure.

A step that waits, for people, for time or for others, looks at no instance. But from the moment the second track stands
beside the first, or a workload holds back a part of its own instances, what is new may serve: so the machine looks for
every step that waits, and lets it fail with the instance's own words once trouble counts. Where nothing new was brought
yet, and for old instances, nothing fails.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from releases.observation import Observation, Trouble, WorkloadFacts
from releases.reasons import Reason
from releases.snapshot import Target
from releases.states import Problem
from releases.steps.base import Failed, Outcome, StepContext, Waiting, written
from releases.steps.pairs import alone, pairs, partitioned
from releases.steps.trouble import told, worst

LOOKS = frozenset({"trade", "wait_ready"})
"""Kinds of steps that look at new instances themselves."""

RUNS = frozenset({"job", "build"})
"""Kinds of steps that run something, which nobody breaks off half way; where another cluster does, they only wait."""


def minded(context: StepContext, outcome: Outcome, *, paused: bool) -> Outcome:
    """What a step makes of things, with the trouble of new instances in mind: it does not wait on with what counts.

    While the release is `paused` by somebody it holds, whatever happens; what counts then counts once it is resumed.
    """
    if paused or not isinstance(outcome, Waiting) or not _is_for(context, outcome):
        return outcome
    found = list(_troubles(context))
    if counting := next((why for why, at in found if at is None), None):
        return Failed(reason=counting)
    moments = [at for at in (outcome.wake_at, *(at for _why, at in found)) if at is not None]
    return replace(outcome, wake_at=min(moments, default=None))


def brought(
    target: Target, outputs: Sequence[Mapping[str, Any]], observation: Observation | None
) -> Iterator[WorkloadFacts]:
    """The workloads of which new instances may stand beside old ones, as the cluster tells of them since they were
    written; none before the tracks were opened. `outputs` are those of the runs there, on the way out.
    """
    if observation is None or not any("numbers" in one for one in outputs):
        return
    held = {one.key: one for one in partitioned(target)}
    ran = {one.key for one in target.before.workloads}
    plain = (one for one in alone(target) if one.key not in ran)
    stays = {key: count for one in outputs for key, count in one.get("partitions", {}).items()}
    for workload in (*(one.canary for one in pairs(target)), *held.values(), *plain):
        facts = observation.workload(workload.kind, workload.name)
        if facts is None or facts.is_before(written(outputs, workload.key)):
            continue
        if workload.key in held and stays.get(workload.key, facts.wanted):
            if facts.total <= facts.updated:
                continue  # some shall stay old, and none is: its instances are what they were
            facts = replace(facts, trouble=None)  # whose that is, it does not say
        yield facts


def shown(target: Target, outputs: Sequence[Mapping[str, Any]]) -> tuple[WorkloadFacts, Trouble] | None:
    """The first trouble of new instances there, whether it counts or not."""
    for facts in brought(target, outputs, target.observation):
        pods = (pod.trouble for pod in facts.instances if pod.current and not pod.going)
        if found := next((one for one in (*pods, facts.trouble) if one), None):
            return facts, found
    return None


def _is_for(context: StepContext, outcome: Waiting) -> bool:
    """Not on the way back, and not for what is planned for a failure: that is about one that was told already."""
    if context.step.back or context.target.is_failing or context.step.kind in LOOKS:
        return False
    return context.step.kind not in RUNS or outcome.reason.code == "done_elsewhere"


def _troubles(context: StepContext) -> Iterator[tuple[Reason, datetime | None]]:
    """Why new instances are in trouble, and when that counts; None: it does already."""
    for facts in brought(context.target, context.outputs, context.target.observation):
        known = _without_crashes(facts) if context.step.options.get("restarts") else facts
        if found := worst(known, context, lasting=True):
            yield told(found[0], known, context), found[1]


def _without_crashes(facts: WorkloadFacts) -> WorkloadFacts:
    """For a step that allows some restarts, and counts them itself."""
    pods = (
        replace(pod, trouble=None) if pod.trouble and pod.trouble.problem is Problem.CRASH_LOOP else pod
        for pod in facts.instances
    )
    return replace(facts, instances=tuple(pods))
