"""What is due when: controllers' keys on a heap, each at most once, the earliest wish winning."""

from __future__ import annotations

import heapq
from typing import Any

Key = tuple[str, str]


class Agenda:
    """Work to do in order of time, first come first served among equals."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, str, Key]] = []
        self._due: dict[tuple[str, Key], tuple[float, int]] = {}
        self._counter = 0

    def add(self, controller: str, key: Key, *, at: float) -> None:
        """Let ``controller`` look at ``key`` at the time ``at`` or sooner."""
        present = self._due.get((controller, key))
        if present is not None and present[0] <= at:
            return
        self._counter += 1
        self._due[(controller, key)] = (at, self._counter)
        heapq.heappush(self._heap, (at, self._counter, controller, key))

    def next_at(self) -> float | None:
        while self._heap:
            at, order, controller, key = self._heap[0]
            if self._due.get((controller, key)) == (at, order):
                return at
            heapq.heappop(self._heap)
        return None

    def pop(self) -> tuple[float, str, Key]:
        """The earliest entry; only after ``next_at`` has given a time."""
        at, _, controller, key = heapq.heappop(self._heap)
        del self._due[(controller, key)]
        return at, controller, key

    def dump(self) -> list[list[Any]]:
        return sorted([at, controller, *key] for (controller, key), (at, _) in self._due.items())

    def load(self, rows: list[list[Any]]) -> None:
        for at, controller, first, second in rows:
            self.add(controller, (first, second), at=at)
