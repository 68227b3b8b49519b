"""The Celery tasks: short, idempotent, and carrying nothing. The database says what there is to do."""

from __future__ import annotations

from celery import shared_task
from django.db import Error

from portal.outbox import nudges, running


@shared_task(name="outbox.drain", ignore_result=True, acks_late=True)
def drain() -> None:
    """Run the rows that are ready. With the database away the rows stay; the nudge is repeated until it is back."""
    try:
        running.drain()
    except Error:
        nudges.tell_clock()
        raise
