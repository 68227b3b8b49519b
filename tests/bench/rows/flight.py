"""Many releases in flight at once, on two simulated clusters."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

from releases.models import Release, StepRun
from releases.states import TERMINAL
from tests.bench.clients import Api
from tests.bench.context import Bench
from tests.bench.processes import cpu_seconds, families
from tests.bench.results import Line, figures
from tests.bench.world import IMAGE, TENANT

CLIENTS = 8


def measure(bench: Bench) -> list[Line]:
    world, count = bench.world, bench.sizes.together
    places = world.clusters(2)
    bench.say(f"Creating and deploying {count} apps on two clusters.")
    names = [world.app(f"flight-{number:04}", places=places, replicas=2) for number in range(1, count + 1)]
    world.deploy(names)
    for name in names:
        world.perform(name, "image.set", image=f"{IMAGE}:2")
    bench.say(f"Starting {count} releases at once.")
    before = _cpu(bench)
    began = time.time()
    numbers = _start_all(world.api, names)
    clicked = time.time() - began
    running = Release.objects.filter(app__name__in=names).exclude(state__in=TERMINAL).count()
    releases = world.ended(numbers)
    after = _cpu(bench)
    seconds = max(one.ended_at.timestamp() for one in releases if one.ended_at) - began
    steps = StepRun.objects.filter(release__in=releases).count()
    events = sum(one.length for one in releases)
    lengths = sorted((one.ended_at - one.created_at).total_seconds() for one in releases if one.ended_at)
    used = {name: round(after[name] - before.get(name, 0.0), 2) for name in after}
    busiest = ", ".join(f"{name} {value:.1f}" for name, value in sorted(used.items(), key=lambda one: -one[1])[:5])
    cores = sum(used.values()) / seconds
    return [
        Line(
            f"{count} releases at once, all succeeded",
            f"{seconds:.1f} s · {steps / seconds:.0f} steps a second",
            "1,000 at once, ≥ 60 step changes a second",
            steps / seconds >= 60,
            f"2 instances each, a cluster after the other; {running} still in flight when the last was started "
            f"(after {clicked:.1f} s); median release {lengths[len(lengths) // 2]:.1f} s",
            figures(
                seconds=seconds, started_after=clicked, in_flight_then=running, steps=steps,
                timeline_events=events, release_seconds=lengths, cpu_seconds=used,
            ),
        ),
        Line("  CPU meanwhile", f"{cores:.2f} cores", "", None, f"seconds of CPU: {busiest}"),
    ]  # fmt: skip


def _start_all(api: Callable[[], Api], names: list[str]) -> dict[str, int]:
    """Start a release of every app through the API, several clients side by side."""
    idle: SimpleQueue[Api] = SimpleQueue()
    for _ in range(min(CLIENTS, len(names))):
        idle.put(api())

    def start(name: str) -> int:
        client = idle.get()
        try:
            return int(client.operate(TENANT, name, "release.start")["release"])
        finally:
            idle.put(client)

    with ThreadPoolExecutor(CLIENTS) as pool:
        return dict(zip(names, pool.map(start, names), strict=True))


def _cpu(bench: Bench) -> dict[str, float]:
    found = families(bench.installation.roots())
    clusters = {name: {one.process.pid} for name, one in bench.world.simulators.items()}
    return {name: cpu_seconds(pids) for name, pids in (found | clusters).items()}
