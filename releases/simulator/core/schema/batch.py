"""Jobs and CronJobs."""

from __future__ import annotations

from .model import (
    BOOLEAN,
    INTEGER,
    LABEL_SELECTOR,
    META,
    OPEN,
    TIME,
    ListOf,
    Schema,
    Struct,
    atomic,
    standing,
    struct,
    whole,
)
from .pods import POD_TEMPLATE

_JOB_SPEC = struct(
    "completionMode",
    "podReplacementPolicy",
    "managedBy",
    parallelism=INTEGER,
    completions=INTEGER,
    activeDeadlineSeconds=INTEGER,
    backoffLimit=INTEGER,
    backoffLimitPerIndex=INTEGER,
    maxFailedIndexes=INTEGER,
    ttlSecondsAfterFinished=INTEGER,
    selector=LABEL_SELECTOR,
    manualSelector=BOOLEAN,
    suspend=BOOLEAN,
    template=POD_TEMPLATE,
    podFailurePolicy=OPEN,
    successPolicy=OPEN,
)
_STATUS: dict[str, Schema] = {
    "conditions": ListOf(struct("type", "status", "reason", "message", lastProbeTime=TIME, lastTransitionTime=TIME)),
    "startTime": TIME,
    "completionTime": TIME,
    "active": INTEGER,
    "ready": INTEGER,
    "terminating": INTEGER,
    "succeeded": INTEGER,
    "failed": INTEGER,
    "uncountedTerminatedPods": OPEN,
}
JOB = whole(spec=_JOB_SPEC, status=Struct({**struct("completedIndexes", "failedIndexes").fields, **_STATUS}))
CRON_JOB = whole(
    spec=struct(
        "schedule",
        "timeZone",
        "concurrencyPolicy",
        startingDeadlineSeconds=INTEGER,
        suspend=BOOLEAN,
        successfulJobsHistoryLimit=INTEGER,
        failedJobsHistoryLimit=INTEGER,
        jobTemplate=standing(struct(metadata=standing(META), spec=standing(_JOB_SPEC))),
    ),
    status=struct(
        active=ListOf(atomic("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")),
        lastScheduleTime=TIME,
        lastSuccessfulTime=TIME,
    ),
)
