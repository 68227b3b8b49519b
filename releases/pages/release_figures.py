"""The view models of a release: header, steps, a lane per cluster, timeline, and what went wrong in whose words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps_mgmt import previewing
from apps_mgmt.models import Revision
from apps_mgmt.spec import AppSpec, load
from releases import away
from releases.models import Observation, Release, Step, StepRun, Target, TimelineEvent
from releases.observation import Observation as Facts
from releases.observation import load as load_facts
from releases.pages import links
from releases.pages.instance_figures import instances_of, tag_of, troubles
from releases.states import RUN_OPEN, RUN_PASSED, ReleaseState, RunState, TargetState
from releases.wording import RELEASE_STATES, TARGET_STATES, step_title

TIMELINE = 200
ENDED_BADLY = {ReleaseState.FAILED, ReleaseState.ROLLED_BACK, ReleaseState.ROLLING_BACK, ReleaseState.ABORTING}
OLD = {"ready": "old", "starting": "old"}
KINDS = {
    "deploy": gettext_lazy("Deploy"), "rollback": gettext_lazy("Rollback"), "restart": gettext_lazy("Restart"),
    "delete": gettext_lazy("Delete"),
}  # fmt: skip


def full(release: Release) -> dict[str, Any]:
    """Everything the release page shows but the buttons: the same for everyone who may see it."""
    targets = list(release.targets.defer("manifests"))
    steps = list(release.steps.all())
    runs = list(release.runs.all())
    facts, before = _facts(release, targets), _before(release)
    waiting, applied, newest = away.words_of(targets), _applied(steps, runs), _is_newest(release)
    return {
        "id": str(release.pk),
        "number": release.number,
        "app": {
            "name": release.app.name,
            "url": links.app_url(release.app),
            "list_url": f"/t/{release.app.tenant.name}/apps/",
        },
        "actions_url": _url("release-actions", release),
        "manifests_url": _url("release-manifests", release),
        "header": _header(release),
        "steps": _steps(release, steps, targets, runs),
        "legend": _legend(release, before),
        "lanes": [
            _lane(
                one,
                facts[one.cluster_name] if newest else Facts(),
                runs,
                away=waiting.get(one.cluster_id, ""),
                applied=one.cluster_id in applied,
            )
            for one in targets
        ],
        "traffic": None,
        "groups": _changes(release, before),
        "timeline": _timeline(release, targets, steps),
        "failure": _failure(release, targets, facts),
    }


def _changes(release: Release, before: Revision | None) -> list[dict[str, Any]]:
    """What this release changes, compared with what ran before it began."""
    old = load(before.spec) if before else AppSpec()
    return previewing.spec_rows(old, load(release.revision.spec))


def _before(release: Release) -> Revision | None:
    """The revision of the release before this one, however it ended: what this one finds."""
    row = (
        Release.objects.filter(app_id=release.app_id, number__lt=release.number, started_at__isnull=False)
        .select_related("revision")
        .order_by("-number")
        .first()
    )
    return row.revision if row else None


def _url(name: str, release: Release) -> str:
    return reverse(name, args=[release.app.tenant.name, release.app.name, release.number])


def _header(release: Release) -> dict[str, Any]:
    begun, ended = release.started_at or release.created_at, release.ended_at
    return {
        "state": release.state,
        "word": RELEASE_STATES[ReleaseState(release.state)],
        "kind": KINDS.get(release.kind, release.kind),
        "strategy": f"{release.strategy}, {release.across.replace('_', ' ')}",
        "who": release.actor_name,
        "started_at": begun,
        "ended_at": ended,
        "seconds": ((ended or timezone.now()) - begun).total_seconds(),
        "note": release.note,
        "revision": release.revision.number,
        # Where it ended badly, the panel below says why.
        "sentence": "" if ReleaseState(release.state) in ENDED_BADLY else release.why,
    }


def _steps(
    release: Release, steps: Sequence[Step], targets: Sequence[Target], runs: Sequence[StepRun]
) -> dict[str, Any]:
    """The plan per cluster, in the order in which clusters take their turn; the way back only once it is taken."""
    latest: dict[tuple[str, int], StepRun] = {}
    for one in runs:
        latest[str(one.cluster_id), one.step] = one
    taken = {run.step for run in runs}
    items = []
    for target in targets:
        for step in steps:
            if step.back and step.number not in taken:
                continue
            run = latest.get((str(target.cluster_id), step.number))
            if step.back and run is None:
                continue
            items.append(
                {
                    "title": step_title(step.kind, step.options),
                    "detail": target.cluster_name,
                    "state": _step_state(run, release=release),
                    "seconds": _seconds(run.started, run.ended) if run else None,
                }
            )
    done = sum(one["state"] == "done" for one in items)
    return {"sentence": _("{done} of {all}").format(done=done, all=len(items)), "items": items}


def _step_state(run: StepRun | None, *, release: Release) -> str:
    if run is None:
        return "skipped" if release.is_over else "todo"
    state = RunState(run.state)
    if state in RUN_PASSED:
        return "done" if state is RunState.DONE else "skipped"
    if state in RUN_OPEN:
        return "waiting" if release.state == ReleaseState.PAUSED else "now"
    return "failed" if state is RunState.FAILED else "skipped"


def _seconds(begun: datetime, ended: datetime | None) -> float | None:
    return (ended - begun).total_seconds() if ended else None


def _legend(release: Release, before: Revision | None) -> dict[str, str]:
    now = load(release.revision.spec)
    old = load(before.spec) if before else None
    was = tag_of(old.processes[0].image) if old and old.processes else ""
    new = tag_of(now.processes[0].image) if now.processes else ""
    if was == new and before is not None:
        words = _("revision {number}")
        return {"old": words.format(number=before.number), "new": words.format(number=release.revision.number)}
    return {"old": was, "new": new}


def _applied(steps: Sequence[Step], runs: Sequence[StepRun]) -> set[UUID]:
    """The clusters to which this release has written its workloads: before that, all instances there are old."""
    writing = {one.number for one in steps if one.options.get("part") == "workloads" and not one.back}
    return {run.cluster_id for run in runs if run.step in writing and run.state in (RunState.DONE, RunState.SKIPPED)}


def _is_newest(release: Release) -> bool:
    """Whether what runs has to do with this release still; after a later one began, it has not."""
    later = Release.objects.filter(app_id=release.app_id, number__gt=release.number, started_at__isnull=False)
    return not later.exists()


def _lane(target: Target, facts: Facts, runs: Sequence[StepRun], *, away: str, applied: bool) -> dict[str, Any]:
    mine = [run for run in runs if run.cluster_id == target.cluster_id]
    state = TargetState(target.state)
    promised = sum(int(row.get("replicas", 0)) for row in target.workloads)
    words = away or target.why or (mine[-1].why if mine and state is TargetState.RUNNING else "")
    instances = instances_of(facts.workloads, cluster=target.cluster_name)
    return {
        "cluster": target.cluster_name,
        "state": target.state,
        "word": TARGET_STATES[state],
        "sentence": _("turn {number}").format(number=target.position + 1) if state is TargetState.WAITING else "",
        "ready": facts.ready,
        "wanted": facts.wanted or promised,
        "words": words,
        "instances": instances if applied else [one | {"tone": OLD.get(one["tone"], one["tone"])} for one in instances],
    }


def _facts(release: Release, targets: Sequence[Target]) -> dict[str, Facts]:
    rows = Observation.objects.filter(app_id=release.app_id, cluster_id__in=[one.cluster_id for one in targets])
    by_id = {row.cluster_id: load_facts(row.facts) for row in rows}
    return {one.cluster_name: by_id.get(one.cluster_id) or Facts() for one in targets}


def _timeline(release: Release, targets: Sequence[Target], steps: Sequence[Step]) -> list[dict[str, Any]]:
    names = {str(one.cluster_id): one.cluster_name for one in targets}
    titles = {one.number: step_title(one.kind, one.options) for one in steps}
    items: list[dict[str, Any]] = []
    told: set[tuple[Any, ...]] = set()
    said: set[str] = set()
    for row in release.timeline.order_by("-seq")[:TIMELINE]:
        run = tuple(row.change.get(name) for name in ("cluster", "step", "attempt"))
        # Of one run the last word is enough: that it began goes without saying once it has ended.
        if row.change["change"] == "run" and run in told:
            continue
        told.add(run)
        item = _event(row, names, titles)
        # The release, its cluster and its step fail for one reason, which is said once.
        if item["tone"] == "bad" and item["note"] in said:
            item["note"] = ""
        elif item["tone"] == "bad":
            said.add(item["note"])
        elif row.change["change"] == "release":
            said.clear()
        items.append(item)
    return items


def _event(row: TimelineEvent, names: Mapping[str, str], titles: Mapping[int, str]) -> dict[str, Any]:
    change, tone = row.change, ""
    state = change["state"]
    if change["change"] == "release":
        text = str(RELEASE_STATES[ReleaseState(state)])
        tone = {"succeeded": "good", "failed": "bad", "rolled_back": "warn"}.get(state, "")
    elif change["change"] == "target":
        text = f"{names.get(change['cluster'], '?')}: {TARGET_STATES[TargetState(state)]}"
        tone = {"done": "good", "failed": "bad"}.get(state, "")
    else:
        return _run_item(row, names, titles)
    return {"at": row.at, "text": text, "tone": tone, "note": row.why, "who": row.actor_name, "key": str(row.seq)}


def _run_item(row: TimelineEvent, names: Mapping[str, str], titles: Mapping[int, str]) -> dict[str, Any]:
    change = row.change
    endings = {RunState.DONE: _("done"), RunState.FAILED: _("failed"), RunState.SKIPPED: _("skipped")}
    ending = endings.get(change["state"], "")
    step = f"{names.get(change['cluster'], '?')}: {titles.get(change['step'], change['step'])}"
    return {
        "at": row.at,
        "text": f"{step}, {ending}" if ending else step,
        "tone": "bad" if change["state"] == RunState.FAILED else "",
        "note": row.why,
        "who": row.actor_name,
        "key": str(row.seq),
    }


def _failure(release: Release, targets: Sequence[Target], facts: Mapping[str, Facts]) -> dict[str, Any] | None:
    """What went wrong: shown when it ended badly, and as soon as an instance is in trouble."""
    state = ReleaseState(release.state)
    voices = [voice for name, seen in facts.items() for voice in troubles(seen, cluster=name)]
    if state not in ENDED_BADLY and (release.is_over or not voices):
        return None
    failed = [one for one in targets if one.state == TargetState.FAILED]
    if state is ReleaseState.ROLLED_BACK:
        voices = []
    clusters = ", ".join(one.cluster_name for one in failed)
    title = _("The release failed on {clusters}").format(clusters=clusters) if clusters else ""
    return {
        "tone": "bad" if state is ReleaseState.FAILED else "warn",
        "title": title or (_("Instances are in trouble") if voices else str(RELEASE_STATES[state])),
        "sentence": release.why or next((one.why for one in failed if one.why), ""),
        "next": _next(state),
        "voices": voices[:6],
    }


def _next(state: ReleaseState) -> str:
    if state is ReleaseState.FAILED:
        return _("Roll back to what ran before, or mend the app and deploy again.")
    if state is ReleaseState.RUNNING:
        return _("The release goes on trying until its deadline. Abort it to go back at once.")
    return ""
