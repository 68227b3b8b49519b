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
from releases.sentences import COUNTED, SENTENCES
from releases.states import Problem, ReleaseKind, ReleaseState, RunState, TargetState

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
    "notify": _("Tell"),
    "soak": _("Look on"),
    "window": _("Wait for a window"),
    "freeze": _("Wait for the end of a freeze"),
    "open_tracks": _("Open the second track"),
    "trade": _("Replace instances"),
    "traffic": _("Move traffic"),
    "job": _("Run"),
    "build": _("Build"),
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
    Problem.UNPREPARED: _(
        "gone, and Slipway may make nothing in its namespace. A release waits until a platform operator makes the "
        "cluster ready again (cluster.prepare)"
    ),
    Problem.REPLACED: _(
        "deleted outside Slipway, and another one of its name was made. A release is refused: delete that one there "
        "and deploy; or, if the app is on no other cluster, take it over in its place (app.adopt)"
    ),
    Problem.ASTRAY: _(
        "its label slipway.dev/app-id or app.kubernetes.io/managed-by was changed or removed outside Slipway. Deploy "
        "puts it back"
    ),
    Problem.HELD: _("its rollout is paused outside Slipway. Resume it there: kubectl rollout resume"),
    Problem.COPIED: _(
        "made outside Slipway with the labels of the app. The next release removes it, unless you take its label "
        "slipway.dev/app-id off"
    ),
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
    Problem.UNPREPARED: ngettext_lazy(
        "{number} workload is gone, and Slipway may make nothing in its namespace",
        "{number} workloads are gone, and Slipway may make nothing in their namespace",
        "number",
    ),
    Problem.REPLACED: ngettext_lazy(
        "{number} workload was deleted outside Slipway and another one of its name made",
        "{number} workloads were deleted outside Slipway and others of their names made",
        "number",
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
    Problem.COPIED: ngettext_lazy(
        "{number} workload was made outside Slipway with the labels of the app",
        "{number} workloads were made outside Slipway with the labels of the app",
        "number",
    ),
}


_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}")
_NEXT = {
    Problem.GONE: _("Deploy makes it again."),
    Problem.UNPREPARED: _("A release waits until a platform operator makes the cluster ready again (cluster.prepare)."),
    Problem.REPLACED: _(
        "Delete that one there and deploy; or, if the app is on no other cluster, take it over in its place "
        "(app.adopt)."
    ),
    Problem.ASTRAY: _("Deploy puts it back."),
    Problem.HELD: _("Resume it there: kubectl rollout resume."),
    Problem.COPIED: _("The next release removes what has them: take its label slipway.dev/app-id off to keep it."),
}

_DOORS: dict[str, str | Promise] = {
    "both": _("Lead to old and new"),
    "canary": _("Switch to the new set"),
}

_NAMED = ("approval", "http_call", "http_check", "metric_check", "job", "build", "notify")
"""Kinds of steps of which there may be many in a plan, told apart by what people called them."""


class _Blank(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"


def words(reason: Reason | None) -> str:
    """A reason as a sentence in the reader's language; empty for none, the code for one that has no sentence."""
    if reason is None:
        return ""
    values = _Blank({key: _plain(value) for key, value in reason.values.items()})
    by_name = reason.code == "held" and reason.values.get("words")
    code = "held_by" if by_name else reason.code
    sentence: Any = SENTENCES.get(code, code)
    if by := COUNTED.get(code):
        number = reason.values.get(by)
        sentence = sentence % {by: number if isinstance(number, int) else 0}
    return str(sentence).format_map(values)


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
    if kind == "traffic" and options.get("share") is not None and not options.get("doors"):
        header = str(_("and requests with {header}")).format(header=options["header"]) if options.get("header") else ""
        return str(_("{share} % of the traffic {header}")).format(share=options["share"], header=header).rstrip()
    if kind == "traffic":
        return str(_DOORS.get(str(options.get("doors")), STEPS["traffic"]))
    if kind == "hold":
        return _hold_title(options)
    title = str(STEPS.get(str(options.get("part", kind)), kind))
    return f"{title}: {options['name']}" if kind in _NAMED and options.get("name") else title


def _hold_title(options: Mapping[str, Any]) -> str:
    seconds = options.get("seconds")
    if not seconds:
        return str(STEPS["hold"])
    if options.get("keeps"):
        words = ngettext("Keep the old set for {seconds} second", "Keep the old set for {seconds} seconds", seconds)
    else:
        words = ngettext("Wait {seconds} second", "Wait {seconds} seconds", seconds)
    return words.format(seconds=seconds)


def _trade_title(options: Mapping[str, Any]) -> str:
    if options.get("grows") == "stable":
        return str(_("Move back to the first track"))
    if not (amount := str(options.get("to", ""))):
        return str(STEPS["trade"])
    if options.get("keep"):
        return str(_("Start a second full set"))
    if options.get("unweighted") or (options.get("shared") and not options.get("weighted")):
        return str(_("{amount} new, as its share of the traffic")).format(amount=amount)
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
