"""Nudging through the real broker, and doing without it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis
from celery.contrib.testing.worker import start_worker
from django.conf import settings
from django.db import connection, transaction

from portal import outbox
from portal.celery import app
from portal.outbox.models import OutboxRow

pytestmark = pytest.mark.django_db(transaction=True)

WITHOUT_BROKER = """
import django, statistics, time
django.setup()
from django.db import transaction
from portal import outbox
with transaction.atomic():
    outbox.add("test.away", {"number": 0})
seconds = []
for number in range(20):
    started = time.perf_counter()
    with transaction.atomic():
        outbox.add("test.away", {"number": number})
    seconds.append(time.perf_counter() - started)
print(statistics.median(seconds))
"""


@pytest.fixture
def valkey() -> Iterator[Any]:
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        yield client


@pytest.fixture
def ran() -> tuple[str, threading.Event]:
    """A kind of row, and the event that its handler sets."""
    kind, event = f"test.{uuid.uuid4().hex[:12]}", threading.Event()

    @outbox.handler(kind)
    class Flag:
        def run(self, payload: dict[str, Any]) -> dict[str, Any]:
            return {}

        def finish(self, payload: dict[str, Any], result: dict[str, Any]) -> None:
            transaction.on_commit(event.set)

        def failed(self, payload: dict[str, Any], reason: str) -> None: ...

    return kind, event


@pytest.fixture
def worker(valkey: Any) -> Iterator[None]:
    with start_worker(app, pool="threads", concurrency=2, perform_ping_check=False, loglevel="WARNING"):
        yield


def add(kind: str, **where: Any) -> None:
    with transaction.atomic():
        outbox.add(kind, {"number": 1}, **where)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def test_a_row_is_run_by_a_worker_right_after_the_commit(worker: None, ran: tuple[str, threading.Event]) -> None:
    kind, event = ran
    add(kind)
    assert event.wait(60)


def test_losing_everything_in_the_broker_loses_no_row(valkey: Any, ran: tuple[str, threading.Event]) -> None:
    kind, event = ran
    add(kind)
    OutboxRow.objects.get(kind=kind, state="pending")
    assert outbox.due(datetime.now(UTC)) is not None
    valkey.flushdb()
    with start_worker(app, pool="threads", concurrency=2, perform_ping_check=False, loglevel="WARNING"):
        valkey.flushdb()
        outbox.wake()
        assert event.wait(60)


def test_the_clock_is_told_of_a_row_for_later(valkey: Any) -> None:
    with valkey.pubsub(ignore_subscribe_messages=True) as listener:
        listener.subscribe(outbox.CLOCK_CHANNEL)
        listener.get_message(timeout=1)
        add("test.later", not_before=datetime.now(UTC) + timedelta(hours=1))
        heard = (listener.get_message(timeout=1) for _second in range(60))
        assert any(message is not None for message in heard)


def test_with_the_broker_away_adding_is_quick_and_raises_nothing() -> None:
    to = connection.settings_dict
    address = f"redis://127.0.0.1:{free_port()}/0"
    database = f"postgres://{to['USER']}:{to['PASSWORD']}@{to['HOST'].replace('/', '%2F')}:{to['PORT']}/{to['NAME']}"
    answer = subprocess.run(
        [sys.executable, "-c", WITHOUT_BROKER],
        env=os.environ | {"REDIS_URL": address, "DATABASE_URL": database},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    assert float(answer.stdout) < 0.05
    assert "Traceback" not in answer.stderr
    assert OutboxRow.objects.filter(kind="test.away", state="pending").count() == 21
