"""What every step that people planned has: when it runs, how often again, what it takes from earlier ones. Pure.

It stands in the options of a step: `name`, `when`, `condition`, `retry` as {limit, backoff}, `inputs` as rows of
{name, value}. What a step gives to later ones is `output["output"]` of its run, JSON.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from releases.expressions import BadExpression, holds, reads, text_of
from releases.reasons import Reason
from releases.snapshot import Run, Snapshot, Step, Target
from releases.states import RUN_PASSED

GIVEN = "output"
MOST_INPUTS = 8_192
"""Bytes of JSON that all inputs of a step may have: they travel in an outbox row."""

_FINAL = frozenset(
    {
        "rejected",
        "approval_expired",
        "too_few_approved",
        "bad_expression",
        "skipped_output",
        "fence_lost",
        "isolated_anew",
    }
)
"""Failures that no further attempt changes."""

REACHING = frozenset({"job", "build", "http_call", "http_check", "metric_check", "notify"})
"""Kinds of steps that look at what runs, or speak of it to others."""

_ON_FAILURE = ("on-failure", "always")


def is_for_success(step: Step) -> bool:
    """Whether it runs as long as all goes well."""
    return step.options.get("when") != "on-failure"


def is_for_failure(step: Step) -> bool:
    """Whether it runs once something failed."""
    return step.options.get("when") in _ON_FAILURE


def outputs(snapshot: Snapshot, cluster: str) -> dict[str, Any]:
    """Step → what it gave on this cluster, of those that have passed."""
    found: dict[str, Any] = {}
    for one in snapshot.runs_on(cluster, back=False):
        name = snapshot.step(one.ref.step).options.get("name")
        if name and one.state in RUN_PASSED:
            found[name] = one.output.get(GIVEN, found.get(name, {}))
    return found


def is_beside_the_point(step: Step, target: Target) -> bool:
    """Whether a step that people planned says nothing about a cluster on which nothing shall run any more: it would
    look for what is not there, or builds on a step that did.
    """
    options = step.options
    about = step.kind in REACHING or options.get("condition") or options.get("inputs")
    return bool("name" in options and about and not target.after.workloads)


def is_wanted(step: Step, known: Mapping[str, Any]) -> bool:
    """Whether its condition holds. Raises BadExpression."""
    condition = step.options.get("condition")
    return not condition or holds(condition, known)


def inputs(step: Step, known: Mapping[str, Any]) -> dict[str, str]:
    """What it takes from earlier steps, as texts. Raises BadExpression."""
    found = {row["name"]: text_of(row["value"], known) for row in step.options.get("inputs", ())}
    if len(json.dumps(found)) > MOST_INPUTS:
        raise BadExpression(f"the inputs have more than {MOST_INPUTS} bytes together")
    return found


def texts(step: Step) -> tuple[str, ...]:
    """What people wrote about earlier steps: its condition and its inputs."""
    rows = (row["value"] for row in step.options.get("inputs", ()))
    return tuple(text for text in (step.options.get("condition", ""), *rows) if text)


def unreadable(snapshot: Snapshot, step: Step, cluster: str, error: BadExpression) -> Reason:
    """Why what a step says of earlier ones comes to nothing: one of them was skipped, and so gave nothing, or else."""
    values = {"step": step.options["name"], "words": str(error)}
    skipped = [
        name
        for run in snapshot.runs_on(cluster, back=False)
        if run.was_skipped and (name := snapshot.step(run.ref.step).options.get("name"))
        if any(reads(text, name) for text in texts(step))
    ]
    if skipped:
        return Reason("skipped_output", {**values, "skipped": list(dict.fromkeys(skipped))})
    return Reason("bad_expression", values)


def next_try(step: Step, run: Run, reason: Reason, *, now: datetime) -> datetime | None:
    """When a step that failed is tried again by itself; None when it is not."""
    retry = step.options.get("retry")
    if not retry or run.ref.attempt > retry["limit"] or reason.code in _FINAL:
        return None
    return now + timedelta(seconds=retry["backoff"] * 2 ** (run.ref.attempt - 1))
