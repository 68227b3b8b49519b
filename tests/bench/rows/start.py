"""`make run` on an installation that has its data already, to the first page."""

from __future__ import annotations

import statistics

from tests.bench.context import Bench
from tests.bench.results import Line, figures


def measure(bench: Bench) -> list[Line]:
    """Leaves the installation running."""
    took = []
    for turn in range(bench.sizes.starts):
        bench.say(f"Stopping, and starting again ({turn + 1} of {bench.sizes.starts}).")
        bench.let_go()
        bench.installation.stop()
        took.append(bench.installation.first_page())
    median = statistics.median(took)
    return [
        Line(
            "make run again, to the first page",
            f"{median:.1f} s",
            "≤ 8 s",
            median <= 8,
            f"median of {len(took)} starts, {min(took):.1f} to {max(took):.1f} s",
            figures(seconds=took),
        )
    ]
