"""Outbox rows of a kind of its own for one test, and what becomes of them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from portal import outbox
from portal.outbox import claims, running
from portal.outbox.models import OutboxRow
from portal.outbox.running import Ending

# What is emptied after a test is kept small, because it takes longer than the test.
APPS = ["portal.outbox", "django.contrib.sessions"]


class Effects:
    """A kind of row of its own for one test, with a log of what its handler was asked to do."""

    def __init__(self) -> None:
        self.kind = f"test.{uuid.uuid4().hex[:12]}"
        self.log: list[tuple[Any, ...]] = []
        self.act: Callable[[dict[str, Any]], dict[str, Any]] = lambda payload: {}
        self.finish: Callable[[], None] = lambda: None
        self.fail: Callable[[], None] = lambda: None
        effects = self

        @outbox.handler(self.kind)
        class Recorder:
            def run(self, payload: dict[str, Any]) -> dict[str, Any]:
                assert not connection.in_atomic_block
                effects.log.append(("run", payload))
                return effects.act(payload)

            def finish(self, payload: dict[str, Any], result: dict[str, Any]) -> None:
                assert connection.in_atomic_block
                effects.log.append(("finish", result))
                note("finished")
                effects.finish()

            def failed(self, payload: dict[str, Any], reason: str) -> None:
                assert connection.in_atomic_block
                effects.log.append(("failed", reason))
                note("failed")
                effects.fail()

    def add(self, **where: Any) -> OutboxRow:
        with transaction.atomic():
            outbox.add(self.kind, {"release": 7}, **where)
        return OutboxRow.objects.latest("pk")

    def raising(self, error: BaseException) -> None:
        def act(payload: dict[str, Any]) -> dict[str, Any]:
            raise error

        self.act = act


def note(text: str) -> None:
    """A write of the handler's own, to see whether it survived."""
    Session.objects.create(session_key=uuid.uuid4().hex, session_data=text, expire_date=timezone.now())


def notes() -> list[str]:
    return list(Session.objects.values_list("session_data", flat=True))


def run_next() -> Ending:
    taken = claims.claim()
    assert taken is not None
    return running.execute(taken)


def run_next_in_a_thread() -> Ending:
    """The same in a thread that is not the test's, which has a connection of its own."""
    try:
        return run_next()
    finally:
        connection.close()


def make_ready() -> None:
    OutboxRow.objects.filter(state="pending").update(not_before=Now())
