"""One dead cluster among several: what the others' releases feel of it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from tests.bench.clients import Api
from tests.bench.context import Bench
from tests.bench.results import Line, Spread, figures
from tests.bench.watcher import Watcher
from tests.bench.world import IMAGE, TENANT, World

SPACING = 0.25


@dataclass
class _Arm:
    """Seconds measured with the cluster alive, or with it dead, per round."""

    changed: list[list[float]] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)

    @property
    def spread(self) -> Spread:
        return Spread.of(one for row in self.changed for one in row)

    @property
    def rounds(self) -> list[float]:
        """The p99 of each round, in milliseconds."""
        return [Spread.of(row).p99 for row in self.changed]


def measure(bench: Bench) -> list[Line]:
    """By turns: a round with all clusters, a round with the last one dead and releases waiting for it.

    Each begins every other turn, so that a machine that gets busier meets both.
    """
    world, sizes = bench.world, bench.sizes
    places = world.clusters(sizes.clusters)
    bench.say(f"Deploying to {len(places)} clusters, by turns with all of them and with one dead.")
    apps = {
        place: [
            world.app(f"dead-{at}-{number}", places=[place], replicas=1) for number in range(sizes.apps_per_cluster)
        ]
        for at, place in enumerate(places)
    }
    world.deploy(name for names in apps.values() for name in names)
    watchers = {place: Watcher(world.connections[place]) for place in places[:-1]}
    api, alive, dead = world.api(), _Arm(), _Arm()
    try:
        order = ((False, True, True, False) * sizes.rounds)[: 2 * sizes.rounds]
        for tag, down in enumerate(order, start=2):
            _round(world, api, apps, watchers, arm=dead if down else alive, tag=str(tag), down=down)
    finally:
        api.close()
        for watcher in watchers.values():
            watcher.close()
    return _lines(len(places), alive, dead)


def _round(
    world: World,
    api: Api,
    apps: dict[str, list[str]],
    watchers: dict[str, Watcher],
    *,
    arm: _Arm,
    tag: str,
    down: bool,
) -> None:
    *others, last = apps
    victim, image = world.simulators[last], f"{IMAGE}:{tag}"
    for names in apps.values():
        for name in names:
            world.perform(name, "image.set", image=image)
    victim.faults(down=down)
    # Also with all alive, so that the same number of releases is under way in both kinds of round.
    waiting = {name: int(api.operate(TENANT, name, "release.start")["release"]) for name in apps[last]}
    started = {}
    for name, place in [(name, place) for row in zip(*[apps[place] for place in others], strict=True)
                        for name, place in zip(row, others, strict=True)]:  # fmt: skip
        at = time.time()
        started[name] = (place, at, int(api.operate(TENANT, name, "release.start")["release"]))
        time.sleep(max(0.0, at + SPACING - time.time()))
    arm.changed.append(
        [watchers[place].changed(f"{name}--web", image) - at for name, (place, at, _number) in started.items()]
    )
    ended = world.ended({name: number for name, (_place, _at, number) in started.items()})
    for release, (_place, at, _number) in zip(ended, started.values(), strict=True):
        assert release.ended_at
        arm.whole.append(release.ended_at.timestamp() - at)
    victim.faults(down=False)
    world.ended(waiting)


def _lines(clusters: int, alive: _Arm, dead: _Arm) -> list[Line]:
    with_all, with_dead = alive.spread, dead.spread
    whole_all, whole_dead = Spread.of(alive.whole), Spread.of(dead.whole)
    more = with_dead.p99 / with_all.p99 - 1
    data = (
        f"{clusters - 1} of {clusters} clusters, {with_all.n} releases in each kind of round, "
        f"a release every {SPACING:.2f} s; by turns in one run"
    )
    return [
        Line(
            "others: release asked for → object changed",
            f"p99 {with_all.p99:.0f} → {with_dead.p99:.0f} ms ({more:+.0%})",
            "changes < 10 %",
            more < 0.10,
            data,
            figures(all_alive=with_all, one_dead=with_dead, p99_of_rounds=[alive.rounds, dead.rounds]),
        ),
        Line("  p99 of the rounds with all alive, for comparison", _range(alive.rounds), "", None),
        Line("  p99 of the rounds with one dead", _range(dead.rounds), "", None),
        Line(
            "  the same, p50",
            f"{with_all.p50:.0f} → {with_dead.p50:.0f} ms ({with_dead.p50 / with_all.p50 - 1:+.0%})",
            "",
            None,
        ),
        Line(
            "  others: whole release, p50",
            f"{whole_all.p50:.0f} → {whole_dead.p50:.0f} ms ({whole_dead.p50 / whole_all.p50 - 1:+.0%})",
            "",
            None,
            figures=figures(all_alive=whole_all, one_dead=whole_dead),
        ),
    ]


def _range(milliseconds: list[float]) -> str:
    return f"{min(milliseconds):.0f} to {max(milliseconds):.0f} ms"
