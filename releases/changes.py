"""What a decision changes. A timeline is a list of these; folding them gives the release's present state."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from releases.reasons import Reason
from releases.snapshot import Run, RunRef, Snapshot
from releases.states import After, ReleaseState, RunState, TargetState


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseChange:
    state: ReleaseState
    reason: Reason | None = None
    after_stop: After | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetChange:
    cluster: str
    state: TargetState
    reason: Reason | None = None
    lost_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepChange:
    """The options of a line of the plan as they are now, whole."""

    step: int
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunChange:
    """A run as it is now, whole; a run not seen before begins with its first change."""

    ref: RunRef
    state: RunState
    started: datetime
    deadline: datetime
    wake_at: datetime | None = None
    pending: tuple[int, ...] = ()
    sent: int = 0
    output: Mapping[str, Any] = field(default_factory=dict)
    reason: Reason | None = None


Change = ReleaseChange | TargetChange | StepChange | RunChange


def evolve(snapshot: Snapshot, change: Change) -> Snapshot:
    """The snapshot with one change made."""
    if isinstance(change, ReleaseChange):
        return replace(snapshot, state=change.state, reason=change.reason, after_stop=change.after_stop)
    if isinstance(change, TargetChange):
        values: dict[str, Any] = {"state": change.state, "reason": change.reason, "lost_since": change.lost_since}
        return replace(
            snapshot,
            targets=tuple(replace(t, **values) if t.cluster == change.cluster else t for t in snapshot.targets),
        )
    if isinstance(change, StepChange):
        plan = (replace(s, options=change.options) if s.number == change.step else s for s in snapshot.plan)
        return replace(snapshot, plan=tuple(plan))
    run = Run(**{name: getattr(change, name) for name in RunChange.__slots__})
    if snapshot.run(run.ref) is None:
        return replace(snapshot, runs=(*snapshot.runs, run))
    return replace(snapshot, runs=tuple(run if r.ref == run.ref else r for r in snapshot.runs))


def replay(planned: Snapshot, timeline: Iterable[Change]) -> Snapshot:
    """What a planned release has become after its timeline."""
    for change in timeline:
        planned = evolve(planned, change)
    return planned


def of_run(run: Run) -> RunChange:
    return RunChange(**{name: getattr(run, name) for name in RunChange.__slots__})


def dump(change: Change) -> dict[str, Any]:
    """The change as JSON values; `load` is the way back."""
    if isinstance(change, StepChange):
        return {"change": "step", "step": change.step, "options": dict(change.options), "reason": None}
    reason = change.reason.dump() if change.reason else None
    if isinstance(change, ReleaseChange):
        return {"change": "release", "state": change.state, "reason": reason, "after_stop": change.after_stop}
    if isinstance(change, TargetChange):
        target = {"cluster": change.cluster, "state": change.state, "lost_since": _text(change.lost_since)}
        return {"change": "target", **target, "reason": reason}
    return {
        "change": "run",
        "cluster": change.ref.cluster,
        "step": change.ref.step,
        "attempt": change.ref.attempt,
        "state": change.state,
        "started": _text(change.started),
        "deadline": _text(change.deadline),
        "wake_at": _text(change.wake_at),
        "pending": list(change.pending),
        "sent": change.sent,
        "output": dict(change.output),
        "reason": reason,
    }


def load(raw: Mapping[str, Any]) -> Change:
    """The change that `dump` wrote."""
    if raw["change"] == "step":
        return StepChange(step=raw["step"], options=raw["options"])
    reason = Reason.load(raw["reason"])
    if raw["change"] == "release":
        after = After(raw["after_stop"]) if raw["after_stop"] else None
        return ReleaseChange(state=ReleaseState(raw["state"]), reason=reason, after_stop=after)
    if raw["change"] == "target":
        lost = _moment(raw["lost_since"])
        return TargetChange(cluster=raw["cluster"], state=TargetState(raw["state"]), reason=reason, lost_since=lost)
    return RunChange(
        ref=RunRef(raw["cluster"], raw["step"], raw["attempt"]),
        state=RunState(raw["state"]),
        started=datetime.fromisoformat(raw["started"]),
        deadline=datetime.fromisoformat(raw["deadline"]),
        wake_at=_moment(raw["wake_at"]),
        pending=tuple(raw["pending"]),
        sent=raw.get("sent", 0),
        output=raw["output"],
        reason=reason,
    )


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
