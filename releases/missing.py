"""Workloads that somebody deleted behind Slipway's back: a release left them running, and they are there no more."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils import timezone

from apps_mgmt.models import App, Deployed
from portal import outbox
from releases.models import Target
from releases.observation import Observation, Trouble, WorkloadFacts
from releases.states import ACTIVE, LOST, Problem, TargetState
from tenants.models import Cluster
from tenants.standing import may_deploy

SEARCH = "release.search"
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=5)
_UNDER_WAY = (TargetState.RUNNING, TargetState.ROLLING_BACK)


def filled(app: App, seen: Mapping[uuid.UUID, Observation]) -> dict[uuid.UUID, Observation]:
    """What these clusters said, and beside it each workload that is missing there: how many instances it wanted.

    What a deletion or a release under way takes away is not missing. Two queries, and one where something lacks.
    """
    told = dict(seen)
    if app.deleted_at is not None or not seen:
        return told
    here = Deployed.objects.filter(app=app, cluster_id=OuterRef("cluster_id"), release_id=OuterRef("release_id"))
    running = Target.objects.filter(Exists(here), release__app=app, cluster_id__in=list(seen))
    found = running.values_list("cluster_id", "workloads", "release__stopped")
    lacking = [(pk, row, stopped) for pk, rows, stopped in found for row in rows if _lacks(seen[pk], row)]
    kept = _left_there(app) if lacking else {}
    barred = _barred(app, {pk for pk, _row, _stopped in lacking}) if lacking else frozenset()
    for pk, row, stopped in lacking:
        key = f"{row['kind']}/{row['name']}"
        if pk not in kept or key in kept[pk]:
            fallen = Problem.UNPREPARED if pk in barred else Problem.GONE
            problem = Problem.REPLACED if key in seen[pk].instead else None if stopped else fallen
            told[pk] = replace(told[pk], workloads=(*told[pk].workloads, _gone(row, problem)))
    return told


def is_lost(facts: Observation) -> bool:
    """Whether something that should be there is not, in what `filled` told."""
    return any(one.trouble and one.trouble.problem in LOST for one in facts.workloads)


def ask(app_id: uuid.UUID | str, cluster_id: uuid.UUID | str, *, tries: int = 0) -> None:
    """Within the caller's transaction: ask the cluster what became of a workload that lacks, see `releases.losing`.

    After a pause that grows from try to try; at once at the first.
    """
    later = timezone.now() + min(FIRST_PAUSE * 2 ** min(tries - 1, 10), LONGEST_PAUSE) if tries else None
    payload = {"app": str(app_id), "cluster": str(cluster_id), "tries": tries}
    outbox.add(SEARCH, payload, share=str(cluster_id), not_before=later)


def _barred(app: App, clusters: Iterable[uuid.UUID]) -> frozenset[uuid.UUID]:
    """Those on which nothing of the tenant can be made, as its account there was last found."""
    rows = Cluster.objects.filter(pk__in=clusters).values_list("pk", "capabilities")
    return frozenset(pk for pk, report in rows if not may_deploy(report, app.tenant.name))


def _lacks(facts: Observation, row: Mapping[str, Any]) -> bool:
    return facts.workload(row["kind"], row["name"]) is None


def _left_there(app: App) -> dict[uuid.UUID, list[str]]:
    """By cluster where a release is under way, what it leaves or makes there: the rest goes on purpose."""
    under_way = Target.objects.filter(release__app=app, release__state__in=ACTIVE, state__in=_UNDER_WAY)
    return dict(under_way.values_list("cluster_id", "object_keys"))


def _gone(row: Mapping[str, Any], problem: Problem | None) -> WorkloadFacts:
    """Without a problem where it is stopped: nothing lacks then, and a start makes it again."""
    return WorkloadFacts(
        kind=row["kind"],
        name=row["name"],
        process=row["process"],
        track=row.get("track", "stable"),
        uid="",
        resource_version="",
        generation=0,
        observed_generation=0,
        wanted=int(row["replicas"]),
        total=0,
        updated=0,
        ready=0,
        available=0,
        unavailable=0,
        trouble=Trouble(problem=problem, words="") if problem else None,
    )
