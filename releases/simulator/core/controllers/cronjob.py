"""CronJobs: a Job whenever its time has come, unless the one before is still at it and may not be disturbed."""

from __future__ import annotations

from datetime import tzinfo

from .. import cron, deletion, errors
from ..kinds import CRON_JOB, JOB
from ..objects import Object, annotations_of, clone, is_deleting, labels_of, owner_reference, parse_timestamp, timestamp
from ..world import World, involved
from . import job_status
from .job_status import COMPLETE

SCHEDULED = "batch.kubernetes.io/cronjob-scheduled-timestamp"
_COMPONENT = "cronjob-controller"
_TOO_MANY = 100
_RETRY_CREATION = 5.0


def reconcile(world: World, key: tuple[str, str]) -> None:
    found = world.store.get(CRON_JOB, *key)
    if found is None:
        return
    jobs = _jobs(world, found)
    cron_job = _settle(world, found, jobs)
    if not is_deleting(cron_job) and not cron_job["spec"].get("suspend"):
        _run(world, cron_job)
    _forget(world, cron_job)


def _jobs(world: World, cron_job: Object) -> list[Object]:
    """Its Jobs, the oldest first."""
    owned = [job for kind, job in world.store.dependents(cron_job["metadata"]["uid"]) if kind == JOB]
    return sorted(owned, key=lambda job: (job["metadata"]["creationTimestamp"], job["metadata"]["name"]))


def _tell(world: World, cron_job: Object, reason: str, message: str, *, type_: str = "Normal") -> None:
    world.event(CRON_JOB, cron_job, reason, message, type=type_, component=_COMPONENT)


def _settle(world: World, cron_job: Object, jobs: list[Object]) -> Object:
    """Take Jobs that have ended, or are gone, off the list of those that run."""
    status = clone(cron_job.get("status") or {})
    by_uid = {job["metadata"]["uid"]: job for job in jobs}
    running = []
    for reference in status.get("active") or ():
        job = by_uid.get(reference["uid"])
        if job is None:
            _tell(world, cron_job, "MissingJob", f"Active job went missing: {reference['name']}")
        elif end := job_status.ended(job):
            _tell(world, cron_job, "SawCompletedJob", f"Saw completed job: {reference['name']}, condition: {end}")
            if end == COMPLETE:
                latest = max(status.get("lastSuccessfulTime", ""), job["status"]["completionTime"])
                status["lastSuccessfulTime"] = latest
        else:
            running.append(reference)
    changes = {"active": running or None, "lastSuccessfulTime": status.get("lastSuccessfulTime")}
    return world.update_status(CRON_JOB, cron_job, **changes)


def _run(world: World, cron_job: Object) -> None:
    """Start what is due, and come back for what comes next."""
    spec, meta = cron_job["spec"], cron_job["metadata"]
    zone = cron.zone(spec.get("timeZone", ""))
    if zone is None:
        _tell(world, cron_job, "UnknownTimeZone", f"invalid timeZone: {spec['timeZone']}", type_="Warning")
        return
    schedule = cron.parse(spec["schedule"])
    upcoming = schedule.after(world.now, zone)
    if upcoming is not None:
        world.agenda.add("cronjob", (meta["namespace"], meta["name"]), at=upcoming)
    status = cron_job.get("status") or {}
    since = parse_timestamp(status.get("lastScheduleTime") or meta["creationTimestamp"])
    deadline = spec.get("startingDeadlineSeconds")
    if deadline is not None:
        since = max(since, world.now - deadline)
    due = schedule.latest(since, world.now, zone)
    if due is not None and _missed(schedule, since, world.now, zone) > _TOO_MANY:
        words = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew"
        _tell(world, cron_job, "TooManyMissedTimes", words, type_="Warning")
    if due is not None and not _is_served(cron_job, due) and _has_room(world, cron_job):
        _start(world, world.store.need(CRON_JOB, meta["namespace"], meta["name"]), due)


def _name(cron_job: Object, due: float) -> str:
    """Named after the minute, so that no time comes twice."""
    return f"{cron_job['metadata']['name']}-{int(due) // 60}"


def _is_served(cron_job: Object, due: float) -> bool:
    """Whether that time has had its Job, or one of the same minute still runs."""
    status = cron_job.get("status") or {}
    running = {reference["name"] for reference in status.get("active") or ()}
    return status.get("lastScheduleTime") == timestamp(due) or _name(cron_job, due) in running


def _missed(schedule: cron.Schedule, since: float, now: float, zone: tzinfo) -> float:
    """About how many times have gone by, reckoned from the distance of the first two."""
    first = schedule.after(since, zone)
    second = None if first is None else schedule.after(first, zone)
    return 0.0 if first is None or second is None else (now - first) // (second - first) + 1


def _has_room(world: World, cron_job: Object) -> bool:
    """Whether a Job may start beside those that run, or in their place, in which case they are deleted."""
    policy, running = cron_job["spec"]["concurrencyPolicy"], cron_job.get("status", {}).get("active") or []
    if policy == "Forbid" and running:
        words = "Not starting job because prior execution is running and concurrency policy is Forbid"
        _tell(world, cron_job, "JobAlreadyActive", words)
        return False
    if policy == "Replace":
        for reference in running:
            job = world.store.get(JOB, reference["namespace"], reference["name"])
            if job is not None:
                _remove(world, cron_job, job)
        world.update_status(CRON_JOB, cron_job, active=None)
    return True


def _start(world: World, cron_job: Object, due: float) -> None:
    job = _manifest(cron_job, due)
    meta = cron_job["metadata"]
    if world.store.get(JOB, meta["namespace"], job["metadata"]["name"]) is not None:
        return
    try:
        made = world.create(JOB, job)
    except errors.ApiError as error:
        _tell(world, cron_job, "FailedCreate", f"Error creating job: {error}", type_="Warning")
        world.soon("cronjob", (meta["namespace"], meta["name"]), after=_RETRY_CREATION)
        return
    _tell(world, cron_job, "SuccessfulCreate", f"Created job {made['metadata']['name']}")
    active = [*(cron_job.get("status", {}).get("active") or ()), involved(JOB, made)]
    world.update_status(CRON_JOB, cron_job, active=active, lastScheduleTime=timestamp(due))


def _manifest(cron_job: Object, due: float) -> Object:
    meta, template = cron_job["metadata"], cron_job["spec"]["jobTemplate"]
    shell = {"metadata": template.get("metadata") or {}}
    job_meta: Object = {
        "name": _name(cron_job, due),
        "namespace": meta["namespace"],
        "annotations": {**annotations_of(shell), SCHEDULED: timestamp(due)},
        "ownerReferences": [owner_reference("CronJob", cron_job)],
    }
    if labels_of(shell):
        job_meta["labels"] = dict(labels_of(shell))
    return {"apiVersion": JOB.api_version, "kind": JOB.kind, "metadata": job_meta, "spec": template["spec"]}


def _forget(world: World, cron_job: Object) -> None:
    """Keep of the Jobs that have ended as many as the limits say, the latest of each kind."""
    ended = [(job_status.ended(job), job) for job in _jobs(world, cron_job)]
    for type_, field in ((COMPLETE, "successfulJobsHistoryLimit"), (job_status.FAILED, "failedJobsHistoryLimit")):
        limit = cron_job["spec"].get(field)
        rows = [job for end, job in ended if end == type_ and not is_deleting(job)]
        if limit is not None:
            for job in rows[: max(0, len(rows) - limit)]:
                _remove(world, cron_job, job)


def _remove(world: World, cron_job: Object, job: Object) -> None:
    deletion.delete(world, JOB, job, options={"propagationPolicy": "Background"}, dry_run=False)
    _tell(world, cron_job, "SuccessfulDelete", f"Deleted job {job['metadata']['name']}")
