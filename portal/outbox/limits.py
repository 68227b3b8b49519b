"""The numbers of the outbox. Each can be set in the Django settings under the name in capitals."""

from __future__ import annotations

from django.conf import settings

# A row whose worker dies again and again, or that ends in an error nobody expected, is given up after this many.
FAULTS = 8
# A cluster that is away is waited for: at the ceiling of the backoff this is more than half a day.
PATIENCE = 1000
# From this many failures in a row on, a share's breaker is open: one row at a time tries whether it is back.
BREAKER_FAILURES = 5


def slots() -> int:
    """`OUTBOX_SLOTS`: how many rows all workers together can run at once (processes x threads)."""
    return int(getattr(settings, "OUTBOX_SLOTS", 8))


def share_slots() -> int:
    """`OUTBOX_SHARE_SLOTS`: how many of them one share may take; by default a quarter, and never none."""
    return int(getattr(settings, "OUTBOX_SHARE_SLOTS", 0)) or max(1, slots() // 4)


def lease_seconds() -> float:
    """`OUTBOX_LEASE_SECONDS`: how long a claim holds without a sign of life. Another worker may take it then."""
    return float(getattr(settings, "OUTBOX_LEASE_SECONDS", 10.0))


def backoff_ceiling() -> float:
    """`OUTBOX_BACKOFF_CEILING`: the longest wait between two attempts, in seconds."""
    return float(getattr(settings, "OUTBOX_BACKOFF_CEILING", 60.0))


def backoff(attempts: int, *, first: float = 1.0, ceiling: float = 60.0) -> float:
    """Seconds to wait after the given number of attempts: 1, 2, 4 … up to the ceiling."""
    doublings = min(max(attempts - 1, 0), 30)
    return float(min(ceiling, first * 2**doublings))


def keep_days() -> int:
    """`OUTBOX_KEEP_DAYS`: how long rows that are done stay. Poison rows stay ten times as long."""
    return int(getattr(settings, "OUTBOX_KEEP_DAYS", 7))
