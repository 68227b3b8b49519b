"""One daemon thread for work that must neither block nor fail the caller: nudging, publishing, renewing leases."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable


class Background:
    """Runs `serve` in a daemon thread that is started on first need, and again after a fork or the thread's death.

    `changed` guards what caller and thread share; `reset` makes that state anew in a forked child, where another
    thread may have held the lock at the moment of the fork.
    """

    def __init__(self, name: str, *, serve: Callable[[], None], reset: Callable[[], None]) -> None:
        self._name = name
        self._serve = serve
        self._reset = reset
        self._thread: threading.Thread | None = None
        self._renew()
        os.register_at_fork(after_in_child=self._renew)

    def start(self) -> None:
        """Make sure the thread runs. Call it while holding `changed`."""
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._serve, name=self._name, daemon=True)
            self._thread.start()

    def _renew(self) -> None:
        self.changed = threading.Condition()
        self._thread = None
        self._reset()
