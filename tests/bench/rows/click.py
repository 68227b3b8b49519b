"""Click *Deploy* → the Deployment has changed in the API server."""

from __future__ import annotations

from tests.bench.context import Bench
from tests.bench.results import Line, Spread, figures


def measure(bench: Bench) -> list[Line]:
    deploys = bench.deploys.all
    changed = Spread.of(one.changed - one.clicked for one in deploys)
    answered = Spread.of(one.answered - one.clicked for one in deploys)
    data = f"{len(deploys)} deploys by the form's button, one after the other; seen by a watch of the simulated cluster"
    return [
        Line(
            "Deploy clicked → object changed",
            str(changed),
            "p50 ≤ 120 ms, p99 ≤ 400 ms",
            changed.p50 <= 120 and changed.p99 <= 400,
            data,
            figures(changed=changed, answered=answered),
        ),
        Line("  of which until the browser has its answer", str(answered), "", None),
    ]
