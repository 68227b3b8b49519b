"""What is wrong with a workload's new instances, when that counts, and whether its facts are new enough. Pure."""

from datetime import datetime, timedelta

from releases.observation import Observation, Trouble, WorkloadFacts
from releases.reasons import Reason
from releases.snapshot import Workload
from releases.states import Problem
from releases.steps.base import StepContext

CRASHES = 2  # that many restarts of a new instance are no accident
AGAIN = timedelta(minutes=5, seconds=30)  # longer than a node lets an instance wait before it tries once more
PATIENCE = {  # seconds from the first sign until a problem counts; a missing one only shows, and the deadline decides
    Problem.CRASH_LOOP: 8,
    Problem.IMAGE_PULL: 20,
    Problem.BAD_CONFIG: 5,
    Problem.QUOTA: 30,
    Problem.REFUSED: 15,
    Problem.PROGRESS_DEADLINE: 0,
}


def new_and_ready(facts: WorkloadFacts) -> int:
    """How many new instances are ready: `ready` of a workload counts the old ones too."""
    if not facts.instances:
        return min(facts.updated, facts.ready)
    return sum(pod.current and pod.ready and not pod.going for pod in facts.instances)


def worst(
    facts: WorkloadFacts, context: StepContext, *, lasting: bool = False
) -> tuple[Trouble, datetime | None] | None:
    """The most pressing trouble of a workload's new instances and when it counts; None: it counts already.

    `lasting`: for a step that waits, for days maybe, while no deadline decides. Instances that restart now and then
    meanwhile are no crash loop, but one that does not run again soon is. And what was known before a new attempt counts
    once it was tried again there in vain.
    """
    found: list[tuple[Trouble, datetime | None]] = []
    if facts.trouble:
        found.append((facts.trouble, _of_workload_counts_at(facts.trouble, context, lasting=lasting)))
    for pod in facts.instances:
        if pod.trouble and pod.current and not pod.going:
            since = pod.trouble.since or pod.started or pod.created
            at = _counts_at(pod.trouble, context, since=since, restarts=pod.restarts, lasting=lasting)
            found.append((pod.trouble, at))
    return min(found, key=lambda pair: (pair[1] is not None, pair[1] or context.now), default=None)


def _of_workload_counts_at(trouble: Trouble, context: StepContext, *, lasting: bool) -> datetime | None:
    """As `_counts_at`. A condition of a workload outlives what it tells of, until its controller has got further: one
    from before this step counts from the step's beginning, and a deadline that was exceeded before only shows.
    """
    started = context.run.started
    if trouble.since is None or trouble.since > started:
        return _counts_at(trouble, context, since=trouble.since, lasting=lasting)
    if trouble.problem is Problem.PROGRESS_DEADLINE:
        return datetime.max.replace(tzinfo=context.now.tzinfo)
    return _counts_at(trouble, context, since=started, lasting=lasting)


def _counts_at(
    trouble: Trouble, context: StepContext, *, since: datetime | None, restarts: int = 0, lasting: bool
) -> datetime | None:
    """When a trouble is reason enough to fail; the far future for one that only shows.

    Whoever tries again asks for more than what was known before: trouble from before the new attempt only shows,
    and so does that of a container which is trying again itself.
    """
    since = since or context.run.started
    patience = PATIENCE.get(trouble.problem)
    known = context.run.ref.attempt > 1 and since <= context.run.started
    if patience is None or trouble.past or (known and not lasting):
        return datetime.max.replace(tzinfo=context.now.tzinfo)
    crashed = trouble.problem is Problem.CRASH_LOOP and restarts >= CRASHES and not lasting
    at = context.run.started + AGAIN if known else since + timedelta(seconds=patience)
    return None if crashed or at <= context.now else at


def told(trouble: Trouble, facts: WorkloadFacts, context: StepContext) -> Reason:
    return reason_of(trouble, facts, cluster=context.target.name)


def reason_of(trouble: Trouble, facts: WorkloadFacts, *, cluster: str) -> Reason:
    """A trouble in the instance's own words, with which one that is."""
    values = {"words": trouble.words, "process": facts.process, "cluster": cluster}
    teller = next((pod for pod in facts.instances if pod.trouble == trouble), None)
    if teller:
        values["instance"] = teller.name
    return Reason(trouble.problem.value, values)


def unseen(workload: Workload, observation: Observation | None, context: StepContext) -> Reason:
    """Why nothing new is known of a workload: that it was deleted, that another one was made in its place since it was
    written, or that the cluster has not told of the change yet.

    What stood there before, and was known, cannot have been missed. What this release made, on its way forward or back,
    or has just made its own, may only not have been seen yet; that it made it is not always told: a worker that was
    lost may have, before another one wrote it once more.
    """
    key, values = workload.key, {"cluster": context.target.name}
    found = observation.workload(workload.kind, workload.name) if observation else None
    if found and found.is_another_since(context.written(key)):
        return Reason("replaced", {**values, "process": workload.process})
    told_of = observation is None or found is not None
    stood = any(one.key == key for one in context.target.before.workloads)
    if stood and not (told_of or workload.adopted or context.was_created(key) or key in context.made):
        return Reason("gone", {**values, "process": workload.process})
    return Reason("not_seen_yet", values)
