"""The view models of a release: header, steps and changes; its lanes, timeline and failure are in rooms beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from apps_mgmt import preview_rows
from apps_mgmt.isolating import rows_of_isolation
from apps_mgmt.models import Revision
from apps_mgmt.spec import load
from releases import away, holding, left_out
from releases.away import Silence
from releases.models import Release, Step, StepRun, Target
from releases.open_runs import Rows
from releases.pages import (
    ending_figures,
    failure_figures,
    lane_figures,
    links,
    output_figures,
    timeline_figures,
    traffic_figures,
)
from releases.pages.app_figures import deleted_words
from releases.pages.instance_figures import tag_of
from releases.standing import found_by
from releases.states import AS_IT_RUNS, RUN_OPEN, RUN_PASSED, ReleaseKind, ReleaseState, RunState
from releases.wording import kind_title, step_title
from tenants.isolation import Isolation

WRITES_NONE = AS_IT_RUNS | {ReleaseKind.DELETE}
"""They make no instance under another isolation."""


def rows_of(release: Release) -> Rows:
    """What its page is drawn from; three queries."""
    return Rows(list(release.targets.defer("manifests")), list(release.steps.all()), list(release.runs.all()))


def full(release: Release, rows: Rows | None = None) -> dict[str, Any]:
    """Everything the release page shows but the buttons: the same for everyone who may see it."""
    rows = rows or rows_of(release)
    targets, steps, runs = rows.targets, rows.steps, rows.runs
    before, waiting = _before(release, targets), away.silent(targets)
    facts = lane_figures.facts_of(release, targets, runs)
    return {
        "id": str(release.pk),
        "number": release.number,
        "app": {
            "name": release.app.name,
            "url": links.app_url(release.app) if release.app.deleted_at is None else "",
            "list_url": f"/t/{release.app.tenant.name}/apps/",
        },
        "actions_url": _url("release-actions", release),
        "manifests_url": _url("release-manifests", release),
        "compare_url": _compare_url(release),
        "header": _header(release, targets),
        "steps": _steps(release, steps, targets, runs, away=waiting),
        "legend": _legend(release, before),
        "lanes": lane_figures.lanes(release, targets, steps, runs, facts=facts, away=waiting),
        "traffic": traffic_figures.traffic(release, targets, steps, runs, facts=facts),
        "outputs": output_figures.outputs(targets, steps, runs),
        "groups": _changes(release, before, targets),
        "unchanged": _unchanged(release),
        "timeline": timeline_figures.timeline(release, targets, steps),
        "failure": failure_figures.failure(release, targets, runs, facts=facts),
    }


def _changes(release: Release, before: Mapping[str, Release], targets: Sequence[Target]) -> list[dict[str, Any]]:
    """What this release changes, compared with what stood on its clusters before it began. What is frozen as it runs
    changes no settings, though a release that was held half way may stand beside that.
    """
    if release.kind in AS_IT_RUNS:
        return []
    old, names = {name: load(one.revision.spec) for name, one in before.items()}, [one.cluster_name for one in targets]
    rows = preview_rows.rows_by_cluster(names, old, load(release.revision.spec))
    if release.kind in WRITES_NONE:
        return rows
    made = {name: Isolation.of_instances(one.isolation) for name, one in before.items()}
    return [*rows_of_isolation(release.app, made, clusters=before, brought=release.isolation), *rows]


def _before(release: Release, targets: Sequence[Target]) -> dict[str, Release]:
    """What stood on the clusters it goes to."""
    names = {one.cluster_name for one in targets}
    return {name: one for name, one in found_by(release).items() if name in names}


def _unchanged(release: Release) -> str:
    """What happens although nothing in the settings does."""
    if release.kind == ReleaseKind.RESTART:
        return _("Nothing in the settings changes; the instances are made new.")
    if release.kind == ReleaseKind.STOP:
        return _("Nothing in the settings changes; all instances go, and come back once the app is started.")
    if release.kind == ReleaseKind.START:
        return _("Nothing in the settings changes; the instances come back.")
    if release.kind == ReleaseKind.ACT:
        return _("Nothing in the settings changes; another instance comes in the place of the one that was deleted.")
    if release.kind == ReleaseKind.DELETE:
        return _("Nothing in the settings changes; all that runs goes.")
    return _("Nothing in the settings changes; instances that run already stay.")


def _url(name: str, release: Release) -> str:
    return reverse(name, args=[release.app.tenant.name, release.app.name, release.number])


def _compare_url(release: Release) -> str:
    """Where it is compared with the one before it; blank for the first, and once its app is deleted."""
    if release.app.deleted_at is not None:
        return ""
    url = reverse("releases-compare", args=[release.app.tenant.name, release.app.name])
    return f"{url}?from={release.number - 1}&to={release.number}" if release.number > 1 else ""


def _header(release: Release, targets: Sequence[Target]) -> dict[str, Any]:
    begun, ended = release.started_at or release.created_at, release.ended_at
    return {
        "state": release.state,
        "word": ending_figures.word(release, targets),
        "kind": kind_title(release.kind),
        "strategy": f"{release.strategy}, {release.across.replace('_', ' ')}",
        "who": release.actor_name,
        "started_at": begun,
        "ended_at": ended,
        "seconds": ((ended or timezone.now()) - begun).total_seconds(),
        "note": release.note,
        "revision": release.revision.number,
        "deleted": deleted_words(release.app),
        # Where it ended badly, the panel below says why.
        "sentence": ""
        if ReleaseState(release.state) in failure_figures.BAD
        else release.why or holding.waits_for(release),
    }


def _steps(
    release: Release,
    steps: Sequence[Step],
    targets: Sequence[Target],
    runs: Sequence[StepRun],
    *,
    away: Mapping[UUID, Silence],
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
            if lane_figures.is_for_others(step, target, steps):
                continue
            run = latest.get((str(target.cluster_id), step.number))
            if step.back and run is None:
                continue
            items.append(
                {
                    "number": step.number,  # by which it is skipped
                    "title": step_title(step.kind, step.options),
                    "detail": target.cluster_name,
                    "state": _step_state(run, step, release=release, away=target.cluster_id in away),
                    "seconds": _seconds(run.started, run.ended) if run else None,
                }
            )
    done = sum(one["state"] == "done" for one in items)
    sentence = _("{done} of {all}").format(done=done, all=len(items))
    return {"sentence": sentence, "items": items, "left_out": left_out.of_release(release, steps)}


def _step_state(run: StepRun | None, step: Step, *, release: Release, away: bool) -> str:
    if run is None:
        return "skipped" if release.is_over else "todo"
    state = RunState(run.state)
    if state in RUN_PASSED:
        return "done" if state is RunState.DONE else "skipped"
    if state in RUN_OPEN:
        later = state is RunState.STOPPING or (state is RunState.WATCHING and run.wake_at == run.started)
        return "waiting" if later or away or release.state == ReleaseState.PAUSED else "now"
    if state is RunState.FAILED:
        return "failed"
    # Whatever it wrote, more than what was only tried, is there.
    return "stopped" if run.sent > bool(step.options.get("tries")) else "skipped"


def _seconds(begun: datetime, ended: datetime | None) -> float | None:
    # What was skipped or stopped before its time had come took none.
    return max(0.0, (ended - begun).total_seconds()) if ended else None


def _legend(release: Release, found: Mapping[str, Release]) -> dict[str, str]:
    """Where clusters differed before, the newest of what stood there names what is old; where nothing is brought, what
    was deployed is older than what a release that was held left beside it.
    """
    now = release.revision
    before = max((one.revision for one in found.values()), key=lambda one: one.number, default=None)
    if before is not None and release.kind in AS_IT_RUNS:
        before, now = now, before
    was, new = _tag(before), _tag(now)
    if was == new and before is not None:
        words = _("revision {number}")
        return {"old": words.format(number=before.number), "new": words.format(number=now.number)}
    return {"old": was, "new": new}


def _tag(revision: Revision | None) -> str:
    processes = load(revision.spec).processes if revision else ()
    return tag_of(processes[0].image) if processes else ""
