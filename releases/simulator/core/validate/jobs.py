"""Jobs and CronJobs: what is asked of a new one, and what of it may change later."""

from __future__ import annotations

from typing import Any

from .. import cron
from ..errors import Cause
from ..objects import Object
from ..preparing import CONTROLLER_UID
from ..selectors import selector_matches
from . import names
from .pods import pod_spec
from .workloads import selector_causes

_RESTART = ("OnFailure", "Never")
_MODES = ("NonIndexed", "Indexed")
_REPLACEMENT = ("Failed", "TerminatingOrFailed")
_POLICIES = ("Allow", "Forbid", "Replace")
_COUNTS = ("parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished")
_BY_INDEX = ("backoffLimitPerIndex", "maxFailedIndexes")
_SCHEDULING = ("nodeSelector", "affinity", "tolerations", "schedulingGates")
_LONGEST_CRON_NAME = 52


def job(obj: Object) -> list[Cause]:
    spec = obj["spec"]
    template = spec.get("template") or {}
    labels = (template.get("metadata") or {}).get("labels") or {}
    own = {"matchLabels": {CONTROLLER_UID: labels.get(CONTROLLER_UID)}}
    causes: list[Cause] = []
    if not spec.get("manualSelector") and spec.get("selector") != own:
        causes.append(names.bad("spec.selector", _sorted(spec.get("selector")), "`selector` not auto-generated"))
    causes += _numbers_and_words(spec, "spec")
    if not spec.get("selector"):
        causes.append(names.required("spec.selector"))
    else:
        causes += selector_causes(spec["selector"], "spec.selector", of="job")
    if not spec.get("selector") or not selector_matches(spec["selector"], labels):
        words = "`selector` does not match template `labels`"
        causes.append(names.bad("spec.template.metadata.labels", _sorted(labels) or None, words))
    return causes + _template(spec, "spec")


def job_update(old: Object, new: Object) -> list[Cause]:
    """What a Job does is settled when it is made; where it runs may change until it has started."""
    before, after = old["spec"], new["spec"]
    causes = [
        names.immutable(f"spec.{field}", _sorted(after.get(field)))
        for field in ("completions", "selector", "completionMode")
        if before.get(field) != after.get(field)
    ]
    waits = bool(before.get("suspend")) and "startTime" not in old.get("status", {})
    if _fixed(before["template"], waits=waits) != _fixed(after["template"], waits=waits):
        causes.append(names.immutable("spec.template", after["template"]))
    return causes


def cron_job(obj: Object) -> list[Cause]:
    spec, name = obj["spec"], obj["metadata"]["name"]
    causes = _schedule(spec.get("schedule", ""))
    causes += names.not_negative("spec.startingDeadlineSeconds", spec.get("startingDeadlineSeconds"))
    if spec["concurrencyPolicy"] not in _POLICIES:
        causes.append(names.unsupported("spec.concurrencyPolicy", spec["concurrencyPolicy"], _POLICIES))
    causes += _job_template((spec.get("jobTemplate") or {}).get("spec") or {}, "spec.jobTemplate.spec")
    for field in ("successfulJobsHistoryLimit", "failedJobsHistoryLimit"):
        causes += names.not_negative(f"spec.{field}", spec.get(field))
    causes += _zone(spec.get("timeZone"))
    if len(name) > _LONGEST_CRON_NAME:
        causes.append(names.bad("metadata.name", name, f"must be no more than {_LONGEST_CRON_NAME} characters"))
    return causes


def _sorted(value: Any) -> Any:
    """Labels and selectors in the order the API server shows them."""
    if not isinstance(value, dict):
        return value
    return {key: _sorted(value[key]) for key in sorted(value)}


def _numbers_and_words(spec: Object, field: str) -> list[Cause]:
    causes: list[Cause] = []
    for name in (*_COUNTS, *_BY_INDEX):
        causes += names.not_negative(f"{field}.{name}", spec.get(name))
    if "maxFailedIndexes" in spec and "backoffLimitPerIndex" not in spec:
        causes.append(names.required(f"{field}.backoffLimitPerIndex", "when maxFailedIndexes is specified"))
    for name, allowed in (("completionMode", _MODES), ("podReplacementPolicy", _REPLACEMENT)):
        if name in spec and spec[name] not in allowed:
            causes.append(names.unsupported(f"{field}.{name}", spec[name], allowed))
    if spec.get("completionMode") == "Indexed" and spec.get("completions") is None:
        words = "when completion mode is Indexed"
        causes.append(names.required(f"{field}.completions", words))
    for name in _BY_INDEX if spec.get("completionMode", "NonIndexed") == "NonIndexed" else ():
        if name in spec:
            causes.append(names.bad(f"{field}.{name}", spec[name], "requires indexed completion mode"))
    return causes


def _template(spec: Object, field: str) -> list[Cause]:
    template = spec.get("template") or {}
    meta = template.get("metadata") or {}
    causes = names.labels(f"{field}.template.labels", meta.get("labels"))
    causes += names.annotation_map(f"{field}.template.annotations", meta.get("annotations"))
    causes += pod_spec(template.get("spec"), f"{field}.template.spec")
    if (template.get("spec") or {}).get("restartPolicy", "Always") == "Always":
        choices = ", ".join(f'"{choice}"' for choice in _RESTART)
        causes.append(names.required(f"{field}.template.spec.restartPolicy", f"valid values: {choices}"))
    return causes


def _job_template(spec: Object, field: str) -> list[Cause]:
    causes = _numbers_and_words(spec, field)
    if spec.get("manualSelector"):
        causes.append(names.unsupported(f"{field}.manualSelector", value=True, allowed=("nil", "false")))
    if spec.get("selector"):
        causes.append(names.bad(f"{field}.selector", spec["selector"], "`selector` will be auto-generated"))
    return causes + _template(spec, field)


def _fixed(template: Object, *, waits: bool) -> Object:
    """What of a template may never change, or not any more once the Job has started."""
    if not waits:
        return template
    return {"spec": {key: value for key, value in template["spec"].items() if key not in _SCHEDULING}}


def _schedule(text: str) -> list[Cause]:
    if not text:
        return [names.required("spec.schedule")]
    if "TZ" in text:
        words = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"
        return [names.bad("spec.schedule", text, words)]
    try:
        cron.parse(text)
    except ValueError as error:
        return [names.bad("spec.schedule", text, str(error))]
    return []


def _zone(name: str | None) -> list[Cause]:
    if name is None:
        return []
    if not name:
        return [names.bad("spec.timeZone", name, "timeZone must be nil or non-empty string")]
    if name.lower() == "local":
        words = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones"
        return [names.bad("spec.timeZone", name, words)]
    if cron.zone(name) is None:
        return [names.bad("spec.timeZone", name, f"unknown time zone {name}")]
    return []
