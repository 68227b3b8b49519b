"""Whether a cluster is there, told from what its watches go through. Pure."""

from __future__ import annotations

LOST_AFTER_SECONDS = 10.0
PROBE = "probe"
"""The small question that is asked of a silent cluster, beside its watches."""


class Health:
    """A cluster is back when all its watches work, and lost when one of them has failed for more than ten seconds."""

    def __init__(self) -> None:
        self._failing: dict[str, float] = {}
        self._working: set[str] = set()
        self.reason = ""
        self.is_blind = False

    def works(self, watch: str) -> bool:
        """A watch was answered, which answers the probe as well: one that failed a moment ago would count its seconds
        against the next watch that fails. True where something works again.
        """
        failed = [self._failing.pop(one, None) for one in {watch, PROBE}]
        self._working.add(watch)
        return any(since is not None for since in failed)

    def fails(self, watch: str, *, now: float, reason: str, blind: bool = False) -> None:
        """A watch was not answered, or refused, which is `blind` where the cluster does not let Slipway look."""
        self._failing.setdefault(watch, now)
        self._working.discard(watch)
        self.reason, self.is_blind = reason, blind

    def is_failing(self, watch: str) -> bool:
        return watch in self._failing

    def drop(self, watch: str) -> None:
        """A watch ended for good, because the kind is not served any more."""
        self._failing.pop(watch, None)
        self._working.discard(watch)

    def is_lost(self, *, now: float) -> bool:
        return any(now - since >= LOST_AFTER_SECONDS for since in self._failing.values())

    def is_back(self, watches: set[str]) -> bool:
        return watches <= self._working

    def seconds_left(self, *, now: float) -> float | None:
        """Until `is_lost` turns true if nothing changes; None while nothing fails."""
        return max(0.0, min(self._failing.values()) + LOST_AFTER_SECONDS - now) if self._failing else None
