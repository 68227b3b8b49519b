"""Jobs: as many pods at a time as wanted, until enough have succeeded, too many failed, or the time is over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import deletion, errors
from ..kinds import JOB
from ..objects import Object, clone, condition_of, condition_true, is_deleting, parse_timestamp
from ..world import World
from . import job_indexes, job_pods, job_status
from .job_pods import COMPONENT
from .job_status import COMPLETE, FAILED, SUSPENDED

_FIRST_BACKOFF = 10.0
_LONGEST_BACKOFF = 600.0
_RETRY_CREATION = 5.0
_OVERDUE = ("DeadlineExceeded", "Job was active longer than specified deadline")
_HOPELESS = ("BackoffLimitExceeded", "Job has reached the specified backoff limit")


def reconcile(world: World, key: tuple[str, str]) -> None:
    job = world.store.get(JOB, *key)
    if job is None:
        job_pods.release_orphans(world, key[0])
        return
    before = job_status.ended(job)
    look = _Look(world, job)
    look.count()
    if not before:
        look.go_on()
    world.update_status(JOB, job, **look.shown())
    if before:
        _expire(world, world.store.need(JOB, *key))


def _expire(world: World, job: Object) -> None:
    """Delete a Job that has been over for ``ttlSecondsAfterFinished``, its pods first."""
    ttl = job["spec"].get("ttlSecondsAfterFinished")
    if ttl is None or is_deleting(job):
        return
    end = condition_of(job, job_status.ended(job)) or {}
    due = parse_timestamp(end["lastTransitionTime"]) + ttl
    if world.now < due:
        world.agenda.add("job", (job["metadata"]["namespace"], job["metadata"]["name"]), at=due)
        return
    deletion.delete(world, JOB, job, options={"propagationPolicy": "Foreground"}, dry_run=False)


class _Look:
    """One look at a Job: its status as it will be, and what was done about its pods."""

    def __init__(self, world: World, job: Object) -> None:
        self.world = world
        self.job = job
        self.spec: Object = job["spec"]
        self.status: Object = clone(job.get("status") or {})
        self.stamp = world.stamp()
        self.key = (job["metadata"]["namespace"], job["metadata"]["name"])

    def _memory(self) -> dict[str, Any]:
        return self.world.runtime.setdefault(f"job/{self.job['metadata']['uid']}", {"failures": 0, "last": 0.0})

    def _pods(self) -> list[Object]:
        return job_pods.all_of(self.world, self.job)

    def _active(self) -> list[Object]:
        return [pod for pod in self._pods() if job_pods.is_active(pod)]

    def _tally(self, field: str) -> int:
        return int(self.status.get(field, 0))

    def count(self) -> None:
        """Add up the pods that have ended since the last look. One deleted on the way has failed."""
        for pod in self._pods():
            if not job_pods.is_tracked(pod) or job_pods.is_active(pod):
                continue
            if job_pods.phase_of(pod) == "Succeeded":
                self._succeed(pod)
            elif not self._is_waived(pod):
                self.status["failed"] = self._tally("failed") + 1
                memory = self._memory()
                memory.update(failures=memory["failures"] + 1, last=self.world.now)
            job_pods.release(self.world, pod)

    def _succeed(self, pod: Object) -> None:
        self._memory()["failures"] = 0
        if not job_indexes.is_indexed(self.job):
            self.status["succeeded"] = self._tally("succeeded") + 1
            return
        done = job_indexes.read(self.status.get("completedIndexes", "")) | {job_indexes.index_of(pod)}
        self.status.update(succeeded=len(done), completedIndexes=job_indexes.write(done))

    def _is_waived(self, pod: Object) -> bool:
        """A pod that the Job itself took away, to pause or because enough have succeeded, is no failure."""
        taken = self.spec.get("suspend") or job_status.announced(self.status) == COMPLETE
        return job_pods.phase_of(pod) != "Failed" and bool(taken)

    def go_on(self) -> None:
        if not job_status.announced(self.status):
            self._start()
            self._judge()
        if job_status.announced(self.status):
            self._wind_up()
        elif not is_deleting(self.job):
            self._suspend() if self.spec.get("suspend") else self._fill()

    def _start(self) -> None:
        if self.spec.get("suspend"):
            return
        if condition_true({"status": self.status}, SUSPENDED):
            words = ("JobResumed", "Job resumed")
            job_status.put(self.status, SUSPENDED, *words, stamp=self.stamp, holds=False)
            self.status["startTime"] = self.stamp
            self.world.event(JOB, self.job, "Resumed", "Job resumed", component=COMPONENT)
        self.status.setdefault("startTime", self.stamp)

    def _judge(self) -> None:
        """See whether it has failed or is complete."""
        if self._tally("failed") > self.spec["backoffLimit"] or self._restarts_too_often():
            job_status.announce(self.status, FAILED, *_HOPELESS, stamp=self.stamp)
        elif self._is_overdue():
            job_status.announce(self.status, FAILED, *_OVERDUE, stamp=self.stamp)
        elif self._is_complete():
            words = ("CompletionsReached", "Reached expected number of succeeded pods")
            job_status.announce(self.status, COMPLETE, *words, stamp=self.stamp)

    def _restarts_too_often(self) -> bool:
        """Pods that are restarted in their place never fail; their restarts are counted instead."""
        if self.spec["template"]["spec"].get("restartPolicy") != "OnFailure":
            return False
        restarts = sum(job_pods.restarts_of(pod) for pod in self._active())
        return restarts > 0 and restarts >= self.spec["backoffLimit"]

    def _is_overdue(self) -> bool:
        limit = self.spec.get("activeDeadlineSeconds")
        if limit is None or self.spec.get("suspend"):
            return False
        due = parse_timestamp(self.status["startTime"]) + limit
        if self.world.now >= due:
            return True
        self.world.agenda.add("job", self.key, at=due)
        return False

    def _is_complete(self) -> bool:
        wanted, succeeded = self.spec.get("completions"), self._tally("succeeded")
        enough = succeeded > 0 if wanted is None else succeeded >= wanted
        return enough and not self._active()

    def _wind_up(self) -> None:
        """Take away what still runs, and say that it has ended once the last of it is gone."""
        job_pods.remove(self.world, self.job, self._active())
        self.count()
        if any(not job_pods.is_finished(pod) for pod in self._pods()):
            return
        end = job_status.conclude(self.status, stamp=self.stamp)
        self.world.runtime.pop(f"job/{self.job['metadata']['uid']}", None)
        if end["type"] == COMPLETE:
            self.world.event(JOB, self.job, "Completed", "Job completed", component=COMPONENT)
        else:
            self.world.event(JOB, self.job, end["reason"], end["message"], type="Warning", component=COMPONENT)

    def _suspend(self) -> None:
        job_pods.remove(self.world, self.job, self._active())
        self.count()
        if not condition_true({"status": self.status}, SUSPENDED):
            job_status.put(self.status, SUSPENDED, "JobSuspended", "Job suspended", stamp=self.stamp)
            self.world.event(JOB, self.job, "Suspended", "Job suspended", component=COMPONENT)

    def _wanted(self, active: int) -> int:
        """How many pods should run now; none in place of an ended one after the first success that is enough."""
        wanted, succeeded = self.spec.get("completions"), self._tally("succeeded")
        if wanted is None:
            return active if succeeded else int(self.spec["parallelism"])
        return int(min(wanted - succeeded, self.spec["parallelism"]))

    def _fill(self) -> None:
        active = self._active()
        wanted = self._wanted(len(active))
        if len(active) > wanted:
            job_pods.remove(self.world, self.job, job_pods.by_progress(active)[: len(active) - wanted])
            return
        if len(active) < wanted and self._may_try_again():
            self._make(wanted - len(active))

    def _may_try_again(self) -> bool:
        """After a failure, and more so after several, it waits before the next pod."""
        memory = self._memory()
        if not memory["failures"]:
            return True
        wait = min(_FIRST_BACKOFF * 2.0 ** (memory["failures"] - 1), _LONGEST_BACKOFF)
        if self.world.now >= memory["last"] + wait:
            return True
        self.world.agenda.add("job", self.key, at=memory["last"] + wait)
        return False

    def _make(self, number: int) -> None:
        numbers: Sequence[int | None] = [None] * number
        if job_indexes.is_indexed(self.job):
            done = self.status.get("completedIndexes", "")
            numbers = job_indexes.free(self.job, done=done, active=self._active())[:number]
        try:
            for index in numbers:
                job_pods.make(self.world, self.job, number=index)
        except errors.ApiError as error:
            message = f"Error creating: {error}"
            self.world.event(JOB, self.job, "FailedCreate", message, type="Warning", component=COMPONENT)
            self.world.soon("job", self.key, after=_RETRY_CREATION)

    def shown(self) -> Object:
        """The status, with the pods counted as they are now."""
        pods = self._pods()
        active = [pod for pod in pods if job_pods.is_active(pod)]
        going = [pod for pod in pods if is_deleting(pod) and not job_pods.is_finished(pod)]
        return {
            **self.status,
            "active": len(active) or None,
            "ready": sum(condition_true(pod, "Ready") for pod in active),
            "terminating": len(going),
            "uncountedTerminatedPods": {},
        }
