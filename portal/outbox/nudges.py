"""Telling workers and the clock that there is something to do, without ever waiting for the broker or raising.

Requests are coalesced: at most one nudge and one word to the clock wait for the thread. With the broker away they keep
waiting, and the thread tries again every second. Should the process end first, the clock finds the rows by itself.
"""

from __future__ import annotations

import atexit
import logging
import threading
from datetime import UTC, datetime

import redis
from django.conf import settings

from portal.failpoints import reach
from portal.outbox.background import Background

log = logging.getLogger(__name__)

# The clock process listens here; a message says that something may be due earlier than it thinks.
CLOCK_CHANNEL = "slipway:clock"
WAKE_AGAIN_SECONDS = 2.0
NUDGE_EXPIRES_SECONDS = 60
TRY_AGAIN_SECONDS = 1.0
FAREWELL_SECONDS = 1.0

WORKERS = "workers"
CLOCK = "clock"


class Nudger:
    """A bounded queue (two flags) and the thread that empties it."""

    def __init__(self) -> None:
        self._background = Background("outbox-nudges", serve=self._serve, reset=self._reset)

    def ask(self, whom: str) -> None:
        """Have `whom` told soon. Returns at once."""
        with self._background.changed:
            self._wanted.add(whom)
            self._background.start()
            self._background.changed.notify_all()

    def drained(self, *, timeout: float) -> bool:
        """Wait until nothing is left to tell, at most `timeout` seconds."""
        with self._background.changed:
            return self._background.changed.wait_for(lambda: not self._wanted and not self._telling, timeout)

    def _reset(self) -> None:
        self._wanted: set[str] = set()
        self._telling = False
        self._quiet = False

    def _serve(self) -> None:
        changed = self._background.changed
        pause = threading.Event()
        while True:
            with changed:
                changed.wait_for(lambda: bool(self._wanted))
                telling, self._wanted = self._wanted, set()
                self._telling = True
            missed = {whom for whom in telling if not self._tell(whom)}
            with changed:
                self._wanted |= missed
                self._telling = False
                changed.notify_all()
            if missed:
                pause.wait(TRY_AGAIN_SECONDS)

    def _tell(self, whom: str) -> bool:
        try:
            _nudge_workers() if whom == WORKERS else _tell_clock()
        except Exception as error:  # a broker fails in the ways of kombu, redis and sockets; the clock makes up for it
            if not self._quiet:
                log.warning("The broker does not take nudges (%s); the outbox waits for it.", type(error).__name__)
            self._quiet = True
            return False
        self._quiet = False
        return True


def _nudge_workers() -> None:
    from portal.outbox.tasks import drain  # Celery's task imports this module in turn

    reach("nudge.before")
    drain.apply_async(expires=NUDGE_EXPIRES_SECONDS, retry=False)
    reach("nudge.after")


def _tell_clock() -> None:
    with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=1) as client:
        client.publish(CLOCK_CHANNEL, "due")


_nudger = Nudger()
_woken_at = datetime.min.replace(tzinfo=UTC)


def nudge() -> None:
    """A row can run now: some worker should look."""
    _nudger.ask(WORKERS)


def tell_clock() -> None:
    """Something is due later, perhaps earlier than the clock thinks."""
    _nudger.ask(CLOCK)


def wake() -> None:
    """The clock's nudge for rows that are due. `due` asks for the next one no sooner than two seconds later."""
    global _woken_at
    _woken_at = datetime.now(UTC)
    nudge()


def last_wake() -> datetime:
    """When this process last called `wake`."""
    return _woken_at


# A command line ends right after its commit; it may take a moment to get the nudge out.
atexit.register(lambda: _nudger.drained(timeout=FAREWELL_SECONDS))
