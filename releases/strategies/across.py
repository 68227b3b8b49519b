"""Whose turn it is: in which order the clusters of a release begin, and how many of them may fail. Pure."""

from collections.abc import Sequence

from releases.snapshot import Snapshot, Target
from releases.states import TARGET_SETTLED, Across, TargetState

REST = -1  # no wave that is named


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

    Those that none of these names come after them: each by itself, or together; or the first of all by itself and then
    the rest, where waves that are named stand for the first.
    """
    group: dict[str, int | str] = {name: number for number, row in enumerate(order) for name in row}
    rest = [name for name in names if name not in group]
    alone = rest if across is Across.ONE_AFTER_ANOTHER else []
    if across is Across.FIRST_THEN_REST and len(rest) == len(names):
        alone = rest[:1]
    known: dict[int | str, int] = {}
    keys = (group.get(name, name if name in alone else REST) for name in names)
    return [known.setdefault(key, len(known)) for key in keys]
