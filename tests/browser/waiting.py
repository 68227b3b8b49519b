"""Waiting for what comes true by itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(condition: Callable[[], T], *, what: str, seconds: float = 60, every: float = 0.05) -> T:
    """Ask again until the answer is true, and return it. Raises AssertionError with `what` and the last answer."""
    end = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        assert time.monotonic() < end, f"not within {seconds:.0f} s: {what} (last answer: {answer!r})"
        time.sleep(every)
