"""How a release stops: what is on its way is waited for, then it holds, makes room or turns round. Pure."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from releases.causes import cause_of
from releases.draft import Draft
from releases.failing import rejected
from releases.reasons import Reason
from releases.snapshot import Run
from releases.states import TARGET_SETTLED, After, ReleaseState, RunState, TargetState

STOP_PATIENCE = timedelta(seconds=30)  # how long an effect on its way may keep a stopping release waiting


def stop(draft: Draft, *, after: After, reason: Reason) -> None:
    """Stop where it is: nothing new begins; what is on its way to a cluster is waited for, but not for long."""
    _end_runs(draft, draft.snapshot.open_runs)
    for target in draft.snapshot.targets:
        if target.state not in TARGET_SETTLED:
            draft.set_target(target, state=TargetState.STOPPED)
    if draft.snapshot.open_runs:
        draft.move(ReleaseState.ABORTING, reason=reason, after_stop=after)
    else:
        _stopped(draft, after=after, reason=reason)


def stop_beside(draft: Draft, run: Run) -> None:
    """What runs in other branches on the cluster of a run that failed for good goes no further."""
    _end_runs(draft, draft.snapshot.open_runs_on(run.ref.cluster))


def _end_runs(draft: Draft, runs: Iterable[Run]) -> None:
    for run in runs:
        if run.state is RunState.WATCHING:
            draft.put(replace(run, state=RunState.STOPPED, wake_at=None))
        elif run.state is RunState.ACTING:
            # What began in this very moment, and another cluster then stopped, has not reached anybody yet.
            unsent = draft.withdraw(run.ref)
            left = tuple(key for key in run.pending if key not in unsent)
            state, wake_at = (RunState.STOPPING, draft.now + STOP_PATIENCE) if left else (RunState.STOPPED, None)
            draft.put(replace(run, state=state, wake_at=wake_at, pending=left, sent=run.sent - len(unsent)))


def end_rejected(draft: Draft) -> bool:
    """Stop a release that somebody rejected, once what is planned for a failure is done; whether it does."""
    reason = rejected(draft.snapshot)
    if reason is None or any(target.is_failing for target in draft.snapshot.targets):
        return False
    back = cause_of(reason) in draft.snapshot.rollback_on
    stop(draft, after=After.ROLL_BACK if back else After.HOLD, reason=reason)
    return True


def stop_others(draft: Draft) -> None:
    """While what is planned for a failure runs in a release that somebody rejected, nothing else does."""
    for target in draft.snapshot.targets:
        if target.state not in TARGET_SETTLED and not target.is_failing:
            _end_runs(draft, draft.snapshot.open_runs_on(target.cluster))
            draft.set_target(target, state=TargetState.STOPPED)


def end_stop(draft: Draft) -> bool:
    """Go on with what was said shall become of a release that stops, once nothing is on its way any more."""
    snapshot = draft.snapshot
    if snapshot.open_runs:
        return False
    reason = snapshot.reason or Reason("stopped")
    _stopped(draft, after=snapshot.after_stop or After.HOLD, reason=reason)
    return True


def _stopped(draft: Draft, *, after: After, reason: Reason) -> None:
    if after is not After.ROLL_BACK:
        end = ReleaseState.SUPERSEDED if after is After.SUPERSEDE else ReleaseState.FAILED
        draft.move(end, reason=reason, after_stop=after)
        return
    touched = [t for t in draft.snapshot.targets if draft.snapshot.touched(t.cluster)]
    state = ReleaseState.ROLLING_BACK if touched else ReleaseState.ROLLED_BACK
    draft.move(state, reason=reason, after_stop=after)
    for target in draft.snapshot.targets:
        if target in touched:
            draft.set_target(target, state=TargetState.ROLLING_BACK)
        elif target.state is TargetState.FAILED:
            # Nothing of this release reached it, so there is nothing there to go back from.
            draft.set_target(target, state=TargetState.STOPPED)
