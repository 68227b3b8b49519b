"""Where a release failed on a cluster, and what is planned for that. Pure."""

from collections.abc import Collection

from releases import having
from releases.reasons import Reason
from releases.snapshot import Run, Snapshot, Step, Target
from releases.states import RUN_PASSED, RunState


def to_pass(
    snapshot: Snapshot, target: Target, *, back: bool, under_way: Collection[tuple[str, str]] = ()
) -> Step | None:
    """The first step of a direction that has yet to pass on a cluster and may begin; None when there is none.

    Beside what is `under_way` only steps of other branches of the same group may.
    """
    passed = {r.ref.step for r in snapshot.runs_on(target.cluster, back=back) if r.state in RUN_PASSED}
    left = [s for s in snapshot.plan if s.back == back and s.number not in passed and having.is_for_success(s)]
    if not left:
        return None
    group = left[0].beside[0]
    beside = [s for s in left if group and s.beside[0] == group and s.beside not in under_way]
    return next(iter(beside if under_way else left), None)


def failed_at(snapshot: Snapshot, target: Target) -> Run | None:
    """The last attempt at the step at which a cluster failed. What was stopped beside it begins anew by itself."""
    step = to_pass(snapshot, target, back=False)
    group = step.beside[0] if step else ""
    runs = snapshot.runs_on(target.cluster, back=False)
    passed = {run.ref.step for run in runs if run.state in RUN_PASSED}
    beside = {one.number for one in snapshot.plan if group and one.beside[0] == group} - passed
    mine = [run for run in runs if step and run.ref.step in {step.number, *beside}]
    return next((run for run in reversed(mine) if run.state is RunState.FAILED), mine[-1] if mine else None)


def after_failure(snapshot: Snapshot, target: Target) -> tuple[Step, ...]:
    """The steps that have yet to run on a cluster because something failed there, in order.

    What ran for an earlier failure there, from which it went on, runs for this one, too.
    """
    failed = failed_at(snapshot, target)
    if failed is None:
        return ()
    runs = snapshot.runs_on(target.cluster, back=False)
    since = runs[runs.index(failed) + 1 :]
    last = max((run.ref.step for run in since if having.is_for_failure(snapshot.step(run.ref.step))), default=0)
    begin = max(last, failed.ref.step)
    return tuple(one for one in snapshot.plan if not one.back and one.number > begin and having.is_for_failure(one))


def rejected(snapshot: Snapshot) -> Reason | None:
    """Why a release ends, whatever it allows to fail: somebody rejected what it waited for. None where nobody did."""
    return next((one.reason for one in snapshot.targets if one.reason and one.reason.code == "rejected"), None)
