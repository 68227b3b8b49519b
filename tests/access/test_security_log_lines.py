"""What people and clusters say is in the log as words on one line: nothing that forges a line or steers a terminal."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from portal.logs import logging_config

ODD = {
    "bob\ntimestamp=2026-01-01 level=info event=forged": "forged",
    "bob\r\nforged": "forged",
    "\x1b[2J\x1b]0;title\x07 cleared": "cleared",
    "\x9b31m red": "red",
    "\u202e turned": "turned",
    "one\u2028two": "two",
    'quoted" level=error x="': "quoted",
    "\0 none": "none",
}


@pytest.fixture
def lines() -> Any:
    """`lines(record)`: how the handler of every process writes it."""
    settings = logging_config(level="INFO")["formatters"]["line"]
    made = settings["()"](**{key: value for key, value in settings.items() if key != "()"})
    return made.format


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_a_word_is_one_word_of_one_line(lines: Any, odd: str) -> None:
    record = logging.LogRecord("slipway", logging.WARNING, __file__, 1, "sign-in of %s failed", (odd,), None)

    line = lines(record)

    assert ODD[odd] in line and line.startswith("timestamp=")
    assert line.isprintable(), ascii(line)


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_so_is_the_value_of_a_field(lines: Any, odd: str) -> None:
    record = logging.LogRecord("slipway", logging.WARNING, __file__, 1, "", None, None)
    said: dict[str, Any] = {"event": "refused", "by": odd, "error": ValueError(odd)}
    vars(record).update(msg=said, _logger=None, _name="warning", _from_structlog=True)  # as structlog hands it over

    line = lines(record)

    assert line.isprintable(), ascii(line)
    assert line.count(ODD[odd]) >= 2


def test_numbers_stay_numbers(lines: Any) -> None:
    record = logging.LogRecord("slipway", logging.INFO, __file__, 1, "took %d ms", (7,), None)

    assert 'event="took 7 ms"' in lines(record)
