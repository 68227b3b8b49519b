"""Usage over time as the paths of a small SVG, made on the server. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from tenants.quota.dimensions import DIMENSIONS, human

WIDTH, HEIGHT, MARGIN = 300, 44, 2
SHORTEST = 60
"""A line is drawn from this part of the width on."""


@dataclass(frozen=True)
class Chart:
    """`line`, `area` and `limit` are path data within `width` by `height`; `limit` is None where it would be far above.

    `words` say the same as a sentence.
    """

    line: str
    area: str
    limit: str | None
    words: str
    width: int = WIDTH
    height: int = HEIGHT


def chart(
    dimension: str, steps: Sequence[tuple[datetime, int]], *, since: datetime, now: datetime, used: int, limit: int
) -> Chart | None:
    """The chart of one dimension from `since` to `now`, when `used` is in use.

    None while the first sample is so young that there would be nothing but the right edge.
    """
    if not steps or now - steps[0][0] < (now - since) / SHORTEST:
        return None
    points = [*steps, (now, used)]
    most = max(amount for _at, amount in points)
    # The limit is drawn where it says something: not when use would be a flat line at the bottom under it.
    shown = limit <= most * 8
    top = max(most, limit if shown else 0, 1)
    span = max((now - since).total_seconds(), 1.0)

    def x(at: datetime) -> float:
        return round(max(0.0, (at - since).total_seconds()) * WIDTH / span, 1)

    def y(amount: int) -> float:
        return round(HEIGHT - MARGIN - amount * (HEIGHT - 2 * MARGIN) / top, 1)

    first, amount = points[0]
    parts = [f"M{x(first)} {y(amount)}"]
    for at, amount in points[1:]:
        parts.append(f"H{x(at)}V{y(amount)}")
    line = "".join(parts)
    words = _("{label} over the last {days} days: at most {most}, now {used}").format(
        label=DIMENSIONS[dimension].label,
        days=(now - since).days,
        most=human(dimension, most),
        used=human(dimension, used),
    )
    return Chart(
        line=line,
        area=f"{line}V{HEIGHT}H{x(first)}Z",
        limit=f"M0 {y(limit)}H{WIDTH}" if shown else None,
        words=words,
    )
