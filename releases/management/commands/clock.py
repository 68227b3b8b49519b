"""`manage.py clock`: the process that rings timers and draws the net."""

from __future__ import annotations

import signal
import sys
from typing import Any

from portal.operations.printing import PlainCommand
from releases.clock import Clock


class Command(PlainCommand):
    patient = True
    help = "Run the clock: timers, outbox rows that come due, the sweep. Any number may run; one leads."

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))
        try:
            Clock().run()
        except KeyboardInterrupt:
            sys.exit(0)
