"""Reasons in words, worded when they are read. Each sentence says what happened and, where there is one, what to do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, ngettext_lazy

from portal.ui.figures import duration
from releases.reasons import Reason
from releases.states import Problem, ReleaseKind, ReleaseState, RunState, TargetState

SENTENCES: dict[str, str | Promise] = {
    "crash_loop": _("{process} keeps crashing on {cluster}: {words}. Read its log."),
    "image_pull": _("{cluster} cannot pull the image of {process}: {words}. Check its name and the registry's rights."),
    "bad_config": _("{process} cannot start on {cluster}: {words}. Check its command and its configuration."),
    "progress_deadline": _("{process} made no progress on {cluster}: {words}. Look at its instances."),
    "quota": _("{cluster} has no room for more instances of {process}: {words}. Ask for fewer, or for more quota."),
    "unschedulable": _("No machine of {cluster} takes an instance of {process}: {words}."),
    "gone": _("{process} was deleted on {cluster}, outside Slipway. Deploy makes it again."),
    "astray": _(
        "Somebody changed or removed a label by which Slipway knows {process} on {cluster}. Deploy puts it back."
    ),
    "refused": _("{cluster} refused the change: {words}"),
    "cluster_quota": _("{words}"),
    "tried_again": _("{words}"),
    "fence_lost": _("A newer release has taken {cluster} over."),
    "nothing_here": _("Nothing shall run here any more."),
    "not_wanted": _("Its condition does not hold."),
    "bad_expression": _("What {step} says of earlier steps cannot be worked out: {words}. Change it and deploy again."),
    "tries_again": _("It is tried again at {at}. {waited}"),
    "done_elsewhere": _("Waits for {cluster}, which does it for all clusters."),
    "goes_back_first": _("Goes on here until all is back on {cluster}."),
    "kept_here": _("What runs on {cluster} stays, because it did not come back on {other}: {waited}"),
    "job_begins": _("Waits for {cluster} to begin {step}."),
    "job_runs": _("{step} runs on {cluster}."),
    "job_failed": _("{step} failed on {cluster}: {words}. Read its log below."),
    "call_refused": _("The call of {step} went wrong: {words}. Look at its address and at what it sends."),
    "no_answer": _("No answer to {step} came within {seconds} seconds. Look whether its server is there."),
    "checking": _("{step} asked {asked} times, {bad} answers were not right."),
    "http_check_failed": _("The check {step} failed on {cluster}: {bad} of {asked} answers were wrong, last: {words}."),
    "metric_check_failed": _(
        "The check {step} failed on {cluster}: {bad} of {asked} values were not {bounds}, the last was {value}."
    ),
    "not_seen_yet": _("Waiting for {cluster} to report the change."),
    "held": _(
        "Somebody paused the rollout of {process} on {cluster}, so no new instance comes. Resume it there: kubectl "
        "rollout resume."
    ),
    "rolling": _("{ready} of {wanted} new instances are ready."),
    "trading": _("{ready} of {goal} new instances are ready, {old} old ones run beside them."),
    "instances_left": _("{left} instances are still going."),
    "objects_left": _("{left} objects are still going."),
    "waits_for_approval": _("{given} of {count} people have approved."),
    "approval_expired": _("Nobody approved it within {seconds} seconds. Deploy again when somebody can."),
    "note": _("{words}"),
    "soaking": _("Looking on until {until}."),
    "soak_failed": _(
        "New instances restarted {restarts} times on {cluster}, {allowed} were allowed. Look at their logs."
    ),
    "frozen": _("Frozen until {until} ({name}): {words}."),
    "window_closed": _("Waits for its window, which opens at {until}."),
    "waits_for_person": _("Waits until somebody lets it go on."),
    "wave_waits_for_person": _("Wave {wave} waits until somebody lets it go on."),
    "wave_waits": _("Wave {wave} begins at {until}."),
    "rejected": _("{by} rejected it: {words}"),
    "skipped": _("{by} skipped this step."),
    "paused": _("{by} paused it. Resume it to let the next steps begin."),
    "aborted": _("{by} aborted it."),
    "superseded": _("{by} started a newer release in its place."),
    "app_deleted": _("{by} deleted the app."),
    "stopped": _("It was stopped."),
    "queued": _("Waits for release {number} to end."),
    "within_budget": _("{failed} of {all} clusters failed, which the release allows."),
    "cluster_away": _("{cluster} does not answer, as seen at {since}. Slipway waited until the step's time was over."),
    "effect_overdue": _("{cluster} did not take the change within {seconds} seconds. Deploy again when it answers."),
    "check_failed": _("A check of {process} failed on {cluster}: {words}. Look at its instances, or roll back."),
    "deadline": _("{cluster} made no progress for {seconds} seconds. {waited}"),
    "rollback_failed": _("Rolling back failed on {clusters}: {waited}"),
    "given_up": _("Slipway gave up on {cluster}: {words}"),
}

RELEASE_STATES: dict[ReleaseState, str | Promise] = {
    ReleaseState.PLANNED: _("Planned"),
    ReleaseState.WAITING: _("Waiting"),
    ReleaseState.RUNNING: _("Running"),
    ReleaseState.PAUSED: _("Paused"),
    ReleaseState.ABORTING: _("Aborting"),
    ReleaseState.ROLLING_BACK: _("Rolling back"),
    ReleaseState.SUCCEEDED: _("Succeeded"),
    ReleaseState.ROLLED_BACK: _("Rolled back"),
    ReleaseState.FAILED: _("Failed"),
    ReleaseState.SUPERSEDED: _("Superseded"),
}
# What went back to nothing, because nothing ran before.
REMOVED = _("Removed again")
RELEASE_KINDS: dict[ReleaseKind, str | Promise] = {
    ReleaseKind.DEPLOY: _("Deploy"),
    ReleaseKind.ROLLBACK: _("Rollback"),
    ReleaseKind.RESTART: _("Restart"),
    ReleaseKind.STOP: _("Stop"),
    ReleaseKind.START: _("Start"),
    ReleaseKind.ACT: _("Delete an instance"),
    ReleaseKind.MOVE: _("Move"),
    ReleaseKind.DELETE: _("Delete"),
}
TARGET_STATES: dict[TargetState, str | Promise] = {
    TargetState.WAITING: _("Waiting"),
    TargetState.RUNNING: _("Running"),
    TargetState.DONE: _("Done"),
    TargetState.FAILED: _("Failed"),
    TargetState.STOPPED: _("Stopped"),
    TargetState.ROLLING_BACK: _("Rolling back"),
    TargetState.ROLLED_BACK: _("Rolled back"),
}
RUN_STATES: dict[RunState, str | Promise] = {
    RunState.ACTING: _("Writing"),
    RunState.WATCHING: _("Watching"),
    RunState.STOPPING: _("Stopping"),
    RunState.DONE: _("Done"),
    RunState.SKIPPED: _("Skipped"),
    RunState.FAILED: _("Failed"),
    RunState.STOPPED: _("Stopped"),
}
STEPS: dict[str, str | Promise] = {
    "needs": _("Prepare"),
    "workloads": _("Apply"),
    "leads": _("Open to traffic"),
    "set_replicas": _("Set instances"),
    "wait_ready": _("Wait for ready"),
    "others_back": _("Wait until the others are back"),
    "scale_down": _("Take down"),
    "prune": _("Clean up"),
    "wait_gone": _("Wait until gone"),
    "delete_instance": _("Delete the instance"),
    "hold": _("Wait for a person"),
    "gate": _("Wait for its wave"),
    "approval": _("Approval"),
    "note": _("By hand"),
    "soak": _("Look on"),
    "window": _("Wait for a window"),
    "freeze": _("Wait for the end of a freeze"),
    "open_tracks": _("Open the second track"),
    "trade": _("Replace instances"),
    "traffic": _("Move traffic"),
    "job": _("Run"),
    "http_call": _("Call"),
    "http_check": _("Check over HTTP"),
    "metric_check": _("Check a metric"),
}

PROBLEMS: dict[Problem, str | Promise] = {
    Problem.CRASH_LOOP: _("crashing"),
    Problem.IMAGE_PULL: _("image not found"),
    Problem.BAD_CONFIG: _("cannot start"),
    Problem.PROGRESS_DEADLINE: _("no progress"),
    Problem.QUOTA: _("no room"),
    Problem.UNSCHEDULABLE: _("no machine takes it"),
    Problem.REFUSED: _("refused"),
    Problem.GONE: _("deleted outside Slipway. Deploy makes it again"),
    Problem.ASTRAY: _(
        "its label slipway.dev/app-id or app.kubernetes.io/managed-by was changed or removed outside Slipway. Deploy "
        "puts it back"
    ),
    Problem.HELD: _("its rollout is paused outside Slipway. Resume it there: kubectl rollout resume"),
}
_COUNTED: dict[Problem, Any] = {
    Problem.CRASH_LOOP: ngettext_lazy("{number} instance keeps crashing", "{number} instances keep crashing", "number"),
    Problem.IMAGE_PULL: ngettext_lazy(
        "{number} instance does not get its image", "{number} instances do not get their image", "number"
    ),
    Problem.BAD_CONFIG: ngettext_lazy("{number} instance cannot start", "{number} instances cannot start", "number"),
    Problem.UNSCHEDULABLE: ngettext_lazy(
        "no machine takes {number} instance", "no machine takes {number} instances", "number"
    ),
    Problem.PROGRESS_DEADLINE: _("an update makes no progress"),
    Problem.QUOTA: _("there is no room for more instances"),
    Problem.REFUSED: _("new instances are refused"),
    Problem.GONE: ngettext_lazy(
        "{number} workload was deleted outside Slipway", "{number} workloads were deleted outside Slipway", "number"
    ),
    Problem.ASTRAY: ngettext_lazy(
        "{number} workload lost the label by which Slipway knows it",
        "{number} workloads lost the label by which Slipway knows them",
        "number",
    ),
    Problem.HELD: ngettext_lazy(
        "the rollout of {number} workload is paused outside Slipway",
        "the rollouts of {number} workloads are paused outside Slipway",
        "number",
    ),
}


_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}")
_NEXT = {
    Problem.GONE: _("Deploy makes it again."),
    Problem.ASTRAY: _("Deploy puts it back."),
    Problem.HELD: _("Resume it there: kubectl rollout resume."),
}

_DOORS: dict[str, str | Promise] = {
    "both": _("Lead to old and new"),
    "canary": _("Switch to the new set"),
}

_NAMED = ("http_call", "http_check", "metric_check", "job")
"""Kinds of steps of which there may be many in a plan, told apart by what people called them."""


class _Blank(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"


def words(reason: Reason | None) -> str:
    """A reason as a sentence in the reader's language; empty for none, the code for one that has no sentence."""
    if reason is None:
        return ""
    values = _Blank({key: _plain(value) for key, value in reason.values.items()})
    return str(SENTENCES.get(reason.code, reason.code)).format_map(values)


def count_of(problem: str, number: int) -> str:
    """How many instances have a problem, as the start of a sentence: `2 instances keep crashing`."""
    return str(_COUNTED[Problem(problem)] % {"number": number}).format(number=number)


def trouble_of(problems: Mapping[str, int]) -> str:
    """What is wrong, counted: `1 instance keeps crashing, 2 instances cannot start`; empty when nothing is."""
    return ", ".join(count_of(problem, number) for problem, number in problems.items())


def advice_of(problems: Mapping[str, int]) -> str:
    """What is wrong, and what to do about it where it is not for the instances to say; empty when nothing is."""
    return ". ".join(filter(None, (trouble_of(problems), *(str(_NEXT[one]) for one in _NEXT if one in problems))))


def state_title(state: str) -> str:
    """What the state of a release is called."""
    return str(RELEASE_STATES[ReleaseState(state)])


def end_told(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the log says of a release that ended, with its state and how long it took as its page words them."""
    state = values.get("state")
    title = str(RELEASE_STATES[ReleaseState(state)]).lower() if state in set(ReleaseState) else state
    title = str(REMOVED).lower() if values.get("removed") else title
    return {**values, "state": title, "seconds": duration(values.get("seconds"))}


def kind_title(kind: str) -> str:
    """What a release of this kind is called."""
    return str(RELEASE_KINDS.get(ReleaseKind(kind), kind))


def step_title(kind: str, options: Mapping[str, Any]) -> str:
    """What a step of the plan is called, with how much of it where that is planned."""
    if kind == "trade":
        return _trade_title(options)
    if kind == "traffic" and options.get("share") is not None:
        header = str(_("and requests with {header}")).format(header=options["header"]) if options.get("header") else ""
        return str(_("{share} % of the traffic {header}")).format(share=options["share"], header=header).rstrip()
    if kind == "traffic":
        return str(_DOORS.get(str(options.get("doors")), STEPS["traffic"]))
    if kind == "hold" and options.get("seconds"):
        return ngettext("Wait {seconds} second", "Wait {seconds} seconds", options["seconds"]).format(**options)
    title = str(STEPS.get(str(options.get("part", kind)), kind))
    return f"{title}: {options['name']}" if kind in _NAMED and options.get("name") else title


def _trade_title(options: Mapping[str, Any]) -> str:
    if options.get("grows") == "stable":
        return str(_("Move back to the first track"))
    amount = str(options.get("to", ""))
    if not amount:
        return str(STEPS["trade"])
    if options.get("keep"):
        return str(_("Start a second full set"))
    return str(_("{amount} new")).format(amount=amount) if amount != "100%" else str(_("All of them new"))


def _plain(value: Any) -> str:
    if isinstance(value, dict) and "code" in value:
        return words(Reason.load(value))
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    text = "" if value is None else str(value)
    return _moment(text) if _MOMENT.match(text) else text.rstrip(".")


def _moment(text: str) -> str:
    """A moment in ISO 8601 as people read it; what only begins like one stays as it is."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return text
    return f"{found:%Y-%m-%d %H:%M} UTC" if found.utcoffset() == timedelta() else text
