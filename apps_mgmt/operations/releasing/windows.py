"""The hours of a window step as a row says them, and back: one span, over midnight or not, or several in one cell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from apps_mgmt.spec.hours import DAYS, MIDNIGHT, Span, spans_of
from portal.errors import Refused

_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00")
_SPAN = re.compile(r"(?P<days>(?:[A-Za-z]+[\s]+)*)(?P<begin>[0-9:]+)\s*[-–]\s*(?P<end>[0-9:]+)")  # noqa: RUF001 an en dash is how a span is written
_WHOLE = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def step(given: dict[str, Any]) -> dict[str, Any]:
    """What the row gives, with `hours` as the spec has them. Raises Refused with the cell for what is no span."""
    one = {name: given.pop(name, "") for name in ("begin", "end", "days")}
    several = given.pop("spans", "")
    if several and any(one.values()):
        sentence = _("Say the hours either here or in From, Until and Days. Leave the others blank.")
        raise Refused(sentence, field="spans")
    if several:
        spans = [_span(text) for text in several.split(",") if text.strip()]
    else:
        days = tuple(_short(day) for day in _listed(one["days"]))
        begin, end = (_clock(one[name] or usual, cell=name) for name, usual in zip(one, MIDNIGHT, strict=False))
        spans = [_lasting(Span(begin, end, days), cell="end")]
    return {**given, "hours": [row for span in spans for row in span.hours()]}


def unknown_days(text: str) -> str:
    """What to write instead of what the cell *Days* gives as a day and is none; blank where all are.

    For whoever saves a row: `step` takes what begins like a day, which old logs have, as `Tues`.
    """
    return _unknown(_listed(text))


def row(given: Mapping[str, Any]) -> dict[str, Any]:
    """The cells of a window of the spec."""
    spans = spans_of(given["hours"])
    if len(spans) == 1:
        return {"begin": spans[0].begin, "end": spans[0].end, "days": ", ".join(spans[0].days), "spans": ""}
    told = (f"{' '.join((*span.days, ''))}{span.begin}-{span.end}" for span in spans)
    return {"begin": "", "end": "", "days": "", "spans": ", ".join(told)}


def _span(text: str) -> Span:
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        sentence = _("{text} is no span of time. Write it as 22:00-02:00, or sat sun 09:00-17:00.")
        raise Refused(sentence.format(text=text.strip()), field="spans")
    days = found["days"].split()
    if why := _unknown(days):
        raise Refused(why, field="spans")
    begin, end = (_clock(found[name], cell="spans") for name in ("begin", "end"))
    return _lasting(Span(begin, end, tuple(map(_short, days))), cell="spans")


def _lasting(span: Span, *, cell: str) -> Span:
    if span.begin in (span.end, MIDNIGHT[1]):
        sentence = _("A window from {begin} to {end} never opens. Choose an end that differs, as 22:00 to 02:00.")
        raise Refused(sentence.format(begin=span.begin, end=span.end), field=cell)
    return span


def _clock(text: str, *, cell: str) -> str:
    if not _CLOCK.fullmatch(text):
        raise Refused(_("{text} is not a time of day. Write it like 09:30.").format(text=text), field=cell)
    return text


def _unknown(days: Iterable[str]) -> str:
    """What to write instead of the first that is no day; blank where all are."""
    wrong = next((day for day in days if day.lower() not in (*DAYS, *_WHOLE)), "")
    sentence = _("{text} is no day of the week. Write {days}.")
    return sentence.format(text=wrong, days=", ".join(DAYS)) if wrong else ""


def _listed(text: str) -> list[str]:
    return [day.strip() for day in text.split(",") if day.strip()]


def _short(day: str) -> str:
    return day.strip().lower()[:3]
