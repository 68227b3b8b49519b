"""Wait while the app is frozen. `options["freezes"]` are the spans known when the release was frozen itself.

They are rows of `{whose, name, begins, ends, until, reason}`: in ISO 8601, and `until` in words. Whoever may approve
releases can override them, on all clusters at once, also on those that come to it later.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from releases.effects import Effect
from releases.events import Approved, Overridden, Promoted, Rejected
from releases.observation import Observation
from releases.reasons import Reason
from releases.snapshot import Step
from releases.steps.base import Done, Outcome, StepContext, StepLogic, Waiting, rejected


class Freeze(StepLogic):
    def effects(self, context: StepContext) -> tuple[Effect, ...]:
        return ()

    def observe(self, context: StepContext, observation: Observation | None) -> Outcome:
        if any(run.output.get("overridden_by") for run in context.elsewhere):
            return Done()
        row = longest(context.step.options["freezes"], context.now)
        if row is None:
            return Done()
        values = {"name": row["name"], "until": row["until"], "words": row["reason"]}
        return Waiting(reason=Reason("frozen", values), wake_at=datetime.fromisoformat(row["ends"]))

    def is_skippable(self, step: Step) -> bool:
        return False

    def answer(self, context: StepContext, event: Approved | Rejected | Promoted) -> Outcome | None:
        return rejected(event) if isinstance(event, Rejected) else None

    def override(self, context: StepContext, event: Overridden) -> Outcome | None:
        return Done(output={"overridden_by": event.by, "words": event.comment})


def longest(rows: Sequence[Mapping[str, Any]], now: datetime) -> Mapping[str, Any] | None:
    """Of the freezes that hold at a moment the one that ends last."""
    holding = [
        row for row in rows if datetime.fromisoformat(row["begins"]) <= now < datetime.fromisoformat(row["ends"])
    ]
    return max(holding, key=lambda row: datetime.fromisoformat(row["ends"]), default=None)
