"""Who may take which row, and when: heads of streams, leases, shares, breakers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now

from portal import outbox
from portal.outbox import breakers, claims, limits
from portal.outbox.claims import Claim, ClaimMoved
from portal.outbox.models import Breaker, OutboxRow

# What is emptied after a test is kept small, because it takes longer than the test.
APPS = ["portal.outbox", "django.contrib.sessions"]
pytestmark = pytest.mark.django_db(transaction=True, available_apps=APPS)


def add(number: int, **where: Any) -> None:
    with transaction.atomic():
        outbox.add("test.claims", {"number": number}, **where)


def numbers(taken: list[Claim]) -> list[int]:
    return [one.payload["number"] for one in taken]


def claim_all() -> list[Claim]:
    taken = []
    while (one := claims.claim()) is not None:
        taken.append(one)
    return taken


def expire_leases() -> None:
    OutboxRow.objects.filter(state="claimed").update(lease_until=Now() - timedelta(seconds=1))


def in_threads(count: int, work: Callable[[], Any]) -> list[Any]:
    """Run `work` in several threads that start together, each with a connection of its own."""
    start = threading.Barrier(count)

    def run() -> Any:
        start.wait()
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return [future.result() for future in [pool.submit(run) for _ in range(count)]]


def test_a_row_outside_a_transaction_is_refused() -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        outbox.add("test.claims", {})


def test_a_row_of_a_change_that_is_rolled_back_never_was() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        outbox.add("test.claims", {"number": 1})
        _ = 1 / 0
    assert claims.claim() is None


def test_a_payload_that_carries_more_than_ids_is_refused() -> None:
    with pytest.raises(ValueError, match="bytes"), transaction.atomic():
        outbox.add("test.claims", {"log": "x" * 20_000})


def test_two_threads_never_take_the_same_row() -> None:
    for number in range(40):
        add(number)
    found = in_threads(2, claim_all)
    together = numbers(found[0]) + numbers(found[1])
    # Each leaves a row alone that the other looks at, so a few may be left for the next nudge; none is taken twice.
    together += numbers(claim_all())
    assert sorted(together) == list(range(40))


def test_only_the_head_of_a_stream_can_be_taken() -> None:
    for number in (1, 2, 3):
        add(number, stream="release:1")
    add(10, stream="release:2")
    first, other = claim_all()
    assert numbers([first, other]) == [1, 10]
    claims.done(first)
    assert numbers(claim_all()) == [2]


def test_a_head_that_waits_holds_back_those_behind_it() -> None:
    add(1, stream="release:1")
    add(2, stream="release:1")
    (first,) = claim_all()
    claims.put_back(first, reason="not yet", seconds=60, fault=False)
    assert claims.claim() is None


def test_a_poisoned_head_lets_the_stream_go_on() -> None:
    add(1, stream="release:1")
    add(2, stream="release:1")
    (first,) = claim_all()
    claims.poison(first, reason="The image does not exist.")
    assert numbers(claim_all()) == [2]


def test_many_threads_keep_a_stream_in_order() -> None:
    for number in range(12):
        add(number, stream="release:1")
    order: list[int] = []

    def work() -> None:
        while len(order) < 12:
            taken = claims.claim()
            if taken is not None:
                order.append(taken.payload["number"])
                claims.done(taken)

    in_threads(3, work)
    assert order == list(range(12))


def test_a_row_for_later_is_left_until_then() -> None:
    add(1, not_before=datetime.now(UTC) + timedelta(minutes=5))
    assert claims.claim() is None
    OutboxRow.objects.update(not_before=Now())
    assert numbers(claim_all()) == [1]


def test_a_lease_that_ran_out_is_taken_over_and_the_late_result_is_refused() -> None:
    add(1, stream="release:1")
    (slow,) = claim_all()
    assert claims.claim() is None
    expire_leases()
    (quick,) = claim_all()
    assert (quick.id, quick.claim_no) == (slow.id, slow.claim_no + 1)
    assert quick.faults == 1
    for late in (
        lambda: claims.done(slow),
        lambda: claims.poison(slow, reason="x"),
        lambda: claims.put_back(slow, reason="x", seconds=0, fault=False),
    ):
        with pytest.raises(ClaimMoved):
            late()
    claims.done(quick)
    assert OutboxRow.objects.get().state == "done"


def test_a_renewed_lease_is_not_taken_over() -> None:
    add(1)
    (taken,) = claim_all()
    expire_leases()
    claims.renew([taken])
    assert claims.claim() is None


def test_renewing_does_not_touch_a_claim_that_moved_on() -> None:
    add(1)
    (slow,) = claim_all()
    expire_leases()
    claim_all()
    expire_leases()
    claims.renew([slow])
    assert claims.claim() is not None


def test_a_share_takes_a_quarter_of_the_slots_and_others_go_on(settings: Any) -> None:
    settings.OUTBOX_SLOTS = 8
    for number in range(6):
        add(number, share="north")
    add(100, share="south")
    add(200)
    taken = claim_all()
    assert numbers(taken) == [0, 1, 100, 200]
    claims.done(taken[0])
    assert numbers(claim_all()) == [2]


def test_a_share_whose_leases_ran_out_has_room_again(settings: Any) -> None:
    settings.OUTBOX_SLOTS = 4
    add(1, share="north")
    add(2, share="north")
    assert numbers(claim_all()) == [1]
    expire_leases()
    assert numbers(claim_all()) == [1]


def test_racing_threads_never_overfill_a_share(settings: Any) -> None:
    settings.OUTBOX_SLOTS = 8
    for _ in range(5):
        OutboxRow.objects.all().delete()
        for number in range(12):
            add(number, share="north")
        found = in_threads(4, claim_all)
        assert sum(len(taken) for taken in found) == 2


def test_an_open_breaker_holds_back_its_share_alone() -> None:
    for _ in range(limits.BREAKER_FAILURES):
        breakers.failed("north")
    add(1, share="north")
    add(2, share="south")
    assert numbers(claim_all()) == [2]


def test_after_its_time_a_breaker_lets_one_row_try(settings: Any) -> None:
    settings.OUTBOX_SLOTS = 16
    for _ in range(limits.BREAKER_FAILURES):
        breakers.failed("north")
    for number in range(5):
        add(number, share="north")
    Breaker.objects.update(open_until=Now() - timedelta(seconds=1))
    (trial,) = claim_all()
    claims.done(trial)
    breakers.closed("north")
    assert len(claim_all()) == 4


def test_a_cluster_that_is_back_is_served_at_once() -> None:
    add(1, share="north")
    (taken,) = claim_all()
    claims.put_back(taken, reason="away", seconds=60, fault=False)
    for _ in range(limits.BREAKER_FAILURES):
        breakers.failed("north")
    assert claims.claim() is None
    outbox.hurry("north")
    assert numbers(claim_all()) == [1]


def test_the_clock_learns_of_the_next_backoff_lease_and_breaker() -> None:
    now = datetime.now(UTC)
    assert outbox.due(now) is None
    later = now + timedelta(minutes=5)
    add(1, not_before=later, share="north")
    assert outbox.due(now) == later
    held = now + timedelta(minutes=9)
    Breaker.objects.create(share="north", failures=9, open_until=held)
    assert outbox.due(now) == held
    add(2)
    claim_all()
    lease = outbox.due(now)
    assert lease is not None and now < lease < later


def test_a_ready_row_is_asked_for_now_and_again_only_after_a_while() -> None:
    add(1)
    assert outbox.due(datetime.now(UTC)) is not None
    outbox.wake()
    again = outbox.due(datetime.now(UTC))
    assert again is not None
    assert timedelta(seconds=1) < again - datetime.now(UTC) <= timedelta(seconds=2)


def test_rows_behind_a_waiting_head_do_not_keep_the_clock_busy() -> None:
    later = datetime.now(UTC) + timedelta(minutes=5)
    add(1, stream="release:1", not_before=later)
    add(2, stream="release:1")
    assert outbox.due(datetime.now(UTC)) == later


def test_the_operator_sees_how_the_queue_stands() -> None:
    add(1)
    add(2, stream="s")
    add(3, not_before=datetime.now(UTC) + timedelta(hours=1))
    first = claims.claim()
    assert first is not None
    claims.poison(first, reason="No such image.")
    Breaker.objects.create(share="north", failures=9, open_until=Now() + timedelta(seconds=30))
    seen = outbox.counts()
    assert (seen["ready"], seen["waiting"], seen["claimed"], seen["poison"]) == (1, 1, 0, 1)
    assert seen["oldest_ready"] is not None
    assert list(seen["held_back"]) == ["north"]


def test_old_rows_are_removed_and_poison_stays_longer() -> None:
    for number in (1, 2, 3):
        add(number)
    done, poison, _ = claim_all()
    claims.done(done)
    claims.poison(poison, reason="x")
    in_ten_days = datetime.now(UTC) + timedelta(days=10)
    assert outbox.tidy(in_ten_days) == 1
    assert set(OutboxRow.objects.values_list("state", flat=True)) == {"poison", "claimed"}
    assert outbox.tidy(in_ten_days + timedelta(days=100)) == 1
