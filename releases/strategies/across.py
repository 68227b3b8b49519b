"""Whose turn it is: in which order the clusters of a release begin. Pure."""

from releases.snapshot import Snapshot, Target
from releases.states import TARGET_SETTLED, Across, TargetState


def may_start(snapshot: Snapshot) -> tuple[Target, ...]:
    """The targets that may begin now, in the release's order.

    A target that failed within the failure budget holds nobody up; whether the budget is used up is asked before.
    """
    waiting = tuple(t for t in snapshot.targets if t.state is TargetState.WAITING)
    if snapshot.across is Across.ALL_TOGETHER:
        return waiting
    if any(t.state not in TARGET_SETTLED for t in snapshot.targets if t not in waiting):
        return ()
    first_is_over = any(t.state in TARGET_SETTLED for t in snapshot.targets)
    if snapshot.across is Across.FIRST_THEN_REST and first_is_over:
        return waiting
    return waiting[:1]
