"""When to report what: a first event at once, a burst at most every 100 ms, a failure later, never twice at once.

Pure: times are seconds on any clock that only goes forward.
"""

from __future__ import annotations

EVERY_SECONDS = 0.1
RETRY_SECONDS = 1.0
RETRY_CEILING = 30.0
SWEEP_SECONDS = 5.0


class Coalescer:
    """Keys (apps) that have something to report, and when."""

    def __init__(self) -> None:
        self._due: dict[str, float] = {}
        self._last: dict[str, float] = {}
        self._running: set[str] = set()
        self._failures: dict[str, int] = {}
        self._swept = float("-inf")

    def touched(self, key: str, *, now: float) -> None:
        """Something about `key` changed."""
        if key not in self._due:
            self._due[key] = max(now, self._last.get(key, now - EVERY_SECONDS) + EVERY_SECONDS)

    def take(self, *, now: float) -> list[str]:
        """The keys to report now; each has to be given back with `done` or `failed`."""
        ready = [key for key, due in self._due.items() if due <= now and key not in self._running]
        for key in ready:
            del self._due[key]
            self._last[key] = now
            self._running.add(key)
        return ready

    def done(self, key: str, *, now: float) -> None:
        """The report was made."""
        self._running.discard(key)
        self._failures.pop(key, None)
        if now - self._swept > SWEEP_SECONDS:
            # Only a report of the last moments can still hold the next one back.
            self._swept = now
            self._last = {other: at for other, at in self._last.items() if at + EVERY_SECONDS > now}

    def failed(self, key: str, *, now: float) -> float:
        """The report could not be made: it is due again after the seconds returned."""
        self._running.discard(key)
        failures = self._failures.get(key, 0)
        self._failures[key] = failures + 1
        seconds = min(RETRY_SECONDS * 2 ** min(failures, 10), RETRY_CEILING)
        self._due[key] = now + seconds
        return seconds

    def wait(self, *, now: float) -> float | None:
        """Seconds until `take` gives something, None when only a new event can change that."""
        times = [due for key, due in self._due.items() if key not in self._running]
        return max(0.0, min(times) - now) if times else None
