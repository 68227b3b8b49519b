"""What is done once for all clusters (`options["once"]`): by the first that can, while the others wait for it. Pure."""

from collections.abc import Callable

from releases.having import GIVEN
from releases.reasons import Reason
from releases.snapshot import Run, Target
from releases.states import RUN_PASSED, TARGET_SETTLED
from releases.steps.base import Done, Outcome, StepContext, Waiting


def _runs_something(target: Target) -> bool:
    return bool(target.after.workloads)


def elsewhere(context: StepContext, *, can: Callable[[Target], bool] = _runs_something) -> Outcome | None:
    """What it means for a cluster that another one does it: wait for that, or take what it gave. None: do it here.

    `can` says which clusters could at all: those on which something runs in the end.
    """
    if not context.step.options.get("once") or context.run.sent:
        return None
    passed = next((run for run in context.elsewhere if run.state in RUN_PASSED and _counts(run)), None)
    if passed is not None:
        return Done(output={GIVEN: passed.output.get(GIVEN, {})})
    doing = next((run.ref.cluster for run in context.elsewhere if run.is_open and run.sent), "")
    first = next((one for one in context.peers if can(one) and _may_still(context, one)), context.target)
    leader = doing or first.cluster
    if leader == context.target.cluster:
        return None
    name = next((one.name for one in context.peers if one.cluster == leader), "")
    return Waiting(reason=Reason("done_elsewhere", {"cluster": name}), held=True)


def _counts(run: Run) -> bool:
    """Whether a run that has passed speaks for all: it did something, or a person said that it need not."""
    return bool(run.sent) or run.was_skipped


def _may_still(context: StepContext, one: Target) -> bool:
    """Whether a cluster has the step before it: it comes to it, or is at it."""
    if one.cluster == context.target.cluster:
        return True
    over = any(run.ref.cluster == one.cluster and run.state in RUN_PASSED for run in context.elsewhere)
    return not over and one.state not in TARGET_SETTLED and not one.is_failing
