"""A quota line as the numbers a page or an answer shows: in the largest unit that suits its limit."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from tenants.quota.arithmetic import QuotaLine
from tenants.quota.dimensions import BYTE_UNITS, human


def day(text: str) -> str:
    """A date in ISO form as people read it."""
    return date_format(date.fromisoformat(text), "DATE_FORMAT")


def row(line: QuotaLine, *, limit_before: int | None = None) -> dict[str, Any]:
    """`used`, `after`, `limit` as numbers in `unit` (CPU, GiB, MiB … or "" for pieces), `short` a sentence or "".

    `title` and `label` are both the name of the dimension. `note` says when the limit falls, and to what.
    `limit_before` is None but where a change is about the limit itself.
    """
    unit, size = _scale(line)
    return {
        "dimension": line.dimension,
        "title": str(line.label),
        "label": str(line.label),
        "unit": unit,
        "used": _scaled(line.used, size),
        "after": _scaled(line.after, size),
        "limit": _scaled(line.limit, size),
        "fits": line.fits,
        "limit_before": None if limit_before is None else _scaled(limit_before, size),
        "note": falling(line),
        "short": "" if line.fits else _("{amount} short.").format(amount=line.short_text),
    }


def falling(line: QuotaLine) -> str:
    """When a limit that is higher for a while falls, and to what; "" for any other."""
    sentence = _("until {date}, then {amount}")
    words = [sentence.format(date=day(last), amount=human(line.dimension, amount)) for last, amount in line.falls]
    return " ".join(words)


def raised(line: QuotaLine) -> str:
    """What a limit is for a while, and until when; "" where it is so for good."""
    sentence = _("{value} until {date}")
    return ", ".join(
        sentence.format(value=human(line.dimension, amount), date=day(last)) for last, amount in line.raises
    )


def _scale(line: QuotaLine) -> tuple[str, int]:
    if line.unit == "millicores":
        return "CPU", 1000
    if line.unit == "bytes":
        largest = max(line.limit, line.after)
        return next(((name, size) for name, size in BYTE_UNITS if largest >= size), ("B", 1))
    return "", 1


def _scaled(amount: int, size: int) -> int | float:
    exact = round(amount / size, 2)
    return int(exact) if exact.is_integer() else exact
