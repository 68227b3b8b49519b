"""Writing a decision down: rows as they are now, and the timeline of how they came to be so.

With a target that fails, and with a release that ends, goes what its clusters said at that moment: later on they speak
of other releases.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from releases import changes, observation
from releases.changes import Change, ReleaseChange, RunChange, StepChange, TargetChange
from releases.events import Event
from releases.models import Observation, Release, Step, StepRun, Target, TimelineEvent
from releases.states import RUN_OPEN, TERMINAL, ReleaseState, TargetState

_RUN_FIELDS = ["state", "started", "ended", "deadline", "wake_at", "pending", "sent", "output", "reason"]


def keep(release: Release, made: Iterable[Change], *, event: Event, now: datetime) -> None:
    """Write changes of a locked release: each to the timeline, the last of each thing to its row."""
    made = tuple(made)
    _timeline(release, made, event=event, now=now)
    runs = {change.ref: change for change in made if isinstance(change, RunChange)}
    StepRun.objects.bulk_create(
        [_run(release, change, now=now) for change in runs.values()],
        update_conflicts=True,
        unique_fields=["release", "cluster_id", "step", "attempt"],
        update_fields=_RUN_FIELDS,
    )
    _lanes(release, [change for change in made if isinstance(change, TargetChange)])
    for change in made:
        if isinstance(change, ReleaseChange):
            _move(release, change, now=now)
        elif isinstance(change, StepChange):
            Step.objects.filter(release=release, number=change.step).update(options=dict(change.options))
    if release.is_over:
        _what_is_left(release)
    release.save(update_fields=["state", "reason", "after_stop", "length", "fence", "started_at", "ended_at"])


def _lanes(release: Release, made: list[TargetChange]) -> None:
    """The targets as they are now. What a cluster said when one failed is kept until that is tried again."""
    failed = {lane.cluster for lane in made if lane.state is TargetState.FAILED}
    again = {lane.cluster for lane in made if lane.state is TargetState.RUNNING} - failed
    words: dict[str, Any] = {**dict.fromkeys(again), **_said(release, dict.fromkeys(failed, ()))}
    for cluster, lane in {lane.cluster: lane for lane in made}.items():
        values = {"failed_with": words[cluster]} if cluster in words else {}
        Target.objects.filter(release=release, cluster_id=cluster).update(
            state=lane.state, reason=lane.reason.dump() if lane.reason else None, lost_since=lane.lost_since, **values
        )


def _what_is_left(release: Release) -> None:
    """Keep what the clusters said that the release has touched, which is how it left them.

    What it removed last may not have been told as gone yet, and is not kept. Where it failed, what it had removed may
    have been made again on the way back.
    """
    runs = StepRun.objects.filter(release=release).order_by("ended").values_list("cluster_id", "output__removed")
    failed = set(release.targets.filter(state=TargetState.FAILED).values_list("cluster_id", flat=True))
    removed: dict[str, Collection[str]] = {}
    for cluster, keys in runs:
        if keys is not None or str(cluster) not in removed:
            removed[str(cluster)] = () if cluster in failed else keys or ()
    for cluster_id, facts in _said(release, removed).items():
        Target.objects.filter(release=release, cluster_id=cluster_id).update(ended_with=facts)


def _said(release: Release, removed: Mapping[str, Collection[str]]) -> dict[str, dict[str, Any]]:
    """What each cluster said, without the workloads that were removed there."""
    if not removed:
        return {}
    said: dict[str, dict[str, Any]] = {}
    for row in Observation.objects.filter(app_id=release.app_id, cluster_id__in=removed):
        cluster = str(row.cluster_id)
        if facts := observation.load(row.facts):
            there = tuple(one for one in facts.workloads if f"{one.kind}/{one.name}" not in removed[cluster])
            said[cluster] = observation.dump(observation.to_keep(replace(facts, workloads=there)))
    return said


def _timeline(release: Release, made: tuple[Change, ...], *, event: Event, now: datetime) -> None:
    TimelineEvent.objects.bulk_create(
        TimelineEvent(
            release=release,
            seq=release.length + place,
            at=now,
            cause=type(event).__name__,
            actor_name=getattr(event, "by", ""),
            change=changes.dump(change),
        )
        for place, change in enumerate(made, 1)
    )
    release.length += len(made)


def _move(release: Release, change: ReleaseChange, *, now: datetime) -> None:
    release.state = change.state.value
    release.reason = change.reason.dump() if change.reason else None
    release.after_stop = change.after_stop.value if change.after_stop else ""
    if change.state is ReleaseState.RUNNING and release.started_at is None:
        release.started_at = now
    if change.state in TERMINAL:
        release.ended_at = now


def _run(release: Release, change: RunChange, *, now: datetime) -> StepRun:
    return StepRun(
        release=release,
        cluster_id=change.ref.cluster,
        step=change.ref.step,
        attempt=change.ref.attempt,
        state=change.state,
        started=change.started,
        ended=None if change.state in RUN_OPEN else now,
        deadline=change.deadline,
        wake_at=change.wake_at,
        pending=list(change.pending),
        sent=change.sent,
        output=dict(change.output),
        reason=change.reason.dump() if change.reason else None,
    )
