"""The clock: rings timers, nudges the outbox when rows come due, draws the net every half minute, signs the log, has
clusters checked, and samples every hour what tenants use.

It sleeps until the earliest of these and is woken through Valkey when an earlier one is set. Any number of clocks may
run: the one that holds the advisory lock in PostgreSQL leads, another takes over as soon as its connection is gone.
"""

from __future__ import annotations

import logging
import threading
from datetime import datetime, timedelta

import redis
from django.conf import settings
from django.db import DatabaseError, InterfaceError, close_old_connections, connection
from django.db.models import Min
from django.utils import timezone

from portal import outbox
from portal.audit import checkpoints
from portal.errors import PlatformError
from releases import engine
from releases.clusters import regular
from releases.events import TimerDue
from releases.models import StepRun
from releases.snapshot import RunRef
from releases.states import RUN_OPEN
from releases.sweep import sweep
from tenants.quota import history

log = logging.getLogger("slipway.clock")

LOCK = 0x51_1B_3A_7C  # any number that no other advisory lock of this database has
SWEEP_EVERY = timedelta(seconds=30)
TIDY_EVERY = timedelta(hours=1)
LONGEST_SLEEP = 5.0  # seconds; a word that got lost costs no more than this
SHORTEST_SLEEP = 0.02
STANDBY_SLEEP = 2.0


class Clock:
    """One clock. `tick` does all that is due and says for how many seconds nothing will be."""

    def __init__(self) -> None:
        self._leader = Leadership()
        self._ears = Ears()
        self._sweep_at = timezone.now() + SWEEP_EVERY
        self._tidy_at = timezone.now() + TIDY_EVERY
        self._sign_at = timezone.now() + _sign_every()
        self._sample_at = timezone.now()
        self._check_at = timezone.now() + regular.EVERY

    def run(self) -> None:
        """Until the process is told to end."""
        while True:
            try:
                seconds = self.tick() if self._leader.held() else STANDBY_SLEEP
            except (DatabaseError, InterfaceError) as error:
                log.warning("The database does not answer (%s); trying again.", type(error).__name__)
                self._leader.give_up()
                close_old_connections()
                seconds = STANDBY_SLEEP
            self._ears.sleep(seconds)

    def tick(self) -> float:
        now = timezone.now()
        late = ring(now)
        due = outbox.due(now)
        if due is not None and due <= now:
            outbox.wake()
            due = outbox.due(now)
        if now >= self._sweep_at:
            self._sweep_at = now + SWEEP_EVERY
            sweep(now)
        if now >= self._tidy_at:
            self._tidy_at = now + TIDY_EVERY
            outbox.tidy(now)
        if now >= self._sign_at:
            self._sign_at = now + _sign_every()
            sign_audit_log(now)
        if now >= self._sample_at:
            self._sample_at = now + history.EVERY
            history.sample(now)
        if now >= self._check_at:
            self._check_at = now + regular.EVERY
            regular.check_all()
        moments = [moment for moment in (next_timer(), due, self._sweep_at, self._sign_at) if moment is not None]
        seconds = (min(moments) - timezone.now()).total_seconds()
        return min(LONGEST_SLEEP, max(seconds, 1.0 if late else SHORTEST_SLEEP))


def ring(now: datetime) -> int:
    """Tell releases about every timer that is due. How many could not be told, and are tried again."""
    missed = 0
    for run in StepRun.objects.filter(state__in=RUN_OPEN, wake_at__lte=now).order_by("wake_at"):
        ref = RunRef(str(run.cluster_id), run.step, run.attempt)
        try:
            engine.dispatch(run.release_id, TimerDue(run=ref))
        except (DatabaseError, InterfaceError):
            raise
        except Exception:  # one broken release must not stop the time for all others
            log.exception("The timer of release %s could not be told.", run.release_id)
            missed += 1
    return missed


def next_timer() -> datetime | None:
    """When the earliest timer is due."""
    moment: datetime | None = StepRun.objects.filter(state__in=RUN_OPEN).aggregate(first=Min("wake_at"))["first"]
    return moment


def sign_audit_log(now: datetime) -> None:
    """Make checkpoints of the audit log, where there is a key to sign them. What goes wrong is logged, never raised."""
    if not settings.SLIPWAY_AUDIT_KEY:
        return
    try:
        made = checkpoints.make(now)
    except PlatformError as error:
        log.error("The audit log is not signed: %s", error)
        return
    for chain, reason in made.refused.items():
        log.error("The chain %s of the audit log is not signed: %s. Run `manage.py audit verify`.", chain, reason)


def _sign_every() -> timedelta:
    return timedelta(seconds=settings.SLIPWAY_AUDIT_SECONDS)


class Leadership:
    """An advisory lock on a connection of its own: gone with the process, however that ends."""

    def __init__(self) -> None:
        self._connection = connection.copy()
        # A pool would take the connection back with the lock still on it.
        self._connection.settings_dict["OPTIONS"].pop("pool", None)
        self._leads = False

    def held(self) -> bool:
        """Whether this clock leads; asks the database each time, so that a cut connection is noticed."""
        with self._connection.cursor() as cursor:
            if self._leads:
                cursor.execute("SELECT 1")
                return True
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
            self._leads = bool(cursor.fetchone()[0])
        if self._leads:
            log.info("This clock leads.")
        return self._leads

    def give_up(self) -> None:
        self._leads = False
        self._connection.close()


class Ears:
    """Sleeps, and hears when something is due earlier."""

    def __init__(self) -> None:
        self._pubsub: redis.client.PubSub | None = None
        self._pause = threading.Event()

    def sleep(self, seconds: float) -> None:
        """Wait for a word, at most that long. Without Valkey: half a second, so that nothing is late by much."""
        try:
            if self._pubsub is None:
                client = redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1)
                self._pubsub = client.pubsub(ignore_subscribe_messages=True)
                self._pubsub.subscribe(outbox.CLOCK_CHANNEL)
            self._pubsub.get_message(timeout=seconds)
        except redis.RedisError as error:
            if self._pubsub is not None:
                log.warning("Valkey does not answer (%s); looking twice a second.", type(error).__name__)
            self._pubsub = None
            self._pause.wait(min(seconds, 0.5))
