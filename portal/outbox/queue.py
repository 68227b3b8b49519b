"""Adding rows, and knowing when the next one is due."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Now

from portal.outbox import breakers, limits, nudges
from portal.outbox.models import Breaker, OutboxRow

PAYLOAD_BYTES = 16 * 1024

DUE = """
WITH heads AS (
    SELECT greatest(entry.not_before, breaker.open_until) AS at
    FROM outbox_outboxrow AS entry LEFT JOIN outbox_breaker AS breaker ON breaker.share = entry.share
    WHERE entry.state = 'pending' AND (entry.stream = '' OR NOT EXISTS (
        SELECT 1 FROM outbox_outboxrow AS earlier
        WHERE earlier.stream = entry.stream AND earlier.id < entry.id AND earlier.state IN ('pending', 'claimed')))
    UNION ALL
    SELECT lease_until FROM outbox_outboxrow WHERE state = 'claimed'
)
SELECT min(at) FILTER (WHERE at > %(now)s), coalesce(bool_or(at <= %(now)s), false) FROM heads
"""


def add(
    kind: str,
    payload: dict[str, Any],
    *,
    stream: str = "",
    share: str = "",
    not_before: datetime | None = None,
) -> None:
    """Ask for an effect, inside the transaction of the change that wants it.

    `payload` holds ids and plain values, never secrets; at most 16 KiB of JSON. Rows of one `stream` run in the order
    they were added, one at a time. `share` names the cluster whose slots the row takes. `not_before` is an aware time.
    After commit a worker is nudged, or for a later row the clock is told; neither waits nor raises.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("outbox.add() belongs into the transaction of the change it follows from.")
    size = len(json.dumps(payload))
    if size > PAYLOAD_BYTES:
        raise ValueError(f"The payload of {kind!r} has {size} bytes; at most {PAYLOAD_BYTES} go into an outbox row.")
    OutboxRow.objects.create(
        kind=kind, payload=payload, stream=stream, share=share, not_before=Now() if not_before is None else not_before
    )
    transaction.on_commit(nudges.nudge if not_before is None else nudges.tell_clock, robust=True)


def due(now: datetime) -> datetime | None:
    """When the clock should call `wake` next: the earliest backoff, breaker or lease to end; None: nothing waits.

    Rows that could run already but do not (a lost nudge, busy workers) ask for a nudge now, and again every two
    seconds; so a clock that sleeps until the answer neither spins nor forgets them.
    """
    with connection.cursor() as cursor:
        cursor.execute(DUE, {"now": now})
        later, overdue = cursor.fetchone()
    if not overdue:
        return later
    again = max(now, nudges.last_wake() + timedelta(seconds=nudges.WAKE_AGAIN_SECONDS))
    return again if later is None else min(again, later)


def hurry(share: str) -> None:
    """The cluster behind `share` answers again: its breaker closes, and rows that wait out a backoff are due now."""
    breakers.closed(share)
    rows = OutboxRow.objects.filter(state=OutboxRow.State.PENDING, share=share, attempts__gt=0, not_before__gt=Now())
    rows.update(not_before=Now())
    transaction.on_commit(nudges.nudge, robust=True)


def hasten(stream: str) -> None:
    """What the rows of `stream` wait for has changed: one that waits out a backoff is due now."""
    rows = OutboxRow.objects.filter(state=OutboxRow.State.PENDING, stream=stream, attempts__gt=0, not_before__gt=Now())
    if rows.update(not_before=Now()):
        transaction.on_commit(nudges.nudge, robust=True)


@dataclass(frozen=True)
class Waiting:
    """A row that waits. It was tried `attempts` times, with `reason` as the last outcome; or it was not, and `failures`
    says how often in a row its cluster did not answer others.
    """

    stream: str
    payload: dict[str, Any]
    attempts: int
    reason: str
    failures: int


def waiting(streams: Iterable[str]) -> list[Waiting]:
    """The rows of these streams that wait to be tried again, or for a cluster that answers nobody. One query."""
    rows = OutboxRow.objects.filter(
        stream__in=list(streams), state__in=[OutboxRow.State.PENDING, OutboxRow.State.CLAIMED]
    )
    silent = Breaker.objects.filter(share=OuterRef("share"), failures__gte=limits.BREAKER_FAILURES)
    rows = rows.annotate(failures=Coalesce(Subquery(silent.values("failures")), 0))
    tried, held = Q(attempts__gt=0) & ~Q(reason=""), Q(failures__gt=0, attempts=0, state=OutboxRow.State.PENDING)
    found = rows.filter(tried | held).order_by("id")
    return [Waiting(*one) for one in found.values_list("stream", "payload", "attempts", "reason", "failures")]
