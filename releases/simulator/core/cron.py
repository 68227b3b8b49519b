"""Cron lines, read as the API server reads them: its five fields and descriptors, its limits, its words.

Nothing that is installed reads just these: the field 7 for Sunday is refused, a day of the month and one of the week
together mean either of them, and a time that the clocks skip in spring never comes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, 1)}
_DAYS = {name: number for number, name in enumerate(("sun", "mon", "tue", "wed", "thu", "fri", "sat"))}
_FIELDS: tuple[tuple[int, int, dict[str, int]], ...] = (
    (0, 59, {}),
    (0, 23, {}),
    (1, 31, {}),
    (1, 12, _MONTHS),
    (0, 6, _DAYS),
)
_DESCRIPTORS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_EVERY = "@every "
_DURATION = re.compile(r"([0-9]*\.?[0-9]+)(ns|us|µs|ms|s|m|h)")
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_FURTHEST = timedelta(days=5 * 366)


@dataclass(frozen=True, slots=True)
class Schedule:
    """When something happens: at the minutes all fields agree on, or ``every`` so many seconds."""

    minutes: tuple[int, ...] = ()
    hours: tuple[int, ...] = ()
    days: frozenset[int] = frozenset()
    months: frozenset[int] = frozenset()
    weekdays: frozenset[int] = frozenset()
    any_day: bool = True
    any_weekday: bool = True
    every: float = 0.0

    def after(self, moment: float, zone: tzinfo) -> float | None:
        """The first time after ``moment`` (seconds since 1970); None when there is none within five years."""
        if self.every:
            return float(int(moment + self.every))
        start = datetime.fromtimestamp(moment, zone)
        times = self._times(start.date(), zone, hours=tuple(hour for hour in self.hours if hour >= start.hour))
        for number in range(1, _FURTHEST.days):
            if (found := next((time for time in times if time > moment), None)) is not None:
                return found
            times = self._times(start.date() + timedelta(days=number), zone, hours=self.hours)
        return None

    def latest(self, since: float, until: float, zone: tzinfo) -> float | None:
        """The last time after ``since`` that is not after ``until``; None when there is none."""
        if self.every:
            count = int((until - since) / self.every)
            return float(int(since + count * self.every)) if count > 0 else None
        first, day = (datetime.fromtimestamp(moment, zone).date() for moment in (since, until))
        while day >= first:
            for time in reversed(list(self._times(day, zone, hours=self.hours))):
                if time <= until:
                    return time if time > since else None
            day -= timedelta(days=1)
        return None

    def _falls_on(self, day: date) -> bool:
        if day.month not in self.months:
            return False
        by_date, by_weekday = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return by_date and by_weekday if self.any_day or self.any_weekday else by_date or by_weekday

    def _times(self, day: date, zone: tzinfo, *, hours: tuple[int, ...]) -> Iterator[float]:
        if not self._falls_on(day):
            return
        for hour in hours:
            for minute in self.minutes:
                wall = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)
                time = wall.timestamp()
                if datetime.fromtimestamp(time, zone).replace(fold=0) == wall:
                    yield time


@lru_cache(maxsize=256)
def parse(line: str) -> Schedule:
    """The schedule a line means. Raises ValueError with the API server's own sentence."""
    if line.startswith("@"):
        return _descriptor(line)
    fields = line.split()
    if len(fields) != len(_FIELDS):
        raise ValueError(f"expected exactly 5 fields, found {len(fields)}: [{' '.join(fields)}]")
    (minutes, _), (hours, _), (days, any_day), (months, _), (weekdays, any_weekday) = map(_field, fields, _FIELDS)
    return Schedule(
        minutes=tuple(sorted(minutes)),
        hours=tuple(sorted(hours)),
        days=days,
        months=months,
        weekdays=weekdays,
        any_day=any_day,
        any_weekday=any_weekday,
    )


@lru_cache(maxsize=64)
def zone(name: str) -> tzinfo | None:
    """A time zone by its name, UTC for none; None when nobody knows it."""
    if not name:
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, IsADirectoryError):
        return None


def _descriptor(line: str) -> Schedule:
    if line in _DESCRIPTORS:
        return parse(_DESCRIPTORS[line])
    if not line.startswith(_EVERY):
        raise ValueError(f"unrecognized descriptor: {line}")
    text = line.removeprefix(_EVERY)
    if _DURATION.sub("", text) or not text:
        raise ValueError(f'failed to parse duration {line}: time: invalid duration "{text}"')
    seconds = sum(float(number) * _UNITS[unit] for number, unit in _DURATION.findall(text))
    return Schedule(every=max(1.0, float(int(seconds))))


def _field(text: str, limits: tuple[int, int, dict[str, int]]) -> tuple[frozenset[int], bool]:
    """The numbers a field names, and whether it leaves all of them open."""
    numbers: set[int] = set()
    is_open = False
    for part in filter(None, text.split(",")):
        found, whole = _range(part, *limits)
        numbers |= set(found)
        is_open = is_open or whole
    return frozenset(numbers), is_open


def _range(text: str, lowest: int, highest: int, words: dict[str, int]) -> tuple[range, bool]:
    span, *steps = text.split("/")
    first, *rest = span.split("-")
    whole = first in ("*", "?")
    if whole:
        start, end = lowest, highest
    else:
        start = _number(first, words)
        if len(rest) > 1:
            raise ValueError(f"too many hyphens: {text}")
        end = _number(rest[0], words) if rest else start
    if len(steps) > 1:
        raise ValueError(f"too many slashes: {text}")
    step = _number(steps[0], {}) if steps else 1
    if steps and not rest:
        end = highest
    if start < lowest:
        raise ValueError(f"beginning of range ({start}) below minimum ({lowest}): {text}")
    if end > highest:
        raise ValueError(f"end of range ({end}) above maximum ({highest}): {text}")
    if start > end:
        raise ValueError(f"beginning of range ({start}) beyond end of range ({end}): {text}")
    if step == 0:
        raise ValueError(f"step of range should be a positive number: {text}")
    return range(start, end + 1, step), whole and step == 1


def _number(text: str, words: dict[str, int]) -> int:
    if text.lower() in words:
        return words[text.lower()]
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f'failed to parse int from {text}: strconv.Atoi: parsing "{text}": invalid syntax')
    return int(text)
