"""Times that come again, as cron lines of five fields."""

from __future__ import annotations

import re

from django.utils.translation import gettext_lazy as _

from apps_mgmt.spec.errors import SpecError, say

_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_WORDS = (
    {},
    {},
    {},
    *(
        {word: number for number, word in enumerate(words.split(), start)}
        for words, start in (("jan feb mar apr may jun jul aug sep oct nov dec", 1), ("sun mon tue wed thu fri sat", 0))
    ),
)
_PIECE = re.compile(r"(\*|(?P<first>\w+)(-(?P<last>\w+))?)(/(?P<step>[0-9]{1,2}))?")
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}")


def check_cron(line: str, *, field: str = "cron") -> None:
    """SpecError unless it is minute, hour, day, month and weekday, each within its range."""
    fields = line.split()
    if len(fields) != 5 or not all(_good(text, index) for index, text in enumerate(fields)):
        sentence = _("{line} is not a cron line. Write minute, hour, day, month and weekday, like 30 6 * * 1-5.")
        raise SpecError(say(sentence, line=line or "“”"), field=field)


def check_time_zone(name: str, *, field: str = "time_zone") -> None:
    """SpecError unless it has the form of a time zone. Which ones exist is the cluster's own knowledge."""
    if not _ZONE.fullmatch(name):
        raise SpecError(
            say(_("{name} is not a time zone. Write it like Europe/Berlin or UTC."), name=name or "“”"), field=field
        )


def _good(text: str, index: int) -> bool:
    low, high = _RANGES[index]
    for piece in text.lower().split(","):
        match = _PIECE.fullmatch(piece)
        if match is None or match["step"] == "0":
            return False
        ends = [_number(end, index) for end in (match["first"], match["last"]) if end is not None]
        if any(end is None or not low <= end <= high for end in ends):
            return False
        if len(ends) == 2 and (ends[0] or 0) > (ends[1] or 0):
            return False
    return True


def _number(text: str, index: int) -> int | None:
    if text.isascii() and text.isdigit():
        return int(text)
    return _WORDS[index].get(text)
