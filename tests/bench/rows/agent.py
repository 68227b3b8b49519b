"""Memory of the watching agent, and how it grows with the number of instances."""

from __future__ import annotations

from tests.bench.context import Bench
from tests.bench.processes import families, pss
from tests.bench.results import Line, figures
from tests.bench.rows.memory import MB

PER_APP = 50
DEMO_CLUSTERS = 2


def measure(bench: Bench) -> list[Line]:
    world, wanted = bench.world, bench.sizes.instances
    each = min(PER_APP, wanted)
    count = wanted // each
    bench.say(f"Bringing up {count * each} instances.")
    places = world.clusters(2)
    names = [world.app(f"many-{number:02}", places=places, replicas=2) for number in range(1, count + 1)]
    world.deploy(names)
    before = _memory(bench)
    for name in names:
        world.perform(name, "process.scale", process="web", replicas=each)
    world.deploy(names)
    after, more = _memory(bench), count * (each - 2)
    per_thousand = (after - before) / more * 1000
    # The rows to come shall not find the clusters full.
    for name in names:
        world.perform(name, "process.scale", process="web", replicas=0)
    world.deploy(names)
    return [
        Line(
            "watch agent",
            f"{before:.0f} MB",
            "≤ 150 MB",
            before <= 150,
            f"proportional set size, watching {len(world.simulators) + DEMO_CLUSTERS} clusters",
            figures(megabytes=before),
        ),
        Line(
            "  with more instances",
            f"{per_thousand:+.1f} MB per 1,000",
            "≤ 2 MB per 1,000 instances",
            per_thousand <= 2,
            f"{after:.0f} MB with {more} more instances of {count} apps on two clusters",
            figures(before=before, after=after, instances=more),
        ),
    ]


def _memory(bench: Bench) -> float:
    return pss(families(bench.installation.roots())["agent"]) / MB
