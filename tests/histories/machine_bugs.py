"""Bugs of the release machine, its steps and strategies, that the histories of releases have to find."""

from __future__ import annotations

from tests.histories.planting import Bug

MACHINE_BUGS = (
    Bug(
        "releases/machine.py",
        "return run if run and run.is_open and event.key in run.pending else None",
        "return run if run and run.is_open else None",
        "an answer counts that nobody waits for",
    ),
    Bug(
        "releases/machine.py",
        "if run is None or not run.is_open or run.wake_at is None or draft.now < run.wake_at:",
        "if run is None or not run.is_open or run.wake_at is None:",
        "a timer that rings early ends a step",
        rare=True,
    ),
    Bug(
        "releases/machine.py",
        "elif run.state is RunState.STOPPING:",
        "elif not run.is_open:",
        "what was told to stop goes on once its effect is done",
    ),
    Bug(
        "releases/progress.py",
        "keys = tuple(range(run.sent, run.sent + len(effects)))",
        "keys = tuple(range(len(effects)))",
        "two effects of an attempt have one number",
    ),
    Bug(
        "releases/progress.py",
        "draft.put(replace(run, state=RunState.FAILED, wake_at=None, pending=(), reason=reason))",
        "draft.put(replace(run, state=RunState.FAILED, wake_at=None, reason=reason))",
        "what failed still waits for an answer",
    ),
    Bug(
        "releases/progress.py",
        "if draft.now >= deadline:",
        "if draft.now > deadline:",
        "the clock wakes a step at its deadline again and again",
    ),
    Bug(
        "releases/progress.py",
        "if target.is_failing and under_way:",
        "if target.is_failing and not under_way:",
        "nothing begins that is planned for a failure",
        rare=True,
    ),
    Bug(
        "releases/draft.py",
        "if run.wake_at and (known is None or known.wake_at != run.wake_at):",
        "if run.wake_at and known is None:",
        "the clock is not told of an earlier time",
    ),
    Bug(
        "releases/ending.py",
        "if draft.snapshot.open_runs:",
        "if not draft.snapshot.targets:",
        "it turns round while effects are on their way",
    ),
    Bug(
        "releases/changes.py",
        'sent=raw.get("sent", 0),',
        "sent=0,",
        "a timeline read anew does not know how much was sent",
    ),
    Bug(
        "releases/having.py",
        'if not retry or run.ref.attempt > retry["limit"] or reason.code in _FINAL:',
        'if not retry or run.ref.attempt >= retry["limit"] or reason.code in _FINAL:',
        "a step is tried once less than planned",
        rare=True,
    ),
    Bug(
        "releases/strategies/across.py",
        "turn = min((t.wave for t in left), default=0)",
        "turn = max((t.wave for t in left), default=0)",
        "the last wave begins first",
    ),
    Bug(
        "releases/strategies/across.py",
        "if len(failed) > snapshot.failure_budget or all(t in failed for t in _getting(snapshot)):",
        "if len(failed) > snapshot.failure_budget + 1 or all(t in failed for t in _getting(snapshot)):",
        "one cluster more may fail than is allowed",
        rare=True,
    ),
    Bug(
        "releases/steps/trade.py",
        "return new, min(now.old, max(0, now.number - now.goal, now.number - unavailable - now.new_ready))",
        "return new, min(now.old, max(0, now.number - now.goal, now.number - unavailable - new))",
        "old instances go before the new ones are ready",
    ),
    Bug(
        "releases/steps/trade.py",
        "if facts is None or facts.is_before(self.context.written(workload.key)):",
        "if facts is None:",
        "instances are traded by what was so before the last write",
        rare=True,
    ),
    Bug(
        "releases/steps/trade.py",
        "new = max(now.new, min(now.goal, now.number + surge - max(now.old, now.old_total)))",
        "new = max(now.new, now.goal)",
        "there are more instances at once than the quota reserves",
    ),
    Bug(
        "releases/machine.py",
        "elif run.is_to_begin and draft.snapshot.state is ReleaseState.PAUSED:",
        "elif run.is_to_begin and draft.snapshot.state is ReleaseState.PLANNED:",
        "what is tried again begins though the release is paused",
        rare=True,
    ),
    Bug(
        "releases/machine.py",
        "draft.plan(step, freezes=[dict(row) for row in event.freezes])",
        'draft.plan(step, freezes=step.options["freezes"])',
        "a release goes by the calendar of the day on which it began",
        rare=True,
    ),
    Bug(
        "releases/steps/prune.py",
        "return (Prune(keep=context.wished.objects, let_go=stays, adopted=takes),)",
        "return (Prune(keep=(*context.wished.objects, *context.present.objects), let_go=stays, adopted=takes),)",
        "what belongs to the old revision alone stays",
    ),
    Bug(
        "releases/steps/approval.py",
        'if len(names) >= options["count"]:',
        "if names:",
        "one person is enough where two have to approve",
        rare=True,
    ),
    Bug(
        "releases/steps/pairs.py",
        "if _ready(there, observation) == 0 < _ready(other, observation):",
        "if _ready(other, observation) == 0 < _ready(there, observation):",
        "a switch leads from those who answer to nobody",
        rare=True,
    ),
    Bug(
        "releases/ending.py",
        "unsent = draft.withdraw(run.ref)",
        "unsent = set[int]()",
        "what began in the moment of a stop is sent all the same",
        rare=True,
    ),
    Bug(
        "releases/steps/open_tracks.py",
        "if lost := _lost(found, target, observation):",
        "if lost := ():",
        "a second track waits for what somebody deleted",
    ),
)
