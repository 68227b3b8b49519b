"""When a window opens on the days on which the clocks of its time zone skip an hour, or have one twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from releases.steps.window import opens

BERLIN = ZoneInfo("Europe/Berlin")
JUMP = datetime(2027, 3, 28, 1, tzinfo=UTC)  # from 02:00 to 03:00
BACK = datetime(2027, 10, 31, 1, tzinfo=UTC)  # from 03:00 to 02:00
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def row(begin: str, end: str, *days: str) -> dict[str, Any]:
    return {"begin": begin, "end": end, "days": list(days)}


@pytest.mark.parametrize("early", [20 * HOUR, 3 * HOUR, MINUTE], ids=["the day before", "at midnight", "just before"])
def test_a_window_in_the_hour_that_is_skipped_opens_on_the_next_day(early: timedelta) -> None:
    hours, next_day = [row("02:00", "03:00")], JUMP + 23 * HOUR
    assert opens(JUMP - early, hours, zone=BERLIN) == next_day
    assert opens(JUMP, hours, zone=BERLIN) == next_day


def test_one_of_that_weekday_alone_opens_in_the_week_after() -> None:
    for early in (timedelta(days=6), HOUR):
        assert opens(JUMP - early, [row("02:00", "03:00", "sun")], zone=BERLIN) == JUMP + timedelta(days=7) - HOUR


@pytest.mark.parametrize("begin", ["02:00", "02:30"])
def test_one_that_begins_in_that_hour_and_lasts_longer_opens_when_the_clocks_have_jumped(begin: str) -> None:
    hours = [row(begin, "05:00")]
    assert opens(JUMP - HOUR, hours, zone=BERLIN) == JUMP
    assert opens(JUMP, hours, zone=BERLIN) == JUMP


def test_one_that_ends_in_that_hour_ends_when_the_clocks_jump() -> None:
    hours = [row("01:00", "02:30")]
    assert opens(JUMP - MINUTE, hours, zone=BERLIN) == JUMP - MINUTE
    assert opens(JUMP, hours, zone=BERLIN) == JUMP + 22 * HOUR


def test_in_an_hour_that_comes_twice_a_window_opens_twice() -> None:
    hours = [row("02:00", "02:30")]
    assert opens(BACK - 2 * HOUR, hours, zone=BERLIN) == BACK - HOUR
    assert opens(BACK - 20 * MINUTE, hours, zone=BERLIN) == BACK
    assert opens(BACK + 40 * MINUTE, hours, zone=BERLIN) == BACK + 24 * HOUR


@pytest.mark.parametrize("moment", [JUMP - 3 * HOUR, JUMP, BACK - HOUR, BACK])
def test_what_opens_at_a_moment_is_open_then(moment: datetime) -> None:
    for begin, end in (
        ("00:00", "02:00"),
        ("02:00", "03:00"),
        ("02:15", "02:45"),
        ("02:59", "24:00"),
        ("03:00", "03:30"),
    ):
        at = opens(moment, [row(begin, end)], zone=BERLIN)
        assert opens(at, [row(begin, end)], zone=BERLIN) == at
