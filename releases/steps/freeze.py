"""Wait while the app is frozen. `options["freezes"]` are the spans of the calendar: as they were when the release was
frozen itself, and written anew whenever somebody changes it.

They are rows of `{whose, name, begins, ends, until, reason}`: in ISO 8601, and `until` in words. Whoever may approve
releases can override them, on all clusters at once, also on those that come to it later: those that are known then, for
the time that they have then. What somebody plans or prolongs afterwards holds again. The run that was let go on keeps
them in its output as `covers`, rows of `{whose, name, begins, ends, until}`; one of an older release without it was let
go past everything.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from releases.effects import Effect
from releases.events import Approved, Overridden, Promoted, Rejected
from releases.observation import Observation
from releases.reasons import Reason
from releases.snapshot import Snapshot, Step
from releases.states import RUN_PASSED
from releases.steps.base import Done, Outcome, StepContext, StepLogic, Waiting, rejected

COVERED = ("whose", "name", "begins", "ends", "until")


class Freeze(StepLogic):
    def effects(self, context: StepContext) -> tuple[Effect, ...]:
        return ()

    def observe(self, context: StepContext, observation: Observation | None) -> Outcome:
        outputs = [run.output for run in context.elsewhere]
        row = longest(uncovered(context.step.options["freezes"], outputs, context.now), context.now)
        if row is None:
            return Done()
        values = {"name": row["name"], "until": row["until"], "words": row["reason"]}
        return Waiting(reason=Reason("frozen", values), wake_at=datetime.fromisoformat(row["ends"]))

    def is_skippable(self, step: Step) -> bool:
        return False

    def answer(self, context: StepContext, event: Approved | Rejected | Promoted) -> Outcome | None:
        return rejected(event) if isinstance(event, Rejected) else None

    def override(self, context: StepContext, event: Overridden) -> Outcome | None:
        known = ahead(context.step.options["freezes"], context.now)
        covers = [{name: row[name] for name in COVERED} for row in known]
        return Done(output={"overridden_by": event.by, "words": event.comment, "covers": covers})


def longest(rows: Sequence[Mapping[str, Any]], now: datetime) -> Mapping[str, Any] | None:
    """Of the freezes that hold at a moment the one that ends last."""
    holding = [row for row in rows if _holds(row, now)]
    return max(holding, key=lambda row: datetime.fromisoformat(row["ends"]), default=None)


def ahead(rows: Sequence[Mapping[str, Any]], now: datetime) -> list[Mapping[str, Any]]:
    """The freezes that are not over at a moment, in an order of their own."""
    left = [row for row in rows if now < datetime.fromisoformat(row["ends"])]
    return sorted(left, key=lambda row: (row["whose"], row["name"]))


def uncovered(
    rows: Sequence[Mapping[str, Any]], outputs: Iterable[Mapping[str, Any]], now: datetime
) -> list[Mapping[str, Any]]:
    """The freezes that nobody has overridden at a moment, by the outputs of runs of the step."""
    given = [output for output in outputs if output.get("overridden_by")]
    if passes_all(given):
        return []
    covers = [row for output in given for row in output["covers"]]
    return [row for row in rows if not any(_is_of(row, one) and _holds(one, now) for one in covers)]


def covered_until(
    row: Mapping[str, Any], outputs: Iterable[Mapping[str, Any]], now: datetime
) -> Mapping[str, Any] | None:
    """What was overridden of a freeze, from now on or from when it begins, as a row of `covers`; None: nothing of it.
    Where the freeze ends later than that, it holds from there on.
    """
    begins = max(now, datetime.fromisoformat(row["begins"]))
    found = [one for output in outputs for one in output.get("covers", ()) if _is_of(row, one) and _holds(one, begins)]
    return max(found, key=lambda one: datetime.fromisoformat(one["ends"]), default=None)


def passes_all(outputs: Iterable[Mapping[str, Any]]) -> bool:
    """Whether somebody let all go on past whatever is frozen, as it was before it was kept what that is."""
    return any(output.get("overridden_by") and "covers" not in output for output in outputs)


def keeps_to(snapshot: Snapshot, step: Step) -> bool:
    """Whether a cluster has yet to pass this line of the plan, and nobody has let all pass it, whatever is frozen."""
    runs = [run for run in snapshot.runs if run.ref.step == step.number]
    if passes_all(run.output for run in runs):
        return False
    passed = {run.ref.cluster for run in runs if run.state in RUN_PASSED}
    return any(target.cluster not in passed for target in snapshot.targets)


def _is_of(row: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return bool((row["whose"], row["name"]) == (other["whose"], other["name"]))


def _holds(row: Mapping[str, Any], now: datetime) -> bool:
    return datetime.fromisoformat(row["begins"]) <= now < datetime.fromisoformat(row["ends"])
