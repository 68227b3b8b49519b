"""Whose turn it is: in which order the clusters of a release begin, and how many of them may fail. Pure."""

from collections.abc import Sequence

from releases.snapshot import Snapshot, Target
from releases.states import TARGET_SETTLED, Across, TargetState


def may_start(snapshot: Snapshot) -> tuple[Target, ...]:
    """The targets that may begin now, in the release's order: those of the first wave that has not ended.

    A target that failed within the failure budget holds nobody up; whether the budget is used up is asked before.
    """
    left = [t for t in snapshot.targets if t.state not in TARGET_SETTLED]
    turn = min((t.wave for t in left), default=0)
    return tuple(t for t in left if t.wave == turn and t.state is TargetState.WAITING)


def is_over_budget(snapshot: Snapshot) -> bool:
    """Whether more clusters failed than the release allows, or than the wave they are in does."""
    failed = [t for t in snapshot.targets if t.state is TargetState.FAILED]
    if len(failed) > snapshot.failure_budget or (failed and len(failed) == len(snapshot.targets)):
        return bool(failed)
    for wave in {t.wave for t in failed}:
        allowed = snapshot.wave(wave).failures
        if allowed is not None and sum(t.wave == wave for t in failed) > allowed:
            return True
    return False


def waves_of(names: Sequence[str], across: Across, *, order: Sequence[Sequence[str]] = ()) -> list[int]:
    """The wave of each cluster, counted from 0, as they stand in their order. `order` are the waves people named.

    One after another, each cluster that is in none of these is a wave of its own; all together, there is one wave.
    """
    if across is Across.ALL_TOGETHER:
        return [0] * len(names)
    if across is Across.FIRST_THEN_REST:
        return [min(place, 1) for place in range(len(names))]
    group = {name: number for number, row in enumerate(order) for name in row}
    known: dict[int | str, int] = {}
    return [known.setdefault(group.get(name, name), len(known)) for name in names]
