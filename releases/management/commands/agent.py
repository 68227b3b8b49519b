"""`manage.py agent`: watches clusters until it is told to stop."""

from __future__ import annotations

import asyncio
import signal
from typing import Any, cast

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.postgresql.base import DatabaseWrapper

from portal.operations.printing import PlainCommand
from releases.agent.agent import Agent


class Command(PlainCommand):
    patient = True
    help = "Watch the clusters and tell the releases what happens there. Ends in order on SIGTERM or Ctrl-C."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            asyncio.run(self._run())
        finally:
            # The pool's own threads would hold up the end of the process by a second.
            cast(DatabaseWrapper, connections[DEFAULT_DB_ALIAS]).close_pool()

    async def _run(self) -> None:
        from releases import observing

        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        agent = Agent(listener=observing)
        self.stdout.write(f"agent {agent.holder} is watching")
        self.stdout.flush()
        await agent.run(stop)
