"""A quota line as the numbers a page or an answer shows: in the largest unit that suits its limit."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from tenants.quota.arithmetic import QuotaLine
from tenants.quota.dimensions import BYTE_UNITS


def row(line: QuotaLine) -> dict[str, Any]:
    """`used`, `after`, `limit` as numbers in `unit` (CPU, GiB, MiB … or "" for pieces), `short` a sentence or "".

    `title` and `label` are both the name of the dimension.
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
        "short": "" if line.fits else _("{amount} short.").format(amount=line.short_text),
    }


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
