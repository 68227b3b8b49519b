"""Handing reports on: it ends when it is told to, whatever happens in the same moment."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from releases.agent.reporting import Report, Reporter


@pytest.mark.parametrize("turns", range(8))
async def test_it_ends_when_it_is_told_to_right_after_something_changed(turns: int) -> None:
    """So many turns of the loop after it, because it may be any; meanwhile a report that failed waits for its time."""
    failed = asyncio.Event()
    loop = asyncio.get_running_loop()

    def report_of(key: str) -> Report:
        def report() -> None:
            if key == "one that fails":
                loop.call_soon_threadsafe(failed.set)
                raise OSError("the database is away")

        return report

    with ThreadPoolExecutor(1) as executor:
        reporter = Reporter(report_of, name="north", executor=executor, may_report=lambda: True)
        running = asyncio.create_task(reporter.run())
        reporter.touched("one that fails")
        await failed.wait()
        await reporter.drained()
        await asyncio.sleep(0.01)
        reporter.touched("app")
        for _turn in range(turns):
            await asyncio.sleep(0)
        running.cancel()
        await asyncio.wait([running], timeout=5)
        ended = running.cancelled()
        running.cancel()
        await asyncio.wait([running])
        await reporter.drained()
    assert ended
