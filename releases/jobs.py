"""Jobs of steps on a cluster: making one, and asking how it has ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from apps_mgmt import secrets
from apps_mgmt.rendering import Manifest, key_of, secret_keys, step_job
from apps_mgmt.rendering.step_jobs import RUN
from portal import outbox
from portal.errors import PlatformError, Refused
from releases.effects import RunJob
from releases.gateway import Gateway
from releases.having import GIVEN
from releases.models import Step, Target
from releases.outside import answers

LOG_PATIENCE = timedelta(seconds=60)
LINES, LINE_LENGTH, LOG_LENGTH = 100, 500, 8_000
"""What is kept of a log: so many lines, each so long, so many characters together."""


def manifest_of(effect: RunJob, target: Target) -> Manifest:
    """The job that a step runs on a target, from what was frozen there."""
    step = Step.objects.get(release_id=target.release_id, number=effect.step)
    workload = next(one for one in target.manifests if key_of(one) == effect.workload)
    return step_job(
        workload,
        run=effect.run,
        step=step.options["name"],
        command=step.options["command"],
        resources=step.options["resources"],
        inputs=effect.inputs,
        seconds=max(1, round(step.timeout)),
        image=step.options.get("image", ""),
    )


def collect(gateway: Gateway, target: Target, *, run: str) -> dict[str, Any]:
    """How a job has ended, what it wrote and what it gave, without secrets. Raises Retry for one that runs on."""
    pods = [one for one in gateway.list_app(str(target.release.app_id))["pods"] if _labels(one).get(RUN) == run]
    pod = pods[-1] if pods else {}
    phase = pod.get("status", {}).get("phase")
    if pod and phase not in ("Succeeded", "Failed"):
        raise outbox.Retry("The job runs on.", after=1.0)
    if not pod:
        return {"ended": {"well": False, "words": _("its instance was removed before it ended")}, "log": []}
    lines = _log(gateway, pod)
    hidden = _secrets(target)
    log = _cut([answers.masked(line, hidden) for line in lines])
    words = _words(pod, log) if phase == "Failed" else ""
    given = answers.masked(answers.last_of(lines), hidden)
    return {"ended": {"well": phase == "Succeeded", "words": words}, "log": log, GIVEN: given}


def _log(gateway: Gateway, pod: Mapping[str, Any]) -> list[str]:
    """What it wrote. A log that is with a machine which does not answer is waited for, but not for ever."""
    try:
        return gateway.logs(pod["metadata"]["name"], container=_container(pod), tail=LINES)
    except PlatformError:
        at = str(_terminated(pod).get("finishedAt") or "")
        if at and timezone.now() - datetime.fromisoformat(at) < LOG_PATIENCE:
            raise outbox.Retry("Its log cannot be read yet.", after=5.0) from None
        return [_("(Its log cannot be read.)")]


def _cut(lines: Sequence[str]) -> list[str]:
    """The last lines that fit."""
    kept: list[str] = []
    length = 0
    for line in reversed([one[:LINE_LENGTH] for one in lines]):
        length += len(line)
        if length > LOG_LENGTH:
            break
        kept.insert(0, line)
    return kept


def _words(pod: Mapping[str, Any], log: Sequence[str]) -> str:
    """The last line it wrote, and how it ended."""
    ended = _terminated(pod)
    last = next((line for line in reversed(log) if line.strip()), "")
    code = f"exit code {ended['exitCode']}" if "exitCode" in ended else str(pod["status"].get("message", ""))
    return " · ".join(filter(None, (str(ended.get("message", "")) or last, code)))


def _terminated(pod: Mapping[str, Any]) -> Mapping[str, Any]:
    states: Iterator[Mapping[str, Any]] = (row.get("state", {}) for row in pod["status"].get("containerStatuses", ()))
    return next((one["terminated"] for one in states if "terminated" in one), {})


def _container(pod: Mapping[str, Any]) -> str:
    rows: Sequence[Any] = pod.get("status", {}).get("containerStatuses") or ()
    return str(rows[0]["name"]) if len(rows) == 1 else ""


def _labels(pod: Mapping[str, Any]) -> Mapping[str, str]:
    found: Mapping[str, str] = pod["metadata"].get("labels") or {}
    return found


def _secrets(target: Target) -> list[str]:
    """The values that the job was given, as far as they are still there: what was revoked since is told by nobody."""
    found: list[str] = []
    for name, version in {pair for one in target.manifests for pair in secret_keys(one).values()}:
        try:
            found += secrets.reveal(target.release.app_id, [(name, str(version))]).values()
        except Refused:
            continue
    return found
