"""How long to wait before trying again. Pure: the random number comes from outside."""

from __future__ import annotations

from collections.abc import Callable

FIRST_SECONDS = 0.8
CEILING_SECONDS = 30.0


class Backoff:
    """Doubles from 0.8 s to 30 s, each time shortened by up to a third so that many watches do not come at once."""

    def __init__(self, random: Callable[[], float]) -> None:
        self._random = random
        self._next = FIRST_SECONDS

    def next(self) -> float:
        """Seconds to wait now."""
        seconds = self._next
        self._next = min(self._next * 2, CEILING_SECONDS)
        return seconds * (1 - self._random() / 3)

    def reset(self) -> None:
        """It worked: begin anew."""
        self._next = FIRST_SECONDS
