"""Keeping the leases of running work alive: one thread renews all claims of the process in one statement.

That the process lives says nothing of the thread that does the work. So work gives signs of life itself (`alive`,
before each request to a cluster), and a claim that gave none for longer than any honest step takes is not renewed.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.db import Error, close_old_connections

from portal.outbox import claims, limits
from portal.outbox.background import Background
from portal.outbox.claims import Claim, ClaimMoved

log = logging.getLogger(__name__)

# The longest honest step is a request to a cluster (3 s to connect, 10 s to answer) or a lock of the database (10 s) on
# a machine with much to do. With the lease that still runs then, a row that hangs is another worker's within a minute.
LONGEST_SILENCE_SECONDS = 40.0
# However lively: shorter than the ten minutes that whoever waits behind it in its stream has.
LONGEST_RUN_SECONDS = 480.0

_here = threading.local()


@dataclass
class Work:
    """A claim that a thread works on: since when, and when it was last heard of, in seconds of the monotonic clock."""

    taken: Claim
    began: float = field(default_factory=time.monotonic)
    heard: float = field(default_factory=time.monotonic)

    @property
    def hangs(self) -> bool:
        now = time.monotonic()
        return now - self.heard > LONGEST_SILENCE_SECONDS or now - self.began > LONGEST_RUN_SECONDS


def alive() -> None:
    """A sign of life of the work that this thread does for the outbox; for any other thread it is nothing.

    To be called before each step that others see. Raises ClaimMoved when the thread was away for so long that another
    worker has the row: whatever it would do now is that worker's to do.
    """
    work: Work | None = getattr(_here, "work", None)
    if work is None:
        return
    away = time.monotonic() - work.heard
    if (away > limits.lease_seconds() or work.hangs) and not claims.held(work.taken):
        raise ClaimMoved
    work.heard = time.monotonic()


class Heartbeat:
    """The claims this process works on. With none, the thread sleeps until there is one."""

    def __init__(self) -> None:
        self._background = Background("outbox-leases", serve=self._serve, reset=self._reset)

    def __len__(self) -> int:
        return len(self._running)

    @contextmanager
    def kept(self, taken: Claim) -> Iterator[None]:
        """Renew the lease of `taken` for as long as the block runs and gives signs of life."""
        _here.work = work = Work(taken)
        with self._background.changed:
            self._running[taken.id] = work
            self._background.start()
            self._background.changed.notify_all()
        try:
            yield
        finally:
            _here.work = None
            with self._background.changed:
                if self._running.get(taken.id) is work:
                    del self._running[taken.id]

    def _reset(self) -> None:
        self._running: dict[int, Work] = {}

    def _serve(self) -> None:
        pause = threading.Event()
        while True:
            with self._background.changed:
                self._background.changed.wait_for(lambda: bool(self._running))
            pause.wait(limits.lease_seconds() / 3)
            with self._background.changed:
                running = [work.taken for work in self._running.values() if not work.hangs]
            if not running:
                continue
            try:
                claims.renew(running)
            except Error as error:
                log.warning("Leases could not be renewed (%s); trying again.", type(error).__name__)
            finally:
                close_old_connections()


heartbeat = Heartbeat()
