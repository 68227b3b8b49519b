"""How a release moves on by itself: steps begin, runs are judged, targets settle, the whole ends. Pure.

`advance` is called after every event that meant something; it goes on until nothing more follows.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from releases import entering, having, promoting
from releases.causes import cause_of
from releases.draft import Draft
from releases.effects import Effect
from releases.ending import end_rejected, end_stop, stop, stop_beside
from releases.events import Approved, Overridden, Promoted, Rejected
from releases.expressions import BadExpression
from releases.failing import after_failure, rejected, to_pass
from releases.reasons import Reason
from releases.snapshot import Run, RunRef, Step, Target
from releases.states import TARGET_SETTLED, After, ReleaseState, RunState, TargetState
from releases.steps import OUTSIDE, STEPS
from releases.steps.base import Act, Done, Failed, Outcome, StepContext, StepLogic, Waiting
from releases.steps.beside import minded
from releases.steps.unchanged import unchanged
from releases.strategies.across import is_over_budget, may_start
from releases.unanswered import unanswered

_FOR_OTHERS = ("done_elsewhere", "goes_back_first", "tried_elsewhere")
HELD_AT_MOST = timedelta(days=365)


def advance(draft: Draft) -> None:
    """Everything that follows from the present state without another event."""
    while _FOLLOWS.get(draft.snapshot.state, _nothing)(draft):
        pass


def judge(draft: Draft, run: Run) -> None:
    """Ask the step what the cluster's last words mean for it; nothing where the attempt has yet to begin."""
    if run.is_to_begin:
        return
    context = _context(draft, run)
    outcome = STEPS[context.step.kind].observe(context, context.target.observation)
    settle(draft, run, _minded(draft, context, outcome))


def answer(draft: Draft, run: Run, event: Approved | Rejected | Promoted) -> None:
    """Ask the step what a person's word means for it; nothing where the attempt has yet to begin."""
    _hear(draft, run, lambda logic, context: logic.answer(context, event))


def override(draft: Draft, run: Run, event: Overridden) -> None:
    """Ask the step what it means that somebody overrides the calendar; nothing where the attempt has yet to begin."""
    _hear(draft, run, lambda logic, context: logic.override(context, event))


def _hear(draft: Draft, run: Run, said: Callable[[StepLogic, StepContext], Outcome | None]) -> None:
    if run.is_to_begin:
        return
    context = _context(draft, run)
    if outcome := said(STEPS[context.step.kind], context):
        settle(draft, run, _minded(draft, context, outcome))


def _minded(draft: Draft, context: StepContext, outcome: Outcome) -> Outcome:
    state = draft.snapshot.state
    return unchanged(context, minded(context, outcome, paused=state is ReleaseState.PAUSED), state=state)


def settle(draft: Draft, run: Run, outcome: Outcome) -> None:
    """Write the outcome of a run down."""
    if isinstance(outcome, Done):
        output = {**run.output, **outcome.output}
        draft.put(replace(run, state=RunState.DONE, output=output, wake_at=None, pending=(), reason=None))
    elif isinstance(outcome, Failed):
        fail(draft, run, outcome.reason)
    else:
        _go_on_with(draft, run, outcome)


def _go_on_with(draft: Draft, run: Run, outcome: Waiting | Act) -> None:
    """A run that is not over yet: it gets more time when it has got further, its own time after it was held."""
    moved = outcome.progress > run.output.get("progress", 0)
    patience = timedelta(seconds=draft.snapshot.step(run.ref.step).timeout)
    was_held = run.deadline == run.started + HELD_AT_MOST
    deadline = draft.now + patience if moved or was_held else run.deadline
    if isinstance(outcome, Waiting) and outcome.held:
        deadline = run.started + HELD_AT_MOST
    if draft.now >= deadline:
        fail(draft, run, overdue(draft, replace(run, reason=outcome.reason)))
        return
    output = {**run.output, **outcome.output, **({"progress": outcome.progress} if moved else {})}
    going_on = replace(run, output=output, deadline=deadline, reason=outcome.reason)
    if isinstance(outcome, Act):
        send(draft, replace(going_on, wake_at=deadline), outcome.effects)
        return
    wake_at = min(deadline, outcome.wake_at) if outcome.wake_at else deadline
    draft.put(replace(going_on, state=RunState.WATCHING, wake_at=wake_at))


def send(draft: Draft, run: Run, effects: tuple[Effect, ...]) -> None:
    """Write down that a run waits for these effects, and send them out: numbered on from those sent before."""
    keys = tuple(range(run.sent, run.sent + len(effects)))
    draft.put(replace(run, state=RunState.ACTING, pending=keys, sent=run.sent + len(effects)))
    for key, effect in zip(keys, effects, strict=True):
        draft.order(run.ref, key, effect)


def fail(draft: Draft, run: Run, reason: Reason) -> None:
    """An attempt failed: there is another one later, or what is planned for that case comes next, or that was it."""
    draft.put(replace(run, state=RunState.FAILED, wake_at=None, pending=(), reason=reason))
    step, target = draft.snapshot.step(run.ref.step), draft.snapshot.target(run.ref.cluster)
    at = having.next_try(step, run, reason, now=draft.now)
    if at is not None:
        ref = replace(run.ref, attempt=run.ref.attempt + 1)
        deadline = at + timedelta(seconds=step.timeout)
        values = {"at": at.isoformat(timespec="seconds"), "waited": reason.dump()}
        why = Reason("tries_again", values)
        draft.put(Run(ref=ref, state=RunState.WATCHING, started=at, deadline=deadline, wake_at=at, reason=why))
    elif target and target.is_failing:
        return  # why it failed is the first failure, not that of what came after it
    elif target:
        stop_beside(draft, run)
        left = () if step.back else after_failure(draft.snapshot, target)
        draft.set_target(target, state=target.state if left else TargetState.FAILED, reason=reason)


def overdue(draft: Draft, run: Run) -> Reason:
    """Why a run that ran out of time did: a lost cluster, else what it waited for last."""
    target = draft.snapshot.target(run.ref.cluster)
    step = draft.snapshot.step(run.ref.step)
    values = {"cluster": target.name if target else "", "seconds": round(step.timeout)}
    if target and target.lost_since:
        return Reason("cluster_away", {**values, "since": target.lost_since.isoformat()})
    if run.state is RunState.ACTING and (step.kind in OUTSIDE or "request" in step.options):
        return Reason("no_answer", {**values, "step": step.options.get("name", "")})
    if run.state is RunState.ACTING:
        return Reason("effect_overdue", values)
    waited = {"waited": run.reason.dump() if run.reason else None}
    return unanswered(step, run) or Reason("deadline", {**values, **waited})


def begin_step(draft: Draft, target: Target, step: Step) -> None:
    """A first or further attempt at a step."""
    attempts = sum(r.ref.step == step.number for r in draft.snapshot.runs_on(target.cluster, back=step.back))
    ref = RunRef(target.cluster, step.number, attempts + 1)
    deadline = draft.now + timedelta(seconds=step.timeout)
    begin(draft, Run(ref=ref, state=RunState.WATCHING, started=draft.now, deadline=deadline, wake_at=deadline))


def begin(draft: Draft, run: Run) -> None:
    """An attempt begins, if the step's condition holds; one that asks nothing of the world is judged at once.

    Its time counts from now: whoever was to wake a further attempt may have been late.
    """
    step, target = draft.snapshot.step(run.ref.step), draft.snapshot.target(run.ref.cluster)
    if target and having.is_beside_the_point(step, target):
        draft.put(replace(run, state=RunState.SKIPPED, wake_at=None, reason=Reason("nothing_here")))
        return
    try:
        known = having.outputs(draft.snapshot, run.ref.cluster) if step.options.get("name") else {}
        if not having.is_wanted(step, known):
            draft.put(replace(run, state=RunState.SKIPPED, wake_at=None, reason=Reason("not_wanted")))
            return
        inputs = having.inputs(step, known)
    except BadExpression as error:
        fail(draft, run, having.unreadable(draft.snapshot, step, run.ref.cluster, error))
        return
    if why := entering.kept_by(draft, step, target):
        if not entering.waits(draft, run, why):
            fail(draft, run, why)
        return
    deadline = draft.now + timedelta(seconds=step.timeout)
    given = {"inputs": inputs} if inputs else {}
    run = replace(run, started=draft.now, deadline=deadline, wake_at=deadline, reason=None, output=given)
    effects = STEPS[step.kind].effects(_context(draft, run))
    if effects:
        send(draft, run, effects)
    else:
        judge(draft, run)


def _nothing(draft: Draft) -> bool:
    return False


def _go_on(draft: Draft) -> bool:
    if _stops(draft):
        return True
    snapshot = draft.snapshot
    if any(_next_step(draft, t, back=False) for t in snapshot.targets if t.state is TargetState.RUNNING):
        return True
    if _led(draft):
        return True
    ready = may_start(snapshot)
    for target in ready:
        draft.set_target(target, state=TargetState.RUNNING)
    if not ready and not snapshot.open_runs and all(t.state in TARGET_SETTLED for t in snapshot.targets):
        failed = sum(t.state is TargetState.FAILED for t in snapshot.targets)
        within = Reason("within_budget", {"failed": failed, "all": len(snapshot.targets)}) if failed else None
        draft.move(ReleaseState.SUCCEEDED, reason=within)
        return False
    return bool(ready)


def _led(draft: Draft) -> bool:
    """What one cluster does for all, or before the others, has got further, so they look again."""
    for run in draft.snapshot.open_runs:
        if run.state is RunState.WATCHING and run.reason and run.reason.code in _FOR_OTHERS:
            judge(draft, run)
            if draft.snapshot.run(run.ref) != run:
                return True
    return False


def _go_back(draft: Draft) -> bool:
    targets = draft.snapshot.targets
    if any(_next_step(draft, t, back=True) for t in targets if t.state is TargetState.ROLLING_BACK):
        return True
    if _led(draft):
        return True
    if any(t.state is TargetState.ROLLING_BACK for t in targets):
        return False
    left = [t for t in targets if t.state is TargetState.FAILED]
    if left:
        values = {"clusters": [t.name for t in left], "waited": left[0].reason.dump() if left[0].reason else None}
        draft.move(ReleaseState.FAILED, reason=Reason("rollback_failed", values))
    else:
        draft.move(ReleaseState.ROLLED_BACK, reason=draft.snapshot.reason)
    return False


def _stops(draft: Draft) -> bool:
    """Too many clusters failed; or somebody rejected it, and what is planned for that is done."""
    return end_rejected(draft) if rejected(draft.snapshot) else _over_budget(draft)


def _over_budget(draft: Draft) -> bool:
    snapshot = draft.snapshot
    if not is_over_budget(snapshot):
        return False
    failed = [t for t in snapshot.targets if t.state is TargetState.FAILED]
    # Which failure was one too many is chance; that any of them is a reason to go back is not.
    causes = [t for t in failed if cause_of(t.reason) in snapshot.rollback_on]
    after = After.ROLL_BACK if causes else After.HOLD
    stop(draft, after=after, reason=(causes or failed)[0].reason or Reason("stopped"))
    return True


def _next_step(draft: Draft, target: Target, *, back: bool) -> bool:
    snapshot = draft.snapshot
    under_way = {snapshot.step(run.ref.step).beside for run in snapshot.open_runs_on(target.cluster)}
    if target.is_failing and under_way:
        return False
    if target.is_failing:
        left = after_failure(snapshot, target)
        if left:
            begin_step(draft, target, left[0])
        else:
            draft.set_target(target, state=TargetState.FAILED)
        return True
    step = to_pass(snapshot, target, back=back, under_way=under_way)
    if step is None and under_way:
        return False
    if step is None:
        draft.set_target(target, state=TargetState.ROLLED_BACK if back else TargetState.DONE, reason=None)
    else:
        begin_step(draft, target, step)
    return True


def _context(draft: Draft, run: Run) -> StepContext:
    snapshot = draft.snapshot
    step, target = snapshot.step(run.ref.step), snapshot.target(run.ref.cluster)
    if target is None:
        raise LookupError(f"release {snapshot.id} has no target {run.ref.cluster}")
    outputs = tuple(r.output for r in snapshot.runs_on(target.cluster, back=step.back))
    there = [r.output["numbers"] for r in snapshot.runs_on(target.cluster, back=False) if "numbers" in r.output]
    elsewhere = tuple(r for r in snapshot.runs if r.ref.step == step.number and r.ref.cluster != target.cluster)
    return StepContext(
        target=target,
        step=step,
        run=run,
        now=draft.now,
        outputs=outputs,
        elsewhere=elsewhere,
        peers=snapshot.targets,
        release=snapshot.id,
        numbers=there[-1] if there else {},
        promoted_by=promoting.said_by(snapshot, step),
        made=snapshot.made(target.cluster),
    )


_FOLLOWS: dict[ReleaseState, Callable[[Draft], bool]] = {
    ReleaseState.RUNNING: _go_on,
    ReleaseState.PAUSED: _stops,
    ReleaseState.ABORTING: end_stop,
    ReleaseState.ROLLING_BACK: _go_back,
}
