"""Workloads that somebody deleted behind Slipway's back: a release left them running, and they are there no more."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.db.models import Exists, OuterRef

from apps_mgmt.models import App, Deployed
from releases.models import Target
from releases.observation import Observation, Trouble, WorkloadFacts
from releases.states import ACTIVE, Problem, TargetState

_UNDER_WAY = (TargetState.RUNNING, TargetState.ROLLING_BACK)


def filled(app: App, seen: Mapping[uuid.UUID, Observation]) -> dict[uuid.UUID, Observation]:
    """What these clusters said, and beside it each workload that is missing there: how many instances it wanted.

    What a deletion or a release under way takes away is not missing. Two queries.
    """
    told = dict(seen)
    if app.deleted_at is not None or not seen:
        return told
    here = Deployed.objects.filter(app=app, cluster_id=OuterRef("cluster_id"), release_id=OuterRef("release_id"))
    running = Target.objects.filter(Exists(here), release__app=app, cluster_id__in=list(seen))
    rows = [(pk, row) for pk, rows in running.values_list("cluster_id", "workloads") for row in rows]
    lacking = [(pk, row) for pk, row in rows if _lacks(seen[pk], row)]
    kept = _left_there(app) if lacking else {}
    for pk, row in lacking:
        if pk not in kept or f"{row['kind']}/{row['name']}" in kept[pk]:
            told[pk] = replace(told[pk], workloads=(*told[pk].workloads, _gone(row)))
    return told


def _lacks(facts: Observation, row: Mapping[str, Any]) -> bool:
    return facts.workload(row["kind"], row["name"]) is None


def _left_there(app: App) -> dict[uuid.UUID, list[str]]:
    """By cluster where a release is under way, what it leaves or makes there: the rest goes on purpose."""
    under_way = Target.objects.filter(release__app=app, release__state__in=ACTIVE, state__in=_UNDER_WAY)
    return dict(under_way.values_list("cluster_id", "object_keys"))


def _gone(row: Mapping[str, Any]) -> WorkloadFacts:
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
        trouble=Trouble(problem=Problem.GONE, words=""),
    )
