"""Touching topics and publishing them: never in the way of the writer, never a version lost."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
from django.conf import settings
from django.db import connection, transaction

from portal import live
from portal.live.publisher import publisher

pytestmark = pytest.mark.django_db(
    transaction=True, available_apps=["portal.live", "tenants", "django.contrib.sessions"]
)

RENDERED: list[str] = []


@live.renderer("test_note")
def show(note: str) -> dict[str, str]:
    RENDERED.append(note)
    return {"note": "<p>hello</p>"}


WITHOUT_VALKEY = """
import django, statistics, time
django.setup()
from django.db import transaction
from portal import live
seconds = []
for number in range(20):
    started = time.perf_counter()
    with transaction.atomic():
        live.touch("test_note:away")
        live.rights_changed("00000000-0000-0000-0000-000000000001")
    seconds.append(time.perf_counter() - started)
print(statistics.median(seconds))
"""


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    RENDERED.clear()
    yield
    assert publisher.idle(timeout=30)


def touch(*topics: str) -> None:
    with transaction.atomic():
        live.touch(*topics)


def test_touching_outside_a_transaction_is_refused() -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        live.touch("test_note:1")


def test_every_transaction_raises_the_version_by_one() -> None:
    assert live.version("test_note:1") == 0
    touch("test_note:1")
    touch("test_note:1", "test_note:2", "test_note:1")
    assert live.versions("test_note:1", "test_note:2", "test_note:3") == {
        "test_note:1": 2,
        "test_note:2": 1,
        "test_note:3": 0,
    }


def test_a_change_that_is_rolled_back_raises_nothing() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        live.touch("test_note:1")
        _ = 1 / 0
    assert live.version("test_note:1") == 0


def test_writers_that_touch_the_same_topics_never_lock_each_other_out() -> None:
    start = threading.Barrier(3)

    def work(topics: tuple[str, ...]) -> None:
        start.wait()
        try:
            for _ in range(20):
                touch(*topics)
        finally:
            connection.close()

    names = ("test_note:a", "test_note:b", "test_note:c")
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, [names, names[::-1], (names[1], names[0], names[2])]))
    assert set(live.versions(*names).values()) == {60}


def test_what_nobody_watches_is_not_rendered() -> None:
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.flushdb()
    touch("test_note:1")
    assert publisher.idle(timeout=30)
    assert RENDERED == []


def test_with_valkey_away_touching_is_quick_and_raises_nothing() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    to = connection.settings_dict
    database = f"postgres://{to['USER']}:{to['PASSWORD']}@{to['HOST'].replace('/', '%2F')}:{to['PORT']}/{to['NAME']}"
    answer = subprocess.run(
        [sys.executable, "-c", WITHOUT_VALKEY],
        env=os.environ | {"REDIS_URL": f"redis://127.0.0.1:{port}/0", "DATABASE_URL": database},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    assert float(answer.stdout) < 0.05
    assert "Traceback" not in answer.stderr
    assert live.version("test_note:away") == 20


def test_a_kind_has_one_renderer_and_one_guard() -> None:
    def another(note: str) -> dict[str, str]:
        return {}

    with pytest.raises(RuntimeError, match="twice"):
        live.renderer("test_note")(another)
