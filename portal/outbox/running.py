"""Carrying out rows: run the effect outside any transaction, then write what follows in one closing transaction.

The closing transaction does the handler's writes first and the row's last, which is the lock order of the whole portal
(app, release, outbox); the guarded update of the row throws everything away when the claim has moved on.
"""

from __future__ import annotations

import logging
import time
import traceback
from datetime import UTC, datetime
from enum import Enum

from django.db import DatabaseError, InterfaceError, OperationalError, close_old_connections, transaction

from portal.errors import ClusterAway, PlatformError, UserError
from portal.failpoints import reach
from portal.outbox import breakers, claims, limits, nudges
from portal.outbox.claims import Claim, ClaimMoved
from portal.outbox.handlers import Handler, Retry, Watched, handler_of
from portal.outbox.leases import alive, heartbeat

log = logging.getLogger(__name__)

# A task ends after this long even when there is more to do, and asks for another in its place.
DRAIN_SECONDS = 20.0
REASON_LENGTH = 1000


class Ending(Enum):
    """What became of a claim."""

    DONE = "done"
    AGAIN = "again"
    POISON = "poison"
    REFUSED = "refused"


def drain(*, seconds: float = DRAIN_SECONDS) -> int:
    """Claim and run rows until none is ready; how many were run. Any number of threads may drain at once.

    A row that becomes due later is the clock's: nothing waits here.
    """
    started = time.monotonic()
    ran = 0
    while (taken := _claimed()) is not None:
        if taken.more and len(heartbeat) < limits.slots():
            nudges.nudge()
        _tell_clock_of_lease()
        execute(taken)
        ran += 1
        if time.monotonic() - started > seconds:
            nudges.nudge()
            break
    return ran


def _claimed() -> Claim | None:
    reach("claim.before")
    taken = claims.claim()
    if taken is not None:
        reach("claim.after")
    return taken


def execute(taken: Claim) -> Ending:
    """Carry out a claimed row. Never raises for what the handler does."""
    handler = handler_of(taken.kind)
    if taken.faults > limits.FAULTS:
        return _give_up(taken, handler, reason="The worker running this was lost too often. Look at the worker's log.")
    if handler is None:
        return _fault(taken, None, reason=f"No handler is registered for {taken.kind}. Is a newer worker on its way?")
    with heartbeat.kept(taken):
        try:
            reach("effect.before")
            result = handler.run(taken.payload)
            reach("effect.after")
            alive()
            with transaction.atomic():
                if not claims.held(taken):
                    raise ClaimMoved
                handler.finish(taken.payload, result or {})
                claims.done(taken)
                reach("commit.before")
            reach("commit.after")
        except ClaimMoved:
            return _refused(taken)
        except Retry as early:
            return _again(taken, handler, reason=str(early), after=early.after, at_most=early.at_most)
        except ClusterAway as error:
            breakers.failed(taken.share)
            return _again(taken, handler, reason=str(error))
        except PlatformError as error:
            # About this row alone: whoever else has work for the cluster need not wait for it.
            return _again(taken, handler, reason=str(error))
        except UserError as error:
            breakers.closed(taken.share)
            return _give_up(taken, handler, reason=str(error))
        except (OperationalError, InterfaceError) as error:
            _log_fault(taken, error)
            return _again(taken, handler, reason="The database did not answer, or two changes met. It is tried again.")
        except Exception as error:  # whatever else a handler raises is a fault of ours, and ends as a visible reason
            _log_fault(taken, error)
            at = datetime.now(UTC).strftime("%H:%M:%S UTC")
            return _fault(
                taken, handler, reason=f"Unexpected {type(error).__name__} at {at}. The worker's log says where."
            )
    breakers.closed(taken.share)
    return Ending.DONE


def _again(
    taken: Claim, handler: Handler, *, reason: str, after: float | None = None, at_most: int | None = None
) -> Ending:
    if taken.attempts >= (at_most or limits.PATIENCE):
        return _give_up(taken, handler, reason=reason)
    return _put_back(taken, handler, reason=reason, after=after, fault=False)


def _fault(taken: Claim, handler: Handler | None, *, reason: str) -> Ending:
    if taken.faults + 1 > limits.FAULTS:
        return _give_up(taken, handler, reason=reason)
    return _put_back(taken, handler, reason=reason, after=None, fault=True)


def _put_back(taken: Claim, handler: Handler | None, *, reason: str, after: float | None, fault: bool) -> Ending:
    seconds = limits.backoff(taken.attempts, ceiling=limits.backoff_ceiling()) if after is None else max(after, 0.0)
    try:
        close_old_connections()
        with transaction.atomic():
            if isinstance(handler, Watched):
                handler.again(taken.payload)
            claims.put_back(taken, reason=reason[:REASON_LENGTH], seconds=seconds, fault=fault)
    except ClaimMoved:
        return _refused(taken)
    except DatabaseError as error:
        # The lease runs out by itself, and another worker takes the row.
        _log_fault(taken, error)
        return Ending.REFUSED
    nudges.tell_clock()
    return Ending.AGAIN


def _give_up(taken: Claim, handler: Handler | None, *, reason: str) -> Ending:
    reason = reason[:REASON_LENGTH]
    try:
        with transaction.atomic():
            if not claims.held(taken):
                raise ClaimMoved
            if handler is not None:
                handler.failed(taken.payload, reason)
            claims.poison(taken, reason=reason)
    except ClaimMoved:
        return _refused(taken)
    except Exception as error:  # `failed` itself failed: tried again like any fault, and at last closed without it
        _log_fault(taken, error)
        if taken.faults < limits.FAULTS:
            return _put_back(taken, None, reason=reason, after=None, fault=True)
        return _give_up(taken, None, reason=reason) if handler is not None else Ending.REFUSED
    log.error("Outbox row %s (%s) is given up: %s", taken.id, taken.kind, reason)
    return Ending.POISON


def _refused(taken: Claim) -> Ending:
    log.warning("Outbox row %s (%s) was taken over; this late result is dropped.", taken.id, taken.kind)
    return Ending.REFUSED


def _log_fault(taken: Claim, error: BaseException) -> None:
    # Only types and places: the text of a foreign error may quote what it was given, secrets included.
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
    log.error(
        "Outbox row %s (%s) met %s at %s", taken.id, taken.kind, type(error).__name__, " < ".join(reversed(places))
    )


_lease_told_at = float("-inf")


def _tell_clock_of_lease() -> None:
    """Let the clock know, now and then, that leases run: should this process die, it wakes when they end."""
    global _lease_told_at
    now = time.monotonic()
    if now - _lease_told_at > limits.lease_seconds() / 2:
        _lease_told_at = now
        nudges.tell_clock()
