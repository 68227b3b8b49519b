"""The machine: `decide` says what an event means for a release. Pure and total.

`TABLE` is the whole of it: which event is heard in which state, and by what. Anything else changes nothing, so
duplicates, late and reordered deliveries are harmless. `MOVES` says which state may follow which; the two are
drawn in the documentation from here.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from releases import entering, pausing, promoting, weighing
from releases import events as e
from releases.draft import Decision, Draft, Order
from releases.ending import end_rejected, stop, stop_others
from releases.failing import failed_at, rejected
from releases.progress import advance, answer, begin, begin_step, fail, judge, overdue, override, send
from releases.reasons import Reason
from releases.snapshot import Run, Snapshot, Target
from releases.states import TARGET_SETTLED, After, ReleaseState, RunState, TargetState
from releases.steps import STEPS
from releases.steps.freeze import ahead, keeps_to

__all__ = ["MOVES", "TABLE", "Decision", "Order", "decide"]


def decide(snapshot: Snapshot, event: e.Event, now: datetime) -> Decision:
    """What follows from an event: changes to write down, effects to send out. Same input, same answer."""
    handler = TABLE[type(event)].get(snapshot.state)
    if handler is None:
        return Decision()
    draft = Draft(snapshot, now=now)
    handler(draft, event)
    advance(draft)
    return draft.decision()


def _begin(draft: Draft, event: e.Started) -> None:
    draft.move(ReleaseState.RUNNING)


def _observed(draft: Draft, event: e.Observed) -> None:
    draft.see(event.cluster, event.observation)
    for run in _watching(draft, draft.snapshot.open_runs_on(event.cluster)):
        judge(draft, run)


def _effect_done(draft: Draft, event: e.EffectDone) -> None:
    run = _waits_for(draft, event)
    if run is None:
        return
    left = tuple(key for key in run.pending if key != event.key)
    done = replace(run, pending=left, output=_merged(run.output, event.output))
    if left:
        draft.put(done)
    elif run.state is RunState.STOPPING:
        draft.put(replace(done, state=RunState.STOPPED, wake_at=None))
    else:
        judge(draft, replace(done, state=RunState.WATCHING))


def _effect_failed(draft: Draft, event: e.EffectFailed) -> None:
    run = _waits_for(draft, event)
    if run is None:
        return
    if run.state is RunState.STOPPING:
        draft.put(replace(run, state=RunState.STOPPED, wake_at=None, pending=(), reason=event.reason))
    else:
        fail(draft, run, event.reason)


def _timer_due(draft: Draft, event: e.TimerDue) -> None:
    run = draft.snapshot.run(event.run)
    if run is None or not run.is_open or run.wake_at is None or draft.now < run.wake_at:
        return
    if run.state is RunState.STOPPING:
        draft.put(replace(run, state=RunState.STOPPED, wake_at=None, pending=()))
    elif run.is_to_begin and draft.snapshot.state is ReleaseState.PAUSED:
        pausing.hold(draft, run)
    elif run.is_to_begin:
        begin(draft, run)
    elif run.state is RunState.WATCHING:
        judge(draft, run)
    else:
        fail(draft, run, overdue(draft, run))


def _pause(draft: Draft, event: e.PauseAsked) -> None:
    draft.move(ReleaseState.PAUSED, reason=Reason("paused", {"by": event.by}))


def _resume(draft: Draft, event: e.ResumeAsked) -> None:
    """What waits looks anew: trouble that it held for while it was paused counts from now on."""
    draft.move(ReleaseState.RUNNING)
    for run in _watching(draft, draft.snapshot.open_runs):
        judge(draft, run)
    pausing.let_go(draft)
    _wake(draft, event)


def _wake(draft: Draft, event: e.Woken | e.ResumeAsked) -> None:
    """What is kept back begins, if it may by now. While the release is paused, nothing begins."""
    for run in _watching(draft, [*entering.kept_runs(draft.snapshot)]):
        begin(draft, run)


def _answer(draft: Draft, event: e.Approved | e.Rejected | e.Promoted) -> None:
    """A person's word is for all clusters at once. One who rejects ends the release, whatever it allows to fail: after
    what is planned for a failure.
    """
    steps: tuple[int, ...] = ()
    if isinstance(event, e.Approved):
        steps = event.steps
    elif event.step:
        steps = (event.step,)
    full = isinstance(event, e.Promoted) and event.full
    if full:
        promoting.mark(draft, event.by)
    for run in _watching(draft, draft.snapshot.open_runs):
        if full and not promoting.is_meant(draft.snapshot.step(run.ref.step)):
            continue
        if not steps or run.ref.step in steps:
            answer(draft, run, event)
    if rejected(draft.snapshot) and not end_rejected(draft):
        stop_others(draft)


def _override(draft: Draft, event: e.Overridden) -> None:
    for run in draft.snapshot.open_runs:
        if run.state is RunState.WATCHING and event.step in (0, run.ref.step):
            override(draft, run, event)


def _freezes_changed(draft: Draft, event: e.FreezesChanged) -> None:
    """What has yet to pass the line keeps to the calendar as it is now, and what waits there does so at once."""
    for step in draft.snapshot.plan:
        if step.kind != "freeze" or step.back or not keeps_to(draft.snapshot, step):
            continue
        if ahead(step.options["freezes"], draft.now) == ahead(event.freezes, draft.now):
            continue
        draft.plan(step, freezes=[dict(row) for row in event.freezes])
        for run in _watching(draft, [run for run in draft.snapshot.open_runs if run.ref.step == step.number]):
            judge(draft, run)


def _weigh(draft: Draft, event: e.Weighed) -> None:
    """What waits moves the traffic, and waits on. The next step that moves it has its own share."""
    for target in draft.snapshot.targets:
        if found := weighing.weighed(draft.snapshot, target, event):
            send(draft, found[0], (found[1],))


def _skip(draft: Draft, event: e.Skipped) -> None:
    """What is under way counts as passed, else the step that failed: not what was done because it failed, and nothing
    that a step says is not skipped.
    """
    target = draft.snapshot.target(event.cluster)
    run = _to_skip(draft.snapshot, target, step=event.step) if target else None
    step = draft.snapshot.step(run.ref.step) if run else None
    if target and run and step and STEPS[step.kind].is_skippable(step):
        reason = Reason("skipped", {"by": event.by})
        draft.put(replace(run, state=RunState.SKIPPED, wake_at=None, reason=reason))
        if not target.is_failing:
            draft.set_target(target, state=TargetState.RUNNING, reason=None)


def _to_skip(snapshot: Snapshot, target: Target, *, step: int) -> Run | None:
    """Without a `step` the only one under way: of branches beside each other nobody could tell which was meant."""
    runs = snapshot.open_runs_on(target.cluster)
    if not runs and target.state is TargetState.FAILED and not rejected(snapshot):
        last = failed_at(snapshot, target)
        runs = (last,) if last else ()
    meant = [run for run in runs if step in (0, run.ref.step)]
    found = meant[0] if len(meant) == 1 else None
    return found if found and found.state in (RunState.WATCHING, RunState.FAILED) else None


def _retry(draft: Draft, event: e.RetryAsked) -> None:
    """Not where somebody rejected the release: it ends, and what it still does is planned for that. In a paused one it
    begins once that is resumed.
    """
    target = draft.snapshot.target(event.cluster)
    run = failed_at(draft.snapshot, target) if target and target.state is TargetState.FAILED else None
    if target and run and not rejected(draft.snapshot):
        draft.set_target(target, state=TargetState.RUNNING, reason=None)
        if draft.snapshot.state is not ReleaseState.PAUSED:
            begin_step(draft, target, draft.snapshot.step(run.ref.step))


def _watching(draft: Draft, runs: Iterable[Run]) -> Iterator[Run]:
    """Those that wait, as they are when their turn comes: what one of them does may stop the next."""
    for ref in [run.ref for run in runs]:
        run = draft.snapshot.run(ref)
        if run and run.state is RunState.WATCHING:
            yield run


def _abort(draft: Draft, event: e.AbortAsked) -> None:
    stop(draft, after=event.after, reason=_asked(event))


def _abort_again(draft: Draft, event: e.AbortAsked) -> None:
    """A second word outranks the first only where it asks for less: to hold, or to make room."""
    if event.after not in (After.ROLL_BACK, draft.snapshot.after_stop):
        stop(draft, after=event.after, reason=_asked(event))


def _lost(draft: Draft, event: e.ClusterLost) -> None:
    target = draft.snapshot.target(event.cluster)
    if target and target.lost_since is None:
        draft.set_target(target, lost_since=draft.now)


def _back(draft: Draft, event: e.ClusterBack) -> None:
    target = draft.snapshot.target(event.cluster)
    if target and target.lost_since:
        draft.set_target(target, lost_since=None)


def _gone(draft: Draft, event: e.ClusterGone) -> None:
    """It failed there, whatever it waited for, and is not tried again: the failure budget says what becomes of it,
    unless somebody rejected it.
    """
    target = draft.snapshot.target(event.cluster)
    if target is None or target.state in TARGET_SETTLED:
        return
    reason = Reason("cluster_gone", {"cluster": target.name, "by": event.by})
    for run in draft.snapshot.open_runs_on(event.cluster):
        state = RunState.STOPPED if run.state is RunState.STOPPING else RunState.FAILED
        draft.put(replace(run, state=state, wake_at=None, pending=(), reason=reason))
    first = target.reason if target.reason and target.reason.code == "rejected" else reason
    draft.set_target(target, state=TargetState.FAILED, reason=first)


def _waits_for(draft: Draft, event: e.EffectDone | e.EffectFailed) -> Run | None:
    run = draft.snapshot.run(event.run)
    return run if run and run.is_open and event.key in run.pending else None


def _merged(old: Any, new: Any) -> dict[str, Any]:
    """Outputs of a run's effects side by side; what they say about objects is gathered per object."""
    objects = {**old.get("objects", {}), **new.get("objects", {})}
    return {**old, **new, "objects": objects} if objects else {**old, **new}


def _asked(event: e.AbortAsked) -> Reason:
    if event.deletes:
        return Reason("app_deleted", {"by": event.by})
    return Reason("superseded" if event.after is After.SUPERSEDE else "aborted", {"by": event.by})


_S = ReleaseState
_BEFORE, _GOING = (_S.PLANNED, _S.WAITING), (_S.RUNNING, _S.PAUSED)
_HEARD = (*_GOING, _S.ROLLING_BACK)
_ANY = (*_HEARD, _S.ABORTING)

TABLE: dict[type[Any], dict[ReleaseState, Callable[[Draft, Any], None]]] = {
    e.Started: dict.fromkeys(_BEFORE, _begin),
    e.Observed: dict.fromkeys(_HEARD, _observed),
    e.EffectDone: dict.fromkeys(_ANY, _effect_done),
    e.EffectFailed: dict.fromkeys(_ANY, _effect_failed),
    e.TimerDue: dict.fromkeys(_ANY, _timer_due),
    e.Approved: dict.fromkeys(_GOING, _answer),
    e.Rejected: dict.fromkeys(_GOING, _answer),
    e.Promoted: dict.fromkeys(_GOING, _answer),
    e.Weighed: dict.fromkeys(_GOING, _weigh),
    e.Overridden: dict.fromkeys(_GOING, _override),
    e.FreezesChanged: dict.fromkeys(_GOING, _freezes_changed),
    e.PauseAsked: {_S.RUNNING: _pause},
    e.ResumeAsked: {_S.PAUSED: _resume},
    e.Woken: {_S.RUNNING: _wake},
    e.Skipped: dict.fromkeys(_GOING, _skip),
    e.RetryAsked: dict.fromkeys(_GOING, _retry),
    e.AbortAsked: {
        **dict.fromkeys((*_BEFORE, *_GOING), _abort),
        **dict.fromkeys((_S.ABORTING, _S.ROLLING_BACK), _abort_again),
    },
    e.ClusterLost: dict.fromkeys(_ANY, _lost),
    e.ClusterBack: dict.fromkeys(_ANY, _back),
    e.ClusterGone: dict.fromkeys(_ANY, _gone),
}

_STOPPED = frozenset({_S.ABORTING, _S.ROLLING_BACK, _S.ROLLED_BACK, _S.FAILED, _S.SUPERSEDED})
MOVES: dict[ReleaseState, frozenset[ReleaseState]] = {
    _S.PLANNED: frozenset({_S.RUNNING}) | _STOPPED - {_S.ABORTING, _S.ROLLING_BACK},
    _S.WAITING: frozenset({_S.RUNNING}) | _STOPPED - {_S.ABORTING, _S.ROLLING_BACK},
    _S.RUNNING: frozenset({_S.PAUSED, _S.SUCCEEDED}) | _STOPPED,
    _S.PAUSED: frozenset({_S.RUNNING}) | _STOPPED,
    _S.ABORTING: _STOPPED,
    _S.ROLLING_BACK: _STOPPED - {_S.ROLLING_BACK},
    **dict.fromkeys((_S.SUCCEEDED, _S.ROLLED_BACK, _S.FAILED, _S.SUPERSEDED), frozenset()),
}
