"""New instances that are in trouble while a release waits with them beside old ones: told on its page, in the API, and
to whoever is about to let it go on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from releases import snapshot as frozen
from releases.loading import frozen as frozen_of
from releases.models import Release, Step, StepRun, Target
from releases.observation import Observation
from releases.snapshot import Snapshot
from releases.states import RUN_OPEN, Problem, ReleaseState, TargetState
from releases.steps.beside import shown
from releases.steps.trouble import PATIENCE, reason_of
from releases.wording import words

_OPEN = frozenset(state.value for state in RUN_OPEN)
_TOLD = frozenset(problem.value for problem in Problem)


def warnings(snapshot: Snapshot, *, on: frozen.Target | None = None) -> list[str]:
    """What whoever lets a release go on has to know of its new instances, cluster by cluster; or `on` one of them."""
    found = []
    for target in [on] if on else snapshot.targets:
        if target.state is TargetState.RUNNING and not target.is_failing:
            outputs = [run.output for run in snapshot.runs_on(target.cluster, back=False)]
            found.append(_said(target, outputs, paused=False))
    return [one for one in found if one]


def on_lanes(
    release: Release,
    targets: Sequence[Target],
    steps: Sequence[Step],
    runs: Sequence[StepRun],
    *,
    facts: Mapping[UUID, Observation],
) -> dict[UUID, str]:
    """Cluster → what is wrong with new instances there; nothing where what is under way says so itself."""
    paused = release.state == ReleaseState.PAUSED
    forward = {one.number for one in steps if not one.back}
    found = {}
    for row in targets:
        mine = [run for run in runs if run.cluster_id == row.cluster_id and run.step in forward]
        told = any(run.state in _OPEN and (run.reason or {}).get("code") in _TOLD for run in mine)
        if row.state == TargetState.RUNNING and not row.reason and not told:
            target = _target(row, facts.get(row.cluster_id))
            found[row.cluster_id] = _said(target, [run.output for run in mine], paused=paused)
    return {cluster: said for cluster, said in found.items() if said}


def _target(row: Target, seen: Observation | None) -> frozen.Target:
    """A target as far as it is asked here: what stands beside it is told by the cluster alone, so what ran before is
    not read.
    """
    after = frozen_of(row, left=row.left)
    before = frozen.Frozen(workloads=after.workloads) if row.before_id else frozen.Frozen()
    name = row.cluster_name
    return frozen.Target(cluster=str(row.cluster_id), name=name, after=after, before=before, observation=seen)


def _said(target: frozen.Target, outputs: Sequence[Mapping[str, Any]], *, paused: bool) -> str:
    found = shown(target, outputs)
    if found is None:
        return ""
    facts, trouble = found
    why = words(reason_of(trouble, facts, cluster=target.name))
    said = _("New instances are in trouble. {why}").format(why=why)
    if paused and trouble.problem in PATIENCE:
        held = _("The release is paused, so it holds; once it is resumed, it fails for that.")
        return f"{said} {held}"
    return said
