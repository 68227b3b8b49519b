"""Run a command in the cluster with the image and variables of a process; its last line of JSON is the output.

`options`: `process`, `command`, `resources` as manifests have them, `once`. A job is named after the attempt, so that
one which was made twice is one. Its instance tells when it has ended; then the cluster is asked how, and for its log.
"""

import hashlib
from collections.abc import Collection
from datetime import timedelta

from releases.effects import CollectJob, Effect, RunJob
from releases.observation import Observation, Task
from releases.reasons import Reason
from releases.snapshot import Target
from releases.steps.base import Act, Done, Failed, Outcome, StepContext, StepLogic, Waiting
from releases.steps.leading import elsewhere
from releases.steps.trouble import PATIENCE


class Job(StepLogic):
    def effects(self, context: StepContext) -> tuple[Effect, ...]:
        processes = (context.step.options["process"],)
        return () if not_here(context, processes) else (run_job(context, processes),)

    def observe(self, context: StepContext, observation: Observation | None) -> Outcome:
        processes = (context.step.options["process"],)
        outcome = not_here(context, processes)
        if outcome is not None:
            return outcome
        if not context.run.sent:
            return Act(effects=(run_job(context, processes),), progress=1)
        if (ended := context.run.output.get("ended")) is not None:
            return Done() if ended["well"] else _failed(context, ended["words"])
        return followed(context, observation, collect=CollectJob(run=run_of(context)))


def run_of(context: StepContext) -> str:
    """What tells this attempt apart from any other, on any cluster."""
    ref = context.run.ref
    return hashlib.sha256(f"{context.release}/{ref.cluster}/{ref.step}/{ref.attempt}".encode()).hexdigest()[:10]


def followed(context: StepContext, observation: Observation | None, *, collect: CollectJob) -> Outcome:
    """What is seen of a job that was begun; once its instance has ended, or is gone, `collect` asks how."""
    return _of_instance(context, observation.task(run_of(context)) if observation else None, collect=collect)


def _of_instance(context: StepContext, task: Task | None, *, collect: CollectJob) -> Outcome:
    values = {"step": context.name, "cluster": context.target.name}
    if task is None:
        # What was seen and is gone has ended, too; what was never seen has yet to begin.
        if context.run.output.get("instance"):
            return Act(effects=(collect,), reason=Reason("job_runs", values))
        return Waiting(reason=Reason("job_begins", values))
    if task.ended:
        return Act(effects=(collect,), reason=Reason("job_runs", values))
    seen = {"instance": task.name}
    patience = PATIENCE.get(task.trouble.problem) if task.trouble else None
    if task.trouble is None or patience is None:
        return Waiting(reason=Reason("job_runs", values), output=seen)
    counts_at = (task.trouble.since or context.run.started) + timedelta(seconds=patience)
    if counts_at <= context.now:
        return _failed(context, task.trouble.words)
    return Waiting(reason=Reason("job_runs", values), wake_at=counts_at, output=seen)


def _failed(context: StepContext, words: str) -> Failed:
    values = {"step": context.name, "cluster": context.target.name, "words": words}
    return Failed(reason=Reason("job_failed", values))


def not_here(context: StepContext, processes: Collection[str]) -> Outcome | None:
    """What it means that none of the processes is on this cluster, or that another one does it; None: it runs here."""

    def can(target: Target) -> bool:
        return any(one.process in processes for one in target.after.workloads)

    return elsewhere(context, can=can) if can(context.target) else Done()


def run_job(context: StepContext, processes: Collection[str]) -> RunJob:
    """The effect that begins it, made from the first workload of these processes."""
    workload = next(one.key for one in context.target.after.workloads if one.process in processes)
    return RunJob(workload=workload, step=context.step.number, run=run_of(context), inputs=context.inputs)
