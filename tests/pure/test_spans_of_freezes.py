"""From when to when a freeze is: by its own clocks at both ends, which say of an hour that comes twice which it is."""

from __future__ import annotations

from datetime import UTC, datetime

from tenants import freezes
from tenants.freezes import TENANT, Freeze


def freeze(begins: str, ends: str, time_zone: str = "Europe/Berlin") -> Freeze:
    return Freeze("Year end", begins, ends, time_zone, "The books are closed")


def test_both_ends_are_told_by_the_clocks_of_the_freeze() -> None:
    row = freezes.row(TENANT, freeze("2026-11-29T08:00", "2026-12-24T08:00"))
    assert row["begins"] == "2026-11-29T07:00:00+00:00"
    assert freezes.span(row) == "from 2026-11-29 08:00 until 2026-12-24 08:00 Europe/Berlin"


def test_so_they_are_where_the_clocks_change_between_them() -> None:
    row = freezes.row(TENANT, freeze("2026-10-20T08:00", "2026-10-30T08:00"))
    assert (row["begins"][11:16], row["ends"][11:16]) == ("06:00", "07:00")
    assert freezes.span(row) == "from 2026-10-20 08:00 until 2026-10-30 08:00 Europe/Berlin"


def test_a_zone_with_several_words_and_utc_itself_are_told_too() -> None:
    row = freezes.row(TENANT, freeze("2026-11-29T08:00", "2026-11-29T09:00", "America/Argentina/Buenos_Aires"))
    assert freezes.span(row) == "from 2026-11-29 08:00 until 2026-11-29 09:00 America/Argentina/Buenos_Aires"
    row = freezes.row(TENANT, freeze("2026-11-29T08:00", "2026-11-29T09:00", "UTC"))
    assert freezes.span(row) == "from 2026-11-29 08:00 until 2026-11-29 09:00 UTC"


def test_an_hour_that_comes_twice_says_which_of_them_is_meant() -> None:
    one = freeze("2026-10-25T02:30", "2026-10-25T03:00")
    row = freezes.row(TENANT, one)
    assert freezes.span(row) == "from 2026-10-25 02:30 (UTC+02:00) until 2026-10-25 03:00 Europe/Berlin"
    assert one.words.startswith("2026-10-25 02:30 (UTC+02:00) ") and " 2026-10-25 03:00 Europe/Berlin: " in one.words
    row = freezes.row(TENANT, freeze("2026-10-24T08:00", "2026-10-25T02:30"))
    assert row["until"] == "2026-10-25 02:30 (UTC+02:00) Europe/Berlin"
    assert freezes.span(row) == "from 2026-10-24 08:00 until 2026-10-25 02:30 (UTC+02:00) Europe/Berlin"


def test_the_second_of_the_two_hours_is_told_apart() -> None:
    first, second = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert freezes.clock(first, "Europe/Berlin") == "2026-10-25 02:30 (UTC+02:00)"
    assert freezes.clock(second, "Europe/Berlin") == "2026-10-25 02:30 (UTC+01:00)"
    assert freezes.clock(datetime(2026, 3, 29, 1, 30, tzinfo=UTC), "Europe/Berlin") == "2026-03-29 03:30"


def test_a_row_that_was_kept_before_is_told_alike() -> None:
    kept = {
        **freezes.row(TENANT, freeze("2026-10-25T02:30", "2026-10-25T02:45")),
        "until": "2026-10-25 02:45 Europe/Berlin",
    }
    assert freezes.span(kept) == "from 2026-10-25 02:30 (UTC+02:00) until 2026-10-25 02:45 (UTC+02:00) Europe/Berlin"
