"""What counts, and what fits. Pure: numbers in, numbers out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise

from tenants.quota.dimensions import DIMENSIONS, human

Usage = Mapping[str, int]


@dataclass(frozen=True)
class QuotaLine:
    """One dimension of a tenant: in use, in use after a change, allowed. Amounts in the dimension's unit.

    `fits` is false only when the change asks for more than there is: what does not grow always fits. `falls`: the last
    days (ISO) of what is allowed for a while, each with what is allowed after it.
    """

    dimension: str
    label: str | Promise
    unit: str
    used: int
    after: int
    limit: int
    fits: bool
    falls: tuple[tuple[str, int], ...] = ()

    @property
    def raises(self) -> tuple[tuple[str, int], ...]:
        """The last day (ISO) of each raise with what is allowed until then, the first to end first."""
        amounts = (self.limit, *(amount for _last, amount in self.falls))
        return tuple((last, amount) for (last, _then), amount in zip(self.falls, amounts, strict=False))

    @property
    def moves_room(self) -> bool:
        """Whether there has to be `room` for another amount after the change: only above the limit."""
        return max(self.limit, self.used) != max(self.limit, self.after)

    @property
    def short(self) -> int:
        """How much is missing for the change; 0 when it fits."""
        return 0 if self.fits else self.after - self.limit

    @property
    def percent(self) -> int:
        """How full it is after the change, 0 to 100, for a bar."""
        if self.limit <= 0:
            return 100 if self.after > 0 else 0
        return min(100, round(self.after * 100 / self.limit))

    @property
    def used_text(self) -> str:
        return human(self.dimension, self.used)

    @property
    def after_text(self) -> str:
        return human(self.dimension, self.after)

    @property
    def limit_text(self) -> str:
        return human(self.dimension, self.limit)

    @property
    def short_text(self) -> str:
        return human(self.dimension, self.short)


def check_usage(usage: Usage) -> None:
    """ValueError for an unknown dimension or an amount below zero: both are programming errors."""
    for dimension, amount in usage.items():
        if dimension not in DIMENSIONS:
            raise ValueError(f"There is no quota dimension {dimension!r}.")
        if amount < 0:
            raise ValueError(f"{dimension} cannot be {amount}: usage is never below zero.")


def counted(sources: Iterable[Usage]) -> dict[str, int]:
    """What an app counts per dimension: the largest of its sources. Dimensions of which nothing is asked are absent."""
    largest: dict[str, int] = {}
    for usage in sources:
        for dimension, amount in usage.items():
            if amount > largest.get(dimension, 0):
                largest[dimension] = amount
    return largest


def change(before: Usage, after: Usage) -> dict[str, int]:
    """By how much each dimension grows (positive) or shrinks (negative); unchanged ones are absent."""
    grown = {name: after.get(name, 0) - before.get(name, 0) for name in before.keys() | after.keys()}
    return {name: amount for name, amount in grown.items() if amount}


def room(limits: Usage, used: Usage) -> dict[str, int]:
    """What there has to be room for of each dimension: its limit, or what is in use of it where that is more."""
    return {name: max(limit, used.get(name, 0)) for name, limit in limits.items()}


def line(dimension: str, *, used: int, grown: int, limit: int, falls: tuple[tuple[str, int], ...] = ()) -> QuotaLine:
    known = DIMENSIONS[dimension]
    after = used + grown
    return QuotaLine(
        dimension=dimension,
        label=known.label,
        unit=known.unit,
        used=used,
        after=after,
        limit=limit,
        fits=grown <= 0 or after <= limit,
        falls=falls,
    )
