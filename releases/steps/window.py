"""Wait for one of the hours that `options["hours"]` names, in `options["time_zone"]`.

`options["override"]`: whoever may approve releases can let it go on before its time, with a reason; nobody else can.

Hours are rows of `{days, begin, end}`: `begin` and `end` as `22:00`, `24:00` for midnight, no days for every day.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from releases.effects import Effect
from releases.events import Approved, Overridden, Promoted, Rejected
from releases.observation import Observation
from releases.reasons import Reason
from releases.snapshot import Step
from releases.steps.base import Done, Outcome, StepContext, StepLogic, Waiting, rejected

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_AHEAD = range(15)  # of a window of one weekday, that may be skipped once


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
    """The first moment from `now` on at which the clocks of a time zone show one of these hours.

    What the clocks skip does not come on that day: the hours say when it is allowed, and no other is one of them. What
    only begins there opens as soon as they have jumped; what they show twice is open twice.
    """
    local = now.astimezone(zone)
    if _is_within(local, hours):
        return now
    found = [
        moment
        for day in (local.date() + timedelta(days=ahead) for ahead in _AHEAD)
        for row in hours
        for moment in _moments(datetime.combine(day, time.fromisoformat(row["begin"]), tzinfo=zone))
        if moment > now and _is_within(moment.astimezone(zone), hours)
    ]
    return min(found, default=now + timedelta(days=7)).astimezone(now.tzinfo)


def _is_within(local: datetime, hours: Sequence[Mapping[str, Any]]) -> bool:
    return any(
        time.fromisoformat(row["begin"]) <= local.time()
        and (row["end"] == "24:00" or local.time() < time.fromisoformat(row["end"]))
        and (not row.get("days") or DAYS[local.weekday()] in row["days"])
        for row in hours
    )


def _moments(wall: datetime) -> tuple[datetime, ...]:
    """When the clocks show a time: once, or twice; of one that they skip, when they have jumped over it."""
    early, late = sorted(wall.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    if _shown(early, wall) == _naive(wall):
        return early, late
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) // 2
        early, late = (middle, late) if _shown(middle, wall) < _naive(wall) else (early, middle)
    return (late.replace(microsecond=0),)


def _shown(moment: datetime, wall: datetime) -> datetime:
    return _naive(moment.astimezone(wall.tzinfo))


def _naive(local: datetime) -> datetime:
    return local.replace(tzinfo=None, fold=0)
