"""What is under way of a release, each run with its step and cluster: read by itself, or taken from what was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, Subquery

from releases.models import Release, Step, StepRun, Target
from releases.states import RUN_OPEN, RunState, TargetState

_OPEN = frozenset(state.value for state in RUN_OPEN)


@dataclass(frozen=True)
class Rows:
    """All targets, steps and runs of a release, in their orders."""

    targets: list[Target]
    steps: list[Step]
    runs: list[StepRun]


@dataclass(frozen=True)
class Open:
    """A run that is under way. `begun`: no further attempt that has yet to begin."""

    cluster: str
    step: int
    kind: str
    options: Mapping[str, Any]
    state: RunState
    begun: bool


@dataclass(frozen=True)
class UnderWay:
    """What is under way, cluster by cluster in their order; the names of all, and of those on which it failed."""

    runs: tuple[Open, ...]
    clusters: tuple[str, ...]
    failed: tuple[str, ...]


def under_way(release: Release, rows: Rows | None = None) -> UnderWay:
    """What is under way now: two queries, none where the `rows` were read already."""
    if rows:
        names = [(one.cluster_id, one.cluster_name, one.state) for one in rows.targets]
        kinds = {one.number: (one.kind, one.options) for one in rows.steps}
        runs = [one for one in rows.runs if one.state in _OPEN]
    else:
        targets = Target.objects.filter(release=release).order_by("position")
        names = list(targets.values_list("cluster_id", "cluster_name", "state"))
        step = Step.objects.filter(release=OuterRef("release"), number=OuterRef("step"))
        found: Any = StepRun.objects.filter(release=release, state__in=_OPEN).annotate(
            kind=Subquery(step.values("kind")[:1]), options=Subquery(step.values("options")[:1])
        )
        runs = list(found)
        kinds = {one.step: (one.kind, one.options) for one in found}
    by_cluster = {pk: name for pk, name, _state in names}
    place = {pk: place for place, pk in enumerate(by_cluster)}
    ordered = sorted(runs, key=lambda one: (place[one.cluster_id], one.step))
    return UnderWay(
        runs=tuple(
            Open(
                cluster=by_cluster[one.cluster_id],
                step=one.step,
                kind=kinds[one.step][0],
                options=kinds[one.step][1],
                state=RunState(one.state),
                begun=one.wake_at != one.started,
            )
            for one in ordered
        ),
        clusters=tuple(by_cluster.values()),
        failed=tuple(name for _pk, name, state in names if state == TargetState.FAILED),
    )
