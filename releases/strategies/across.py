"""Whose turn it is: in which order the clusters of a release begin, and how many of them may fail. Pure."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from apps_mgmt.spec.surging import amount_of
from releases.snapshot import Frozen, Snapshot, Target
from releases.states import TARGET_SETTLED, Across, TargetState

REST = -1  # no wave that is named
LAST = "/"  # before the number of a group that comes last; no name of a cluster begins so


def may_start(snapshot: Snapshot) -> tuple[Target, ...]:
    """The targets that may begin now, in the release's order: those of the first wave that has not ended.

    A target that failed within the failure budget holds nobody up; whether the budget is used up is asked before.
    """
    left = [t for t in snapshot.targets if t.state not in TARGET_SETTLED]
    turn = min((t.wave for t in left), default=0)
    return tuple(t for t in left if t.wave == turn and t.state is TargetState.WAITING)


def is_over_budget(snapshot: Snapshot) -> bool:
    """Whether more clusters failed than the release allows, or than the wave they are in does; or all that shall have
    instances, or those to which instances move: no other makes up for them.
    """
    failed = [t for t in snapshot.targets if t.state is TargetState.FAILED]
    if len(failed) > snapshot.failure_budget or all(t in failed for t in _getting(snapshot)):
        return bool(failed)
    if failed and _gave_up_in_vain(snapshot):
        return True
    for wave in {t.wave for t in failed}:
        allowed = snapshot.wave(wave).failures
        if allowed is not None and sum(t.wave == wave for t in failed) > allowed:
            return True
    return False


def _getting(snapshot: Snapshot) -> Sequence[Target]:
    """The targets that shall have instances; else those that shall have anything; else all."""
    instances = [t for t in snapshot.targets if any(one.replicas for one in t.after.workloads)]
    return instances or [t for t in snapshot.targets if t.after.objects] or snapshot.targets


def _gave_up_in_vain(snapshot: Snapshot) -> bool:
    """Whether some clusters give up instances of a process that others should have got, but none of these has, or too
    few of them: there would be less than both before and afterwards, by more than the process may lack meanwhile.
    """
    before = {t.cluster: _numbers(t.before) for t in snapshot.targets}
    after = {t.cluster: _numbers(t.after) for t in snapshot.targets}
    failed = {t.cluster for t in snapshot.targets if t.state is TargetState.FAILED}
    for process in {name for row in (*before.values(), *after.values()) for name in row}:
        had = {cluster: row[process] for cluster, row in before.items()}
        gets = {cluster: row[process] for cluster, row in after.items()}
        rising = {cluster for cluster in gets if gets[cluster] > had[cluster]}
        if not rising & failed or all(gets[cluster] >= had[cluster] for cluster in gets):
            continue
        # What failed has no more than it had, if it still has that.
        there = sum(min(had[name], number) if name in failed else number for name, number in gets.items())
        least = min(sum(had.values()), sum(gets.values())) - _may_lack(snapshot, process)
        if rising <= failed or there < least:
            return True
    return False


def _may_lack(snapshot: Snapshot, process: str) -> int:
    """How many instances of a process may be missing meanwhile, on all clusters together."""
    rows = [one for t in snapshot.targets for one in t.after.workloads if one.process == process]
    return sum(amount_of(one.unavailable, one.replicas) for one in rows)


def _numbers(frozen: Frozen) -> Counter[str]:
    """Process → its instances."""
    found: Counter[str] = Counter()
    for one in frozen.workloads:
        found[one.process] += one.replicas
    return found


def waves_of(
    names: Sequence[str],
    across: Across,
    *,
    order: Sequence[Sequence[str]] = (),
    last: Sequence[Collection[str]] = (),
) -> list[int]:
    """The wave of each cluster, counted from 0, as they stand in their order. `order` are the waves people named.

    Those that none of these names come after them: each by itself, or together; or the first of all by itself and then
    the rest, where waves that are named stand for the first. After all of them come the groups of `last`, whatever
    wave they were named for: each together, or each cluster by itself where one goes after another.
    """
    later = {name: f"{LAST}{number}" for number, row in enumerate(last) for name in row}
    sooner = [name for name in names if name not in later]
    group: dict[str, int | str] = {name: number for number, row in enumerate(order) for name in row}
    rest = [name for name in sooner if name not in group]
    alone = rest if across is Across.ONE_AFTER_ANOTHER else []
    if across is Across.FIRST_THEN_REST and len(rest) == len(sooner):
        alone = rest[:1]
    keys = {name: group.get(name, name if name in alone else REST) for name in sooner}
    for name in sorted((name for name in names if name in later), key=later.__getitem__):
        keys[name] = name if across is Across.ONE_AFTER_ANOTHER else later[name]
    known: dict[int | str, int] = {}
    for key in keys.values():
        known.setdefault(key, len(known))
    return [known[keys[name]] for name in names]


def giving(
    before: Mapping[str, Sequence[Mapping[str, int]]], after: Mapping[str, Mapping[str, int]]
) -> Sequence[list[str]]:
    """The clusters that get fewer instances of a process than they have, while another one gets more of it: first
    those that may get more of one themselves, then those that only give some up.

    Both are cluster → process → instances; of what a cluster has there may be several accounts, and each may be so.
    """
    rises: dict[str, set[str]] = {}
    falls: dict[str, set[str]] = {}
    for cluster, shares in after.items():
        accounts = before.get(cluster) or [{}]
        for process in {name for account in (shares, *accounts) for name in account}:
            had, gets = [account.get(process, 0) for account in accounts], shares.get(process, 0)
            if gets > min(had):
                rises.setdefault(process, set()).add(cluster)
            if gets < max(had):
                falls.setdefault(process, set()).add(cluster)
    gives = {name for process, names in falls.items() for name in names if rises.get(process, set()) - {name}}
    getting = {name for names in rises.values() for name in names}
    return [name for name in after if name in gives & getting], [name for name in after if name in gives - getting]
