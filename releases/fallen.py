"""What became of the workloads of an app outside Slipway, in sentences for the preview of a release."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from django.utils.translation import gettext as _

from apps_mgmt.models import App
from apps_mgmt.spec import AppSpec, load
from releases import missing, observation, standing
from releases.models import Observation
from releases.states import Problem
from releases.wording import PROBLEMS

LOST = frozenset({Problem.UNPREPARED, Problem.REPLACED})
"""What no release makes again by itself."""


def hindrances(
    app: App,
    spec: AppSpec,
    *,
    clusters: Mapping[UUID, str],
    places: Iterable[standing.Place],
    seen: Mapping[UUID, Observation],
    is_stopped: bool,
    only: Sequence[str] = (),
    said: bool = False,
) -> list[str]:
    """For which of its workloads a release of the spec is refused, or waits: another one was made in the place of one
    that was taken over; nothing can be made there; somebody has paused a rollout. No query where the status of the app
    tells of none of it. `said`: `nothing_new` says what is lost.
    """
    named = {row["name"] for row in app.status.clusters if {*LOST, Problem.HELD} & {*row.get("trouble", ())}}
    named &= {*only} if only else named
    facts = {pk: observation.load(row.facts) for pk, row in seen.items() if clusters.get(pk) in named}
    if not facts:
        return []
    taken = _taken_over(spec)
    stay = {row for place in places for row in _taken_over(load(place.revision.spec))} & taken
    known = {process.name for process in spec.processes}
    lost = _("{what} on {cluster}: {words}.")
    held = _(
        "The rollout of {what} on {cluster} is paused outside Slipway: a release waits there until somebody resumes it "
        "(kubectl rollout resume)."
    )
    found = []
    for pk, told in missing.filled(app, {pk: one for pk, one in facts.items() if one}).items():
        for one in told.workloads:
            problem = one.trouble.problem if one.trouble else None
            if one.process not in known or (said and problem in LOST):
                continue
            if problem is Problem.REPLACED and not any(row[:2] == (clusters[pk], one.name) for row in stay):
                continue  # it is let go, or what stands there now is taken over in its place
            if problem in LOST:
                found.append(lost.format(what=one.name, cluster=clusters[pk], words=str(PROBLEMS[problem]).rstrip(".")))
            elif problem is Problem.HELD and not is_stopped:
                found.append(held.format(what=one.name, cluster=clusters[pk]))
    return found


def _taken_over(spec: AppSpec) -> set[tuple[str, str, str]]:
    """(cluster, workload, uid)."""
    return {(row.cluster, row.workload, row.uid) for process in spec.processes for row in process.adopted}
