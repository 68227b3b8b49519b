"""Memory of the watching agent, and how it grows with the number of instances."""

from __future__ import annotations

from tests.bench.context import Bench
from tests.bench.processes import families, pss
from tests.bench.results import Line, figures
from tests.bench.rows.memory import MB

PER_APP = 50
DEMO_CLUSTERS = 2


def measure(bench: Bench) -> list[Line]:
    """Twice the same: what the agent needs while it hears of an app of that size is there after the first half."""
    world, each = bench.world, min(PER_APP, bench.sizes.instances)
    count = bench.sizes.instances // each
    places = world.clusters(2)
    base = _memory(bench)
    sizes = []
    for half in ("few", "many"):
        bench.say(f"Bringing up {count * each} instances.")
        world.deploy([world.app(f"{half}-{number:02}", places=places, replicas=each) for number in range(count)])
        sizes.append(_memory(bench))
    first, second = sizes
    per_thousand = (second - first) / (count * each) * 1000
    return [
        Line(
            "watch agent",
            f"{base:.0f} MB",
            "≤ 150 MB",
            base <= 150,
            f"proportional set size, watching {len(world.simulators) + DEMO_CLUSTERS} clusters",
            figures(megabytes=base),
        ),
        Line(
            "  with more instances",
            f"{per_thousand:+.1f} MB per 1,000",
            "≤ 2 MB per 1,000 instances",
            per_thousand <= 2,
            f"{first:.0f} MB with {count * each} more, {second:.0f} MB with as many again, {each} to an app",
            figures(first=first, second=second, instances=count * each),
        ),
    ]


def _memory(bench: Bench) -> float:
    return pss(families(bench.installation.roots())["agent"]) / MB
