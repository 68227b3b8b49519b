"""The lanes of a release: what each cluster says while it runs, and what was kept of that once it has ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from apps_mgmt.values import Left, load_left
from releases.away import Silence
from releases.drift.leaving import stays
from releases.loading import seen_on
from releases.models import Release, Step, StepRun, Target
from releases.observation import Observation as Facts
from releases.observation import WorkloadFacts, load
from releases.open_words import open_words
from releases.pages.instance_figures import instances_of
from releases.retrying import retried, still_sent
from releases.states import TARGET_SETTLED, ReleaseState, RunState, TargetState
from releases.troubled import on_lanes
from releases.wording import REMOVED, RUN_STATES, TARGET_STATES

OLD = {"ready": "old", "starting": "old", "pulling": "old"}

Seen = Mapping[UUID, Facts]
Written = dict[str, dict[str, Any]]


def facts_of(release: Release, targets: Sequence[Target], runs: Sequence[StepRun]) -> Seen:
    """What is known of each cluster: what it says now, or of a release that is over what was kept at its end.

    What was kept may be older than what the release wrote last: then it is what the cluster says now, where no release
    came after it; else nobody knows how it was left.
    """
    if not release.is_over:
        return seen_on(release.app_id, [one.cluster_id for one in targets])
    kept = {one.cluster_id: facts for one in targets if (facts := load(one.ended_with)) is not None}
    older = [cluster for cluster, facts in kept.items() if _is_older(facts, cluster, runs)]
    if not older:
        return kept
    is_last = not Release.objects.filter(app_id=release.app_id, number__gt=release.number).exists()
    return {one: kept[one] for one in kept if one not in older} | (seen_on(release.app_id, older) if is_last else {})


def _is_older(facts: Facts, cluster: UUID, runs: Sequence[StepRun]) -> bool:
    """Whether a cluster said this before it answered the last write of a release."""
    answers = [run.output.get("objects") or {} for run in runs if run.cluster_id == cluster]
    for one in facts.workloads:
        mine = [told for each in answers if (told := each.get(f"{one.kind}/{one.name}"))]
        if any(told.get("uid") == one.uid and told.get("generation", 0) > one.generation for told in mine):
            return True
    return False


def lanes(
    release: Release,
    targets: Sequence[Target],
    steps: Sequence[Step],
    runs: Sequence[StepRun],
    *,
    facts: Seen,
    away: Mapping[UUID, Silence],
) -> list[dict[str, Any]]:
    """A lane per cluster, in the order in which they take their turn."""
    chosen = {one.place: one for one in load_left(release.app.left)}
    written, touched = _written(steps, runs), {run.cluster_id for run in runs}
    opens = {one.number for one in steps if one.kind == "open_tracks"}
    opened = {run.cluster_id for run in runs if run.step in opens}
    again, ending = retried(release, targets, runs), still_sent(targets, runs)
    waits = open_words(release, targets, steps, runs)
    hurt = on_lanes(release, targets, steps, runs, facts=facts)
    rows = []
    for target in targets:
        mine = [run for run in runs if run.cluster_id == target.cluster_id]
        row = _lane(target, mine, waits.get(target.cluster_id, ""), away=away.get(target.cluster_id))
        if release.state == ReleaseState.PAUSED:
            row["until"] = None
        row["words"] = row["words"] or again.get(target.cluster_id, "")
        if target.cluster_id not in away and (said := hurt.get(target.cluster_id)):
            row["words"] = f"{row['words']} {said}".lstrip()
        if target.cluster_id not in away and (words := ending.get(target.cluster_id)):
            row["until"] = None
            row |= {"state": "waiting", "word": RUN_STATES[RunState.STOPPING], "words": words, "failure": False}
        row["remark"] = " ".join(filter(None, (_without_shares(target, steps), *_left(target, chosen))))
        seen = facts.get(target.cluster_id)
        if release.is_over and target.cluster_id not in touched:
            row["sentence"] = _("not touched by this release")
        elif seen is not None or not release.is_over:
            mine_written = None if target.state == TargetState.ROLLED_BACK else written.get(target.cluster_id)
            is_open = target.cluster_id in opened
            row |= _numbers(target, seen or Facts(), written=mine_written, is_open=is_open)
        rows.append(row)
    return rows


def stands_in(target: Target, steps: Sequence[Step]) -> bool:
    """Whether the number of new instances on a cluster stands in for the shares of traffic that are planned."""
    shares = any(one.kind == "traffic" and one.options.get("share") for one in steps)
    return shares and bool(target.second) and not target.second.get("routes")


def is_for_others(step: Step, target: Target, steps: Sequence[Step]) -> bool:
    """Whether a step moves traffic or instances in the way of clusters whose routes can, or cannot, give shares."""
    if step.options.get("unweighted"):
        return bool(target.second.get("routes"))
    if step.options.get("weighted"):
        return not target.second.get("routes")
    return bool(step.options.get("share")) and stands_in(target, steps)


def _without_shares(target: Target, steps: Sequence[Step]) -> str:
    """What stands in for the shares of traffic that are planned, where no route can give them."""
    if not stands_in(target, steps):
        return ""
    if any(key.startswith("Ingress/") for key in target.object_keys):
        sentence = _("{cluster} has no Gateway API: instead of shares of the traffic, so many instances are new.")
    else:
        sentence = _("No route leads to it on {cluster}: instead of shares of the traffic, so many instances are new.")
    return sentence.format(cluster=target.cluster_name)


def _left(target: Target, known: Mapping[tuple[str, str, str], Left]) -> Iterator[str]:
    """What the release left to others there, and who had chosen so, as far as that holds still."""
    for key, fields in sorted(target.left.items()):
        for field, manager in sorted(fields.items()):
            frozen = Left(cluster=target.cluster_name, object=key, field=field, manager=manager)
            now = known.get(frozen.place)
            yield stays(now if now and now.manager == manager else frozen)


def _removed(target: Target) -> bool:
    """Whether it went back to nothing, so that nothing was brought back."""
    return target.state == TargetState.ROLLED_BACK and target.before_id is None


def _lane(target: Target, runs: Sequence[StepRun], waits: str, *, away: Silence | None) -> dict[str, Any]:
    state = TargetState(target.state)
    turn = _("turn {number}").format(number=target.position + 1) if state is TargetState.WAITING else ""
    return {
        "cluster": target.cluster_name,
        "state": away.state if away else target.state,
        "word": "" if away else REMOVED if _removed(target) else TARGET_STATES[state],
        "sentence": turn,
        "failure": state is TargetState.FAILED and not away and bool(target.why),
        "words": away.words if away else target.why or ("" if state in TARGET_SETTLED else waits or _last(runs)),
        "until": None if away or state in TARGET_SETTLED else _until(runs),
        "instances": [],
    }


def _last(runs: Sequence[StepRun]) -> str:
    """Why the last run is what it is."""
    return runs[-1].why if runs else ""


def _until(runs: Sequence[StepRun]) -> datetime | None:
    """When the only thing that is waited for is over by itself, where that is known; `words` say it, too."""
    waiting = [run for run in runs if run.state == RunState.WATCHING]
    if len(waiting) != 1:
        return None
    return waiting[0].wake_at if "until" in (waiting[0].reason or {}).get("values", {}) else None


def _numbers(target: Target, facts: Facts, *, written: Written | None, is_open: bool) -> dict[str, Any]:
    promised = sum(int(row.get("replicas", 0)) for row in target.workloads)
    return {
        "ready": facts.ready,
        "wanted": facts.wanted or promised,
        "counted": True,
        "instances": [one for each in facts.workloads for one in _instances(target, each, written, is_open=is_open)],
    }


def _instances(
    target: Target, workload: WorkloadFacts, written: Written | None, *, is_open: bool
) -> list[dict[str, Any]]:
    """A workload's instances; all are old as long as the cluster says nothing of what this release has written.

    A second track is new from its first instance on, once this release has opened it: before that another one left it.
    """
    instances = instances_of([workload], cluster=target.cluster_name)
    told = (written or {}).get(f"{workload.kind}/{workload.name}", {})
    if is_open if workload.track == "canary" else written is not None and not workload.is_before(told):
        return instances
    return [one | {"tone": OLD.get(one["tone"], one["tone"])} for one in instances]


def _written(steps: Sequence[Step], runs: Sequence[StepRun]) -> dict[UUID, Written]:
    """The clusters to which this release has written its workloads, with what they answered to that."""
    writing = {one.number for one in steps if one.options.get("part") == "workloads" and not one.back}
    found: dict[UUID, Written] = {}
    for run in runs:
        if run.step in writing and run.state in (RunState.DONE, RunState.SKIPPED):
            found.setdefault(run.cluster_id, {}).update(run.output.get("objects") or {})
    return found
