"""What steps gave and what their commands wrote: kept with the release, shown as long as that is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from releases.having import GIVEN
from releases.models import Step, StepRun, Target
from releases.states import RunState
from releases.steps.notify import TOLD, written
from releases.wording import RUN_STATES, step_title

SHOWN = 12
KINDS = ("job", "build", "http_call", "http_check", "metric_check", "notify")


def outputs(targets: Sequence[Target], steps: Sequence[Step], runs: Sequence[StepRun]) -> list[dict[str, Any]]:
    """A row for each attempt that gave or wrote something, the newest first."""
    plan = {one.number: one for one in steps if one.kind in KINDS}
    names = {one.cluster_id: one.cluster_name for one in targets}
    there = [run for run in runs if run.step in plan and (run.sent or TOLD in run.output)]
    told = [run for run in there if written(run.output) or run.output.get(GIVEN)]
    return [_row(run, plan[run.step], cluster=names.get(run.cluster_id, "?")) for run in reversed(told)][:SHOWN]


def _row(run: StepRun, step: Step, *, cluster: str) -> dict[str, Any]:
    state, given = RunState(run.state), run.output.get(GIVEN)
    attempt = _("attempt {number}").format(number=run.attempt) if run.attempt > 1 else ""
    return {
        "key": f"{run.cluster_id}-{run.step}-{run.attempt}",
        "title": step_title(step.kind, step.options),
        "detail": " · ".join(filter(None, (cluster, attempt, str(RUN_STATES[state])))),
        "given": json.dumps(given, ensure_ascii=False, indent=1) if given else "",
        "log": "\n".join(written(run.output)),
        "open": state is RunState.FAILED or TOLD in run.output,
    }
