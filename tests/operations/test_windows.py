"""The hours of a window as people write them: over midnight, several in one cell, and read back the same way."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from apps_mgmt.operations.releasing.step_shapes import row_of, step_of
from apps_mgmt.spec import Strategy
from portal.errors import Refused
from releases.steps.window import opens
from tests.operations.stage import Shop

BATCH = {"kind": "batch", "name": "all", "replicas": "100%"}
FRIDAY = datetime(2026, 10, 2, 12, tzinfo=UTC)


def hours(**cells: str) -> list[dict[str, Any]]:
    return step_of({"kind": "window", "name": "night", **cells})["hours"]


def again(**cells: str) -> dict[str, str]:
    """The cells that are not blank when the step is shown."""
    row = {"kind": "window", "name": "night", **cells}
    shown = row_of(Strategy.model_validate({"kind": "canary", "steps": [step_of(row), BATCH]}).steps[0])
    return {name: shown[name] for name in ("begin", "end", "days", "spans") if shown[name]}


CELLS = [
    {"begin": "22:00", "end": "02:00"},
    {"begin": "22:00", "end": "02:00", "days": "fri, sun"},
    {"begin": "09:00", "end": "17:00", "days": "mon"},
    {"begin": "22:00", "end": "24:00"},
    {"spans": "09:00-12:00, 13:00-17:00"},
    {"spans": "22:00-02:00, sat sun 09:00-17:00"},
]


@pytest.mark.parametrize("cells", CELLS, ids=str)
def test_what_was_written_is_shown_again(cells: dict[str, str]) -> None:
    assert again(**cells) == cells


def test_a_span_over_midnight_counts_its_days_from_the_evening() -> None:
    rows = hours(begin="22:00", end="02:00", days="fri, sun")
    assert rows == [
        {"begin": "22:00", "end": "24:00", "days": ["fri", "sun"]},
        {"begin": "00:00", "end": "02:00", "days": ["sat", "mon"]},
    ]
    utc = ZoneInfo("UTC")
    assert opens(FRIDAY, rows, zone=utc) == FRIDAY.replace(hour=22)
    night = FRIDAY.replace(day=3, hour=1)
    assert opens(night, rows, zone=utc) == night


def test_the_two_halves_typed_apart_are_the_same_span() -> None:
    assert hours(spans="22:00-24:00, 00:00-02:00") == hours(begin="22:00", end="02:00")
    assert hours(spans="22:00 – 00:00") == hours(begin="22:00", end="24:00")  # noqa: RUF001 as people write it


BROKEN = [
    ({"begin": "22:00", "end": "22:00"}, "end", "never opens"),
    ({"spans": "in the night"}, "spans", "is no span of time. Write it as 22:00-02:00"),
    ({"spans": "9:00-10:00"}, "spans", "9:00 is not a time of day"),
    ({"spans": "someday 09:00-10:00"}, "spans", "someday is no day of the week"),
    ({"spans": "09:00-10:00", "begin": "09:00"}, "spans", "either here or in From"),
]


@pytest.mark.parametrize(("cells", "cell", "words"), BROKEN, ids=lambda one: str(one))
def test_what_is_no_span_is_refused_at_its_cell(cells: dict[str, str], cell: str, words: str) -> None:
    with pytest.raises(Refused, match=words) as refused:
        hours(**cells)
    assert refused.value.field == cell


def test_the_preview_tells_it_as_typed(shop: Shop) -> None:
    shop.runs()
    window = {"kind": "window", "name": "night", "begin": "22:00", "end": "02:00", "days": "fri"}
    outcome = shop.preview("release.strategy", kind="canary", steps=[window, BATCH])
    assert outcome.preview is not None
    moments = [one for stretch in outcome.preview.course for one in stretch["steps"]]
    assert [one["words"] for one in moments if one["kind"] == "window" and one["words"]] in (
        ["22:00-02:00 fri, UTC"],
        ["22:00-02:00 fri, UTC"] * 2,
    )
