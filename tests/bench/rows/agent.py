"""Memory of the watching agent, and how it grows with the number of instances."""

from __future__ import annotations

from tests.bench.context import Bench
from tests.bench.processes import families, pss
from tests.bench.results import Line, figures
from tests.bench.rows.memory import MB

PER_APP = 50


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
    return [
        Line(
            "watch agent",
            f"{after:.0f} MB · {per_thousand:+.1f} MB per 1,000 instances",
            "≤ 150 MB + 2 MB per 1,000 instances",
            before <= 150 and per_thousand <= 2,
            f"{before:.0f} MB before {more} more instances of {count} apps on two clusters",
            figures(before=before, after=after, instances=more),
        )
    ]


def _memory(bench: Bench) -> float:
    return pss(families(bench.installation.roots())["agent"]) / MB
