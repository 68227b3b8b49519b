"""Second tracks that a release has taken away: what they run goes a moment later than they do, and looks until then as
if somebody had changed their labels (see `straying`).
"""

from __future__ import annotations

import uuid
from dataclasses import replace

from releases.models import Step, StepRun
from releases.observation import Observation, WorkloadFacts
from releases.states import Problem

STABLE = "stable"


def blameless(seen: Observation, *, app_id: uuid.UUID | str, cluster_id: uuid.UUID | str) -> Observation:
    """What is seen, without the blame for a second track's labels where the last release there began to clean up.

    From then on it goes, whatever its labels say. Asks the database only where there is such a blame.
    """
    if not any(map(_is_blamed, seen.workloads)) or not _cleans_up(app_id, cluster_id):
        return seen
    return replace(seen, workloads=tuple(replace(w, trouble=None) if _is_blamed(w) else w for w in seen.workloads))


def _is_blamed(workload: WorkloadFacts) -> bool:
    astray = workload.trouble is not None and workload.trouble.problem is Problem.ASTRAY
    return astray and workload.track != STABLE


def _cleans_up(app_id: uuid.UUID | str, cluster_id: uuid.UUID | str) -> bool:
    there = StepRun.objects.filter(release__app_id=app_id, cluster_id=cluster_id)
    last = there.order_by("-release__number").values_list("release_id", flat=True).first()
    if last is None:
        return False
    cleaning = Step.objects.filter(release_id=last, kind="prune").values("number")
    return there.filter(release_id=last, step__in=cleaning).exists()
