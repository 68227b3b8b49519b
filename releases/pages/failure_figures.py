"""What went wrong with a release, in whose words, and what to do about it: only what is true at that moment."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _

from releases.causes import cause_of
from releases.drift.looking import met
from releases.models import Release, StepRun, Target
from releases.observation import Observation as Facts
from releases.observation import load
from releases.pages import ending_figures, links
from releases.pages.instance_figures import troubles
from releases.pages.lane_figures import Seen
from releases.reasons import Reason
from releases.states import Problem, ReleaseKind, ReleaseState, RunState, TargetState
from releases.waiting import FOR_PEOPLE

BAD = {ReleaseState.FAILED, ReleaseState.ROLLED_BACK, ReleaseState.ROLLING_BACK, ReleaseState.ABORTING}
SHOWN = 6
_PROBLEMS = frozenset(one.value for one in Problem)


def failure(
    release: Release, targets: Sequence[Target], runs: Sequence[StepRun], *, facts: Seen
) -> dict[str, Any] | None:
    """What went wrong: shown when it ended badly, and as soon as an instance is in trouble."""
    state = ReleaseState(release.state)
    voices = [voice for one in targets for voice in _voices(one, facts)]
    if state not in BAD and (release.is_over or not voices):
        return None
    failed = [one for one in targets if one.state == TargetState.FAILED]
    clusters = ", ".join(one.cluster_name for one in failed)
    sentence = release.why or next((one.why for one in failed if one.why), "")
    title = _("The release failed on {clusters}").format(clusters=clusters) if clusters else ""
    return {
        "tone": "bad" if state is ReleaseState.FAILED else "warn",
        "title": title or (ending_figures.word(release, targets) if state in BAD else _("Instances are in trouble")),
        "sentence": sentence,
        "reasons": [{"cluster": one.cluster_name, "why": one.why} for one in failed if one.why not in ("", sentence)],
        "voices": voices[:SHOWN],
        **_next(release, targets, runs, {voice["cluster"] for voice in voices}),
    }


def _voices(target: Target, facts: Seen) -> list[dict[str, Any]]:
    """What the instances said when it failed on a cluster; before that, what they say now."""
    said = load(target.failed_with) or facts.get(target.cluster_id) or Facts()
    return troubles(said, cluster=target.cluster_name)


def _next(
    release: Release, targets: Sequence[Target], runs: Sequence[StepRun], in_trouble: Collection[str]
) -> dict[str, Any]:
    state = ReleaseState(release.state)
    if state in (ReleaseState.FAILED, ReleaseState.ROLLED_BACK) and (conflicts := met(release)):
        return _after(release) or _conflict(release, conflicts)
    if state is ReleaseState.FAILED:
        return _after(release) or {"next": _mend(release)}
    if state in (ReleaseState.RUNNING, ReleaseState.PAUSED):
        return {"next": _until(release, targets, runs, in_trouble)}
    return {"next": ""}


def _mend(release: Release) -> str:
    before = Release.objects.filter(app_id=release.app_id, number__lt=release.number, state=ReleaseState.SUCCEEDED)
    if before.exists():
        return _("Roll back to what ran before, or mend the app and deploy again.")
    return _("Mend the app and deploy again.")


def _conflict(release: Release, conflicts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Another manager has what the release wanted to set: whose word counts is for a person to say."""
    managers = sorted({manager or _("somebody") for one in conflicts for manager in one["owners"].values()})
    sentence = _("Take over what {managers} changed, or leave it as it is there and deploy again.")
    return {
        "next": sentence.format(managers=", ".join(managers)),
        "next_url": f"{links.app_url(release.app)}#app-{release.app_id}-drift",
        "next_link": _("Look at what was changed"),
    }


def _after(release: Release) -> dict[str, Any]:
    """What came after a release that failed: once it was rolled back, nobody needs to be told to do so."""
    later = Release.objects.filter(app_id=release.app_id, number__gt=release.number, started_at__isnull=False)
    rows = list(later.select_related("revision").order_by("number")[:SHOWN])
    back = next((one for one in rows if one.kind == ReleaseKind.ROLLBACK and not _is_bad(one)), None)
    one = back or next(iter(rows[::-1]), None)
    if one is None:
        return {}
    if back is None:
        sentence = _("Release {number} came after it.")
    elif back.is_over:
        sentence = _("Release {number} brought revision {revision} back.")
    else:
        sentence = _("Release {number} is bringing revision {revision} back.")
    return {
        "next": sentence.format(number=one.number, revision=one.revision.number),
        "next_url": links.release_url(release.app, one.number),
        "next_link": _("Release {number}").format(number=one.number),
    }


def _is_bad(release: Release) -> bool:
    return release.state in BAD or release.state == ReleaseState.SUPERSEDED


def _until(release: Release, targets: Sequence[Target], runs: Sequence[StepRun], in_trouble: Collection[str]) -> str:
    """When a release that runs into trouble will be given up, as the step that waits has set its alarm: one that waits
    for the instances where they are in trouble, and not for people or the calendar.
    """
    names = {one.cluster_id: one.cluster_name for one in targets if one.cluster_name in in_trouble}
    kinds = dict(release.steps.filter(kind__in=FOR_PEOPLE).values_list("number", "kind"))
    watching = [run for run in runs if run.state == RunState.WATCHING and run.wake_at and run.cluster_id in names]
    open_runs = [run for run in watching if run.step not in kinds]
    troubled = [run for run in open_runs if (run.reason or {}).get("code") in _PROBLEMS]
    if not troubled:
        return _("Slipway waits for them until {time}.").format(time=_time(open_runs)) if open_runs else ""
    run = min(troubled, key=lambda one: one.wake_at or one.deadline)
    if run.reason and run.reason["code"] == Problem.CRASH_LOOP:
        sentence = _("The release gives up on {cluster} when they crash again, at the latest at {time}.")
    else:
        sentence = _("The release gives up on {cluster} at {time}, unless that changes.")
    goes_back = cause_of(Reason.load(run.reason)) in release.rollback_on
    then = _("It then goes back by itself.") if goes_back else ""
    told = sentence.format(cluster=names.get(run.cluster_id, "?"), time=_time([run]))
    return " ".join(filter(None, [told, then, _("Abort it to go back at once.")]))


def _time(runs: Sequence[StepRun]) -> str:
    moment: datetime = min(run.wake_at or run.deadline for run in runs)
    return time_format(timezone.localtime(moment), "H:i:s")
