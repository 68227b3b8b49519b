"""Taking rows and giving them back: the only statements that move a row from state to state.

A row is claimed in one short transaction. Whoever closes it names its `claim_no`; if another worker has taken the row
since, nothing is written (`ClaimMoved`).
"""

from __future__ import annotations

import os
import socket
import threading
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from portal.outbox import limits
from portal.outbox.models import OutboxRow

State = OutboxRow.State

# Only the head of a stream is ready; a share that is full or whose breaker is open offers nothing.
READY = """
SELECT entry.id, entry.share
FROM outbox_outboxrow AS entry
WHERE (entry.state = 'pending' AND entry.not_before <= statement_timestamp()
       OR entry.state = 'claimed' AND entry.lease_until <= statement_timestamp())
  AND (entry.stream = '' OR NOT EXISTS (
        SELECT 1 FROM outbox_outboxrow AS earlier
        WHERE earlier.stream = entry.stream AND earlier.id < entry.id AND earlier.state IN ('pending', 'claimed')))
  AND (entry.share = '' OR entry.share NOT IN (
        SELECT share FROM outbox_outboxrow
        WHERE state = 'claimed' AND lease_until > statement_timestamp() AND share <> ''
        GROUP BY share HAVING count(*) >= %(share_slots)s
        UNION ALL
        SELECT breaker.share FROM outbox_breaker AS breaker
        WHERE breaker.open_until > statement_timestamp()
           OR breaker.failures >= %(failures)s AND EXISTS (
                SELECT 1 FROM outbox_outboxrow AS trial
                WHERE trial.state = 'claimed' AND trial.lease_until > statement_timestamp()
                  AND trial.share = breaker.share)))
ORDER BY entry.id
LIMIT %(candidates)s
FOR UPDATE SKIP LOCKED
"""
# Two claims of one share take turns here, so that both count before either adds to the count.
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('outbox share'), hashtext(%(share)s))"
ROOM = """
SELECT (SELECT count(*) FROM outbox_outboxrow
        WHERE state = 'claimed' AND lease_until > statement_timestamp() AND share = %(share)s)
     < CASE WHEN coalesce((SELECT failures FROM outbox_breaker WHERE share = %(share)s), 0) >= %(failures)s
            THEN 1 ELSE %(share_slots)s END
"""
TAKE = """
UPDATE outbox_outboxrow
SET state = 'claimed', claimed_by = %(worker)s, claim_no = claim_no + 1, attempts = attempts + 1,
    faults = faults + CASE WHEN state = 'claimed' THEN 1 ELSE 0 END,
    lease_until = statement_timestamp() + make_interval(secs => %(lease)s)
WHERE id = %(id)s
RETURNING *
"""
CANDIDATES = 4


class ClaimMoved(Exception):
    """The lease ran out and another worker has the row: this one's result must not be written."""


@dataclass(frozen=True)
class Claim:
    """The right to carry out one row, as long as `claim_no` is the row's. `more`: other rows were ready beside it."""

    id: int
    claim_no: int
    kind: str
    payload: dict[str, Any]
    share: str
    attempts: int
    faults: int
    more: bool


def claim(*, worker: str = "") -> Claim | None:
    """Take the oldest row that may run now; None when there is none."""
    with transaction.atomic(), connection.cursor() as cursor:
        # Candidates whose share filled up meanwhile are passed over; looking again finds those behind them.
        for _ in range(limits.slots()):
            cursor.execute(READY, _bounds() | {"candidates": CANDIDATES})
            candidates = cursor.fetchall()
            for row_id, share in candidates:
                if share and not _has_room(cursor, share):
                    continue
                parameters = {"worker": worker or this_worker(), "lease": limits.lease_seconds(), "id": row_id}
                row = OutboxRow.objects.raw(TAKE, parameters)[0]
                return _as_claim(row, more=len(candidates) > 1)
            if len(candidates) < CANDIDATES:
                break
    return None


def done(taken: Claim) -> None:
    """Close the row; inside the transaction that writes its result."""
    _close(taken, state=State.DONE, reason="", finished_at=Now())


def poison(taken: Claim, *, reason: str) -> None:
    """Give the row up, visibly, with a reason that holds no secrets."""
    _close(taken, state=State.POISON, reason=reason, finished_at=Now())


def put_back(taken: Claim, *, reason: str, seconds: float, fault: bool) -> None:
    """Let the row wait and be tried again."""
    faults = taken.faults + (1 if fault else 0)
    _close(taken, state=State.PENDING, reason=reason, not_before=Now() + timedelta(seconds=seconds), faults=faults)


def held(taken: Claim) -> bool:
    """Whether the claim is still this worker's, without a lock."""
    return _mine(taken).exists()


def renew(claims: list[Claim]) -> None:
    """A sign of life for claims whose work goes on. Rows that are being closed this moment are left alone."""
    with transaction.atomic():
        numbers = {one.id: one.claim_no for one in claims}
        rows = OutboxRow.objects.filter(pk__in=numbers, state=State.CLAIMED).select_for_update(skip_locked=True)
        kept = [pk for pk, claim_no in rows.values_list("pk", "claim_no") if numbers[pk] == claim_no]
        OutboxRow.objects.filter(pk__in=kept).update(lease_until=Now() + timedelta(seconds=limits.lease_seconds()))


def this_worker() -> str:
    """Who holds a claim, for the operator: host, process and thread."""
    return f"{socket.gethostname()}:{os.getpid()}:{threading.current_thread().name}"[:200]


def _has_room(cursor: Any, share: str) -> bool:
    cursor.execute(ONE_AT_A_TIME, {"share": share})
    cursor.execute(ROOM, _bounds() | {"share": share})
    return bool(cursor.fetchone()[0])


def _bounds() -> dict[str, Any]:
    return {"share_slots": limits.share_slots(), "failures": limits.BREAKER_FAILURES}


def _as_claim(row: OutboxRow, *, more: bool) -> Claim:
    return Claim(
        id=row.pk,
        claim_no=row.claim_no,
        kind=row.kind,
        payload=row.payload,
        share=row.share,
        attempts=row.attempts,
        faults=row.faults,
        more=more,
    )


def _close(taken: Claim, **values: Any) -> None:
    if not _mine(taken).update(lease_until=None, **values):
        raise ClaimMoved


def _mine(taken: Claim) -> QuerySet[OutboxRow]:
    return OutboxRow.objects.filter(pk=taken.id, claim_no=taken.claim_no, state=State.CLAIMED)
