"""Keeping the leases of running work alive: one thread renews all claims of the process in one statement."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import Error, close_old_connections

from portal.outbox import claims, limits
from portal.outbox.background import Background
from portal.outbox.claims import Claim

log = logging.getLogger(__name__)

# Work that takes longer hangs: its lease is no longer renewed, and another worker takes the row.
# Shorter than the ten minutes that whoever waits behind it in its stream has.
LONGEST_RUN_SECONDS = 480.0


class Heartbeat:
    """The claims this process works on. With none, the thread sleeps until there is one."""

    def __init__(self) -> None:
        self._background = Background("outbox-leases", serve=self._serve, reset=self._reset)

    def __len__(self) -> int:
        return len(self._running)

    @contextmanager
    def kept(self, taken: Claim) -> Iterator[None]:
        """Renew the lease of `taken` for as long as the block runs."""
        with self._background.changed:
            self._running[taken.id] = taken
            self._since[taken.id] = time.monotonic()
            self._background.start()
            self._background.changed.notify_all()
        try:
            yield
        finally:
            with self._background.changed:
                if self._running.get(taken.id) == taken:
                    del self._running[taken.id]
                    del self._since[taken.id]

    def _reset(self) -> None:
        self._running: dict[int, Claim] = {}
        self._since: dict[int, float] = {}

    def _serve(self) -> None:
        pause = threading.Event()
        while True:
            with self._background.changed:
                self._background.changed.wait_for(lambda: bool(self._running))
            pause.wait(limits.lease_seconds() / 3)
            with self._background.changed:
                oldest = time.monotonic() - LONGEST_RUN_SECONDS
                running = [taken for pk, taken in self._running.items() if self._since[pk] > oldest]
            if not running:
                continue
            try:
                claims.renew(running)
            except Error as error:
                log.warning("Leases could not be renewed (%s); trying again.", type(error).__name__)
            finally:
                close_old_connections()


heartbeat = Heartbeat()
