"""Somebody else set how many instances a workload has, after the release did: how long that is waited for. Pure.

It is not written again: whoever wants another number may want it again, and neither would ever have it. So it is said
at once who did, they or others can undo it for a while, and then the step fails.
"""

from datetime import datetime, timedelta

from releases.observation import WorkloadFacts
from releases.reasons import Reason
from releases.scaled import REPLICAS
from releases.snapshot import Workload
from releases.steps.base import StepContext

PATIENCE = timedelta(seconds=30)
SINCE = "resized"
"""Where the output of a run has since when which workload has a number that somebody else set."""


def resized(facts: WorkloadFacts, workload: Workload, context: StepContext) -> tuple[Reason, datetime] | None:
    """Why a workload will not have as many instances as it shall, and when that counts; None where nobody did that."""
    by = context.target.scaled.get(workload.key)
    if by is None or workload.autoscaled or facts.wanted == workload.replicas:
        return None
    until = _since(workload, context) + PATIENCE
    values = {
        "cluster": context.target.name,
        "workload": workload.name,
        "object": workload.key,
        "owners": {REPLICAS: by},
        "by": by,
        "number": facts.wanted,
        "wanted": workload.replicas,
    }
    over, meanwhile = until <= context.now, {**values, "until": until.isoformat(timespec="seconds")}
    if not facts.wanted:  # a cluster tells of no owner of 0, so there is nobody to whom that could be left
        return (Reason("none_at_all", values) if over else Reason("none_meanwhile", meanwhile)), until
    return (Reason("number_changed", values) if over else Reason("number_changes", meanwhile)), until


def noted(workload: Workload, context: StepContext) -> dict[str, str]:
    """Since when it is so, for the output of the run."""
    return {workload.key: _since(workload, context).isoformat()}


def _since(workload: Workload, context: StepContext) -> datetime:
    known = context.run.output.get(SINCE, {}).get(workload.key)
    return datetime.fromisoformat(known) if known else context.now
