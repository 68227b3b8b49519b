"""Handing on what changed: one report per app at a time, each in a thread, because they write to the database."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import Executor

from django.db import close_old_connections

from releases.agent.coalescing import Coalescer

log = logging.getLogger("slipway.agent")

# More would only hold their facts in memory while they wait for a thread.
AT_ONCE = 4

Report = Callable[[], None]


class Reporter:
    """`report_of` gives for a key (an app's id) what to call, built at that moment from the newest facts."""

    def __init__(
        self,
        report_of: Callable[[str], Report],
        *,
        name: str,
        executor: Executor,
        may_report: Callable[[], bool],
    ) -> None:
        self._report_of = report_of
        self._may_report = may_report
        self._name = name
        self._executor = executor
        self._coalescer = Coalescer()
        self._poke = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(AT_ONCE)

    def touched(self, key: str) -> None:
        """Something about `key` changed."""
        self._coalescer.touched(key, now=time.monotonic())
        self._poke.set()

    async def run(self) -> None:
        """Never ends by itself; cancel it, then wait for `drained`."""
        while True:
            self._poke.clear()
            now = time.monotonic()
            for key in self._coalescer.take(now=now):
                task = asyncio.create_task(self._make(key))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            try:
                async with asyncio.timeout(self._coalescer.wait(now=now)):
                    await self._poke.wait()
            except TimeoutError:
                continue

    async def drained(self) -> None:
        """Wait until the reports under way have ended."""
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _make(self, key: str) -> None:
        async with self._slots:
            if not self._may_report():
                # Another agent may be at it by now; if not, the lease is renewed in a moment.
                self._again(key)
                return
            future = asyncio.get_running_loop().run_in_executor(self._executor, _in_thread, self._report_of(key))
            await asyncio.wait([future])
        error = future.exception()
        if error is None:
            self._coalescer.done(key, now=time.monotonic())
            self._poke.set()
            return
        seconds = self._again(key)
        what = key or "its state"
        log.error("%s: reporting %s failed, again in %.0f s", self._name, what, seconds, exc_info=error)

    def _again(self, key: str) -> float:
        seconds = self._coalescer.failed(key, now=time.monotonic())
        self._poke.set()
        return seconds


def _in_thread(report: Report) -> None:
    close_old_connections()
    try:
        report()
    finally:
        close_old_connections()
