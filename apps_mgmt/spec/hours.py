"""Spans of the day as people write them: one over midnight, `22:00-02:00`, is two in the spec. Pure.

The days of a span are those on which it begins: the hours after midnight are of the day after.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MIDNIGHT = ("00:00", "24:00")


@dataclass(frozen=True)
class Span:
    """From `begin` to `end`, which is of the next day where it is not later; on these days, `()` every day."""

    begin: str
    end: str
    days: tuple[str, ...] = ()

    def hours(self) -> list[dict[str, Any]]:
        """Rows {begin, end, days} as the spec has them: two where it goes over midnight."""
        if self.begin <= self.end or self.end == MIDNIGHT[0]:
            end = MIDNIGHT[1] if self.end == MIDNIGHT[0] else self.end
            return [{"begin": self.begin, "end": end, "days": list(self.days)}]
        evening = {"begin": self.begin, "end": MIDNIGHT[1], "days": list(self.days)}
        return [evening, {"begin": MIDNIGHT[0], "end": self.end, "days": list(_after(self.days))}]


def spans_of(hours: Iterable[Mapping[str, Any]]) -> list[Span]:
    """The spans that rows of a spec are: what goes up to midnight and on after it is one."""
    rows = [Span(row["begin"], row["end"], tuple(row.get("days") or ())) for row in hours]
    return list(_joined(rows))


def _joined(rows: Sequence[Span]) -> Iterator[Span]:
    taken: set[int] = set()
    for number, row in enumerate(rows):
        if number in taken:
            continue
        following = rows[number + 1] if number + 1 < len(rows) else None
        if following and _goes_on(row, following):
            taken.add(number + 1)
            yield Span(row.begin, following.end, row.days)
        else:
            yield row


def _goes_on(evening: Span, morning: Span) -> bool:
    """Whether the second is what follows the first after midnight, and the two are not the whole day."""
    meet = (evening.end, morning.begin) == (MIDNIGHT[1], MIDNIGHT[0])
    return meet and morning.end < evening.begin and set(morning.days) == set(_after(evening.days))


def _after(days: Iterable[str]) -> tuple[str, ...]:
    return tuple(DAYS[(DAYS.index(day) + 1) % len(DAYS)] for day in days)
