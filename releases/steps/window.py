"""Wait for one of the hours that `options["hours"]` names, in `options["time_zone"]`.

`options["override"]`: whoever may approve releases can let it go on before its time, with a reason; nobody else can.

Hours are rows of `{days, begin, end}`: `begin` and `end` as `22:00`, `24:00` for midnight, no days for every day.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from releases.effects import Effect
from releases.events import Approved, Overridden, Promoted, Rejected
from releases.observation import Observation
from releases.reasons import Reason
from releases.snapshot import Step
from releases.steps.base import Done, Outcome, StepContext, StepLogic, Waiting, rejected

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Window(StepLogic):
    def effects(self, context: StepContext) -> tuple[Effect, ...]:
        return ()

    def observe(self, context: StepContext, observation: Observation | None) -> Outcome:
        options = context.step.options
        at = opens(context.now, options["hours"], zone=ZoneInfo(options["time_zone"]))
        if at <= context.now:
            return Done()
        return Waiting(reason=Reason("window_closed", {"until": at.isoformat(timespec="minutes")}), wake_at=at)

    def is_skippable(self, step: Step) -> bool:
        return False

    def answer(self, context: StepContext, event: Approved | Rejected | Promoted) -> Outcome | None:
        return rejected(event) if isinstance(event, Rejected) else None

    def override(self, context: StepContext, event: Overridden) -> Outcome | None:
        if not context.step.options.get("override"):
            return None
        return Done(output={"overridden_by": event.by, "words": event.comment})


def opens(now: datetime, hours: Sequence[Mapping[str, Any]], *, zone: ZoneInfo) -> datetime:
    """The first moment from `now` on that is within one of these hours, by the clocks of a time zone."""
    local = now.astimezone(zone)
    found: list[datetime] = []
    for ahead in range(8):
        day = local.date() + timedelta(days=ahead)
        for row in hours:
            if row.get("days") and DAYS[day.weekday()] not in row["days"]:
                continue
            begin = datetime.combine(day, _clock(row["begin"]), tzinfo=zone)
            last = day + timedelta(days=1) if row["end"] == "24:00" else day
            end = datetime.combine(last, _clock(row["end"]), tzinfo=zone)
            if end > local:
                found.append(max(begin, local))
    return min(found, default=local + timedelta(days=7)).astimezone(now.tzinfo)


def _clock(text: str) -> time:
    return time() if text == "24:00" else time.fromisoformat(text)
