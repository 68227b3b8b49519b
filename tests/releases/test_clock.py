"""The clock rings what is due and nothing else, and the net catches what got lost."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from portal import outbox
from portal.outbox.models import OutboxRow
from releases.clock import Clock, Ears, Leadership, next_timer, ring
from releases.models import StepRun, Sweep
from releases.sweep import LOOK, sweep
from tests.releases.live import wait_for
from tests.releases.stage import Stage


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.on_app("release.start")
    stage.work()
    return stage


def age(**span: float) -> None:
    """Let everything that waits have begun that much earlier."""
    past = timezone.now() - timedelta(**span)
    StepRun.objects.filter(state="watching").update(started=past, deadline=past, wake_at=past)


@pytest.mark.django_db
def test_nothing_rings_before_its_time(stage: Stage) -> None:
    assert ring(timezone.now()) == 0
    assert stage.release(1).state == "running"


@pytest.mark.django_db
def test_a_timer_that_is_due_reaches_its_release(stage: Stage) -> None:
    age(seconds=1)
    ring(timezone.now())
    assert stage.release(1).state == "failed"
    assert next_timer() is None


@pytest.mark.django_db
def test_the_clock_sleeps_until_the_next_timer_but_never_long(stage: Stage) -> None:
    seconds = Clock().tick()
    assert 0 < seconds <= 5


@pytest.mark.django_db
def test_the_sweep_rings_a_timer_that_was_lost_and_counts_it(stage: Stage) -> None:
    age(seconds=60)
    assert sweep(timezone.now()) == 1
    assert Sweep.objects.get().caught == 1
    assert stage.release(1).state == "failed"


@pytest.mark.django_db
def test_the_sweep_has_nothing_to_do_while_events_come(stage: Stage) -> None:
    assert sweep(timezone.now()) == 0
    assert not OutboxRow.objects.filter(kind=LOOK).exists()
    assert (Sweep.objects.get().rounds, Sweep.objects.get().caught) == (1, 0)


@pytest.mark.django_db
def test_the_sweep_asks_for_a_look_where_it_is_quiet_for_long(stage: Stage) -> None:
    quiet = timezone.now() - timedelta(seconds=40)
    StepRun.objects.filter(state="watching").update(started=quiet)
    sweep(timezone.now())
    rows = OutboxRow.objects.filter(kind=LOOK)
    assert [row.payload["cluster"] for row in rows] == [str(stage.north.pk)]


@pytest.mark.django_db(transaction=True)
def test_one_clock_leads_and_another_takes_over_when_it_is_gone() -> None:
    first, second = Leadership(), Leadership()
    try:
        assert first.held() and first.held()
        assert not second.held()
        first.give_up()
        wait_for(second.held, what=lambda: "nobody leads")
    finally:
        first.give_up()
        second.give_up()
        connections.close_all()


def test_a_word_wakes_the_clock_early() -> None:
    ears = Ears()
    ears.sleep(0.01)
    threading.Timer(0.2, outbox.tell_clock).start()
    began = time.monotonic()
    ears.sleep(90)
    assert time.monotonic() - began < 45
