"""The Celery tasks: short, idempotent, and carrying nothing. The database says what there is to do."""

from __future__ import annotations

from celery import Task, shared_task
from celery.worker.request import Request
from django.db import Error

from portal.failpoints import reach
from portal.outbox import nudges, running


class NudgeRequest(Request):
    """A nudge on its way through a worker; says when the broker is told that it was worked off."""

    def acknowledge(self) -> None:
        reach("acknowledge.before")
        super().acknowledge()
        reach("acknowledge.after")


class Nudge(Task):
    """The message that there is something to do."""

    Request = NudgeRequest


@shared_task(name="outbox.drain", base=Nudge, ignore_result=True, acks_late=True)
def drain() -> None:
    """Run the rows that are ready. With the database away the rows stay; the nudge is repeated until it is back."""
    try:
        running.drain()
    except Error:
        nudges.tell_clock()
        raise
