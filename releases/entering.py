"""When a release is about to bring something to a cluster where nothing of it is yet, and what holds it there. Pure.

Whether it still may is for the shell to look up: `Snapshot.kept` says why it may not, and a decision says that it
`enters` where that has to be asked. Somewhere else it goes on: what stands half way comes to its end, or goes back.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from releases.draft import Draft
from releases.reasons import Reason
from releases.snapshot import KEPT, Run, Snapshot, Step, Target
from releases.states import TARGET_SETTLED
from releases.steps import OUTSIDE

WAITING = frozenset(
    {"freeze", "gate", "hold", "approval", "note", "soak", "window", "wait_ready", "wait_gone", "others_back"}
)
"""Kinds of steps that only wait: nothing goes out with them."""

AT_MOST = timedelta(days=365)

_BRING_NOTHING = OUTSIDE | {"notify", "build"}
"""Kinds that send something out of which nothing of the app is on the cluster afterwards."""


def kept_by(draft: Draft, step: Step, target: Target | None) -> Reason | None:
    """Why a step does not begin on a cluster; None where it does. The way back, and what is planned for a failure, do
    so always, and so does whatever takes all of the app away.
    """
    snapshot = draft.snapshot
    if target is None or step.back or step.kind in WAITING or target.is_failing or not target.after.objects:
        return None
    if _is_brought(snapshot, target.cluster):
        return None
    draft.enters = True
    kept = snapshot.kept
    return Reason(kept.code, {**kept.values, "cluster": target.name}) if kept else None


def waits(draft: Draft, run: Run, why: Reason) -> bool:
    """Let a run that is kept back wait, without an end, until it is woken. False: for this reason it fails."""
    if why.code != KEPT:
        return False
    if not (run.is_kept and run.reason == why):
        until = draft.now + AT_MOST
        draft.put(replace(run, started=draft.now, deadline=until, wake_at=until, reason=why))
    return True


def yet_to_come(snapshot: Snapshot) -> frozenset[str]:
    """The clusters where nothing of a release was brought, and still may be."""
    left = (one for one in snapshot.targets if one.state not in TARGET_SETTLED and one.after.objects)
    return frozenset(one.cluster for one in left if not _is_brought(snapshot, one.cluster))


def is_under_way(snapshot: Snapshot) -> bool:
    """Whether anything of a release may be on any cluster."""
    return any(_is_brought(snapshot, one.cluster) for one in snapshot.targets)


def kept_runs(snapshot: Snapshot) -> Iterator[Run]:
    """What waits to begin on a cluster until it may."""
    return (run for run in snapshot.open_runs if run.is_kept)


def _is_brought(snapshot: Snapshot, cluster: str) -> bool:
    """Whether anything of a release may be on a cluster: what was only tried, asked or told there is not."""
    runs = ((run, snapshot.step(run.ref.step)) for run in snapshot.runs if run.ref.cluster == cluster)
    return any(run.sent > step.trials and step.kind not in _BRING_NOTHING for run, step in runs)
