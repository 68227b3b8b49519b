"""What becomes of a row: done, tried again, or poison with a reason; and what is written along with it."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, transaction
from django.db.models.functions import Now
from django.utils import timezone

from portal import outbox
from portal.errors import ClusterAway, Refused
from portal.outbox import claims, leases, limits, running
from portal.outbox.leases import Heartbeat
from portal.outbox.models import OutboxRow
from portal.outbox.running import Ending
from tests.releases.rows import APPS, Effects, make_ready, notes, run_next, run_next_in_a_thread

pytestmark = pytest.mark.django_db(transaction=True, available_apps=APPS)

PASSWORD = "hunter2-is-a-secret"


@pytest.fixture
def effects() -> Effects:
    return Effects()


def test_the_result_of_a_run_is_written_with_the_row(effects: Effects) -> None:
    row = effects.add()
    effects.act = lambda payload: {"uid": "abc"}
    assert running.drain() == 1
    row.refresh_from_db()
    assert effects.log == [("run", {"release": 7}), ("finish", {"uid": "abc"})]
    assert (row.state, row.reason, row.lease_until) == ("done", "", None)
    assert row.finished_at is not None
    assert notes() == ["finished"]


def test_a_platform_error_is_tried_again_with_a_doubling_wait(effects: Effects) -> None:
    row = effects.add()
    effects.raising(ClusterAway("The cluster north does not answer."))
    waits = []
    for _ in range(4):
        assert run_next() is Ending.AGAIN
        row.refresh_from_db()
        waits.append((row.not_before - OutboxRow.objects.values_list(Now(), flat=True)[0]).total_seconds())
        assert claims.claim() is None
        make_ready()
    assert [round(wait) for wait in waits] == [1, 2, 4, 8]
    assert (row.state, row.faults, row.reason) == ("pending", 0, "The cluster north does not answer.")
    effects.act = lambda payload: {}
    assert run_next() is Ending.DONE


def test_a_handler_may_say_when_to_try_again(effects: Effects) -> None:
    row = effects.add()
    effects.raising(outbox.Retry("The namespace is still terminating.", after=300))
    assert run_next() is Ending.AGAIN
    row.refresh_from_db()
    assert 290 < (row.not_before - timezone.now()).total_seconds() <= 300
    assert row.reason == "The namespace is still terminating."


def test_waiting_for_the_platform_ends_after_a_generous_limit(effects: Effects) -> None:
    row = effects.add()
    effects.raising(ClusterAway("The cluster north does not answer."))
    OutboxRow.objects.update(attempts=limits.PATIENCE - 1)
    assert run_next() is Ending.POISON
    row.refresh_from_db()
    assert row.state == "poison"


def test_a_user_error_is_poison_at_once_with_its_sentence(effects: Effects) -> None:
    row = effects.add()
    effects.raising(Refused("The quota of the namespace is used up. Ask alice for more."))
    assert run_next() is Ending.POISON
    row.refresh_from_db()
    assert (row.state, row.reason) == ("poison", "The quota of the namespace is used up. Ask alice for more.")
    assert effects.log[-1] == ("failed", row.reason)
    assert notes() == ["failed"]


def test_an_unknown_error_is_tried_eight_times_and_leaks_no_secret(
    effects: Effects, caplog: pytest.LogCaptureFixture
) -> None:
    row = effects.add()
    effects.raising(RuntimeError(f"refused password {PASSWORD}"))
    endings = []
    with caplog.at_level(logging.DEBUG):
        while OutboxRow.objects.get().state == "pending":
            make_ready()
            endings.append(run_next())
    assert endings == [Ending.AGAIN] * limits.FAULTS + [Ending.POISON]
    row.refresh_from_db()
    assert "RuntimeError" in row.reason
    assert PASSWORD not in row.reason + caplog.text + str(effects.log)
    assert "rows.py" in caplog.text


def test_what_is_too_early_for_too_long_is_given_up_with_its_reason(effects: Effects) -> None:
    row = effects.add()
    effects.raising(outbox.Retry("The account lacks a right.", at_most=2))
    assert run_next() is Ending.AGAIN
    make_ready()
    assert run_next() is Ending.POISON
    row.refresh_from_db()
    assert (row.state, row.reason, row.attempts) == ("poison", "The account lacks a right.", 2)
    assert [what for what, *_ in effects.log] == ["run", "run", "failed"]


def test_a_closing_that_fails_leaves_nothing_half_done(effects: Effects) -> None:
    row = effects.add()

    def finish() -> None:
        raise OperationalError("deadlock detected")

    effects.finish = finish
    assert run_next() is Ending.AGAIN
    row.refresh_from_db()
    assert (row.state, row.faults, notes()) == ("pending", 0, [])
    effects.finish = lambda: None
    make_ready()
    assert run_next() is Ending.DONE
    assert notes() == ["finished"]


def test_a_handler_that_cannot_even_fail_ends_as_poison(effects: Effects) -> None:
    row = effects.add()
    effects.raising(Refused("No such image."))

    def fail() -> None:
        raise KeyError("release")

    effects.fail = fail
    while OutboxRow.objects.get().state == "pending":
        make_ready()
        run_next()
    row.refresh_from_db()
    assert (row.state, row.reason, notes()) == ("poison", "No such image.", [])


def test_a_kind_nobody_handles_waits_for_a_newer_worker_and_then_ends() -> None:
    with transaction.atomic():
        outbox.add("test.from_the_future", {})
    assert run_next() is Ending.AGAIN
    row = OutboxRow.objects.get()
    assert "No handler" in row.reason
    OutboxRow.objects.update(faults=limits.FAULTS)
    make_ready()
    assert run_next() is Ending.POISON


def test_a_row_that_kills_its_workers_is_given_up(effects: Effects) -> None:
    effects.add()
    while claims.claim() is not None and OutboxRow.objects.get().faults < limits.FAULTS:
        OutboxRow.objects.update(lease_until=Now() - timedelta(seconds=1))
    OutboxRow.objects.update(lease_until=Now() - timedelta(seconds=1))
    assert run_next() is Ending.POISON
    assert [what for what, *_ in effects.log] == ["failed"]


def test_a_late_worker_writes_nothing(effects: Effects) -> None:
    effects.add()
    slow = claims.claim()
    assert slow is not None
    OutboxRow.objects.update(lease_until=Now() - timedelta(seconds=1))
    assert run_next() is Ending.DONE
    assert running.execute(slow) is Ending.REFUSED
    assert notes() == ["finished"]


def test_a_claim_that_moves_on_during_the_closing_writes_nothing(effects: Effects) -> None:
    effects.add()

    def finish() -> None:
        OutboxRow.objects.update(claim_no=9)

    effects.finish = finish
    assert run_next() is Ending.REFUSED
    assert notes() == []
    assert OutboxRow.objects.get().claim_no == 1


def test_a_long_run_keeps_its_lease_by_its_heartbeat(
    effects: Effects, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.OUTBOX_LEASE_SECONDS = 3
    monkeypatch.setattr(running, "heartbeat", Heartbeat())
    effects.add()
    running_now, go_on = threading.Event(), threading.Event()

    def act(payload: dict[str, Any]) -> dict[str, Any]:
        running_now.set()
        assert go_on.wait(90)
        return {}

    effects.act = act

    with ThreadPoolExecutor(1) as pool:
        ending = pool.submit(run_next_in_a_thread)
        assert running_now.wait(60)
        assert not threading.Event().wait(4)
        assert claims.claim() is None, "the lease ran out while its worker was alive"
        go_on.set()
        assert ending.result(60) is Ending.DONE


def until_claimed() -> Any:
    """The row, taken as soon as somebody else may have it."""
    for _ in range(600):
        if taken := claims.claim():
            return taken
        assert not threading.Event().wait(0.1)
    raise AssertionError("the row was never given up")


def test_work_that_hangs_loses_its_row_within_a_minute_while_its_process_lives(
    effects: Effects, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert limits.lease_seconds() + leases.LONGEST_SILENCE_SECONDS <= 60
    settings.OUTBOX_LEASE_SECONDS = 0.6
    monkeypatch.setattr(leases, "LONGEST_SILENCE_SECONDS", 1.0)
    monkeypatch.setattr(running, "heartbeat", Heartbeat())
    effects.add()
    hangs, go_on, sent = threading.Event(), threading.Event(), []

    def act(payload: dict[str, Any]) -> dict[str, Any]:
        hangs.set()
        assert go_on.wait(60)
        outbox.alive()
        sent.append("a request to the cluster")
        return {}

    effects.act = act
    with ThreadPoolExecutor(1) as pool:
        ending = pool.submit(run_next_in_a_thread)
        assert hangs.wait(60)
        taken = until_claimed()
        effects.act = lambda payload: {}
        assert taken and running.execute(taken) is Ending.DONE
        go_on.set()
        assert ending.result(60) is Ending.REFUSED
    assert sent == [] and notes() == ["finished"]


def test_work_that_takes_long_and_gives_signs_of_life_keeps_its_row(
    effects: Effects, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.OUTBOX_LEASE_SECONDS = 3
    monkeypatch.setattr(leases, "LONGEST_SILENCE_SECONDS", 4.0)
    monkeypatch.setattr(running, "heartbeat", Heartbeat())
    effects.add()
    stolen: list[Any] = []

    def act(payload: dict[str, Any]) -> dict[str, Any]:
        for _step in range(12):
            outbox.alive()
            threading.Event().wait(0.5)
            stolen.append(claims.claim())
        return {}

    effects.act = act
    assert run_next() is Ending.DONE
    assert stolen == [None] * 12


def test_a_sign_of_life_outside_of_the_outbox_is_nothing(effects: Effects) -> None:
    effects.add()
    assert run_next() is Ending.DONE
    outbox.alive()


def test_draining_goes_on_through_a_stream_and_leaves_what_is_due_later(effects: Effects) -> None:
    for _ in range(5):
        effects.add(stream="release:1")
    effects.add(not_before=timezone.now() + timedelta(hours=1))
    assert running.drain() == 5
    assert running.drain() == 0
    assert outbox.counts()["waiting"] == 1
