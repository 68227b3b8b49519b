"""What goes wrong: each does its harm so many times while releases go on, and returns when all of it has happened."""

from __future__ import annotations

import random
import signal
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from portal.failpoints import POINTS
from tests.browser.outside import ClusterApi
from tests.browser.waiting import until
from tests.chaos.installation import OURS, House
from tests.chaos.load import Load
from tests.chaos.repeating import deliver_again

MAIN = [one for one in POINTS if one.partition(".")[0] in ("claim", "effect", "commit", "acknowledge", "publish")]
STOPPED_SECONDS = 13.0
"""Longer than the lease of a claim (10 s) and that of a cluster (7 s)."""
REACHED_SECONDS = 120.0


@dataclass
class Scene:
    """The house, what goes on in it, and dice."""

    house: House
    load: Load
    dice: random.Random

    def pause(self, least: float, most: float) -> None:
        self.load.wait(self.dice.uniform(least, most))


def nothing(scene: Scene, times: int) -> int:
    """Releases undisturbed, to see what they do."""
    scene.load.wait(times)
    return 0


def failpoint(point: str) -> Callable[[Scene, int], int]:
    """kill -9 of whoever comes to a point, so many times."""

    def trouble(scene: Scene, times: int) -> int:
        armed: Path = scene.house.failpoints / point
        for _time in range(times):
            armed.touch()
            until(lambda: not armed.exists(), what=f"somebody reaches {point}", seconds=REACHED_SECONDS, every=0.02)
            scene.pause(0.1, 1.0)
        return times

    return trouble


def main_failpoints(scene: Scene, times: int) -> int:
    """kill -9 at each of the main points, one after the other."""
    return sum(failpoint(point)(scene, times) for point in MAIN)


def kills(scene: Scene, times: int) -> int:
    """kill -9 of web, workers, agents and clock, at random."""
    for _time in range(times):
        name = scene.dice.choice(OURS)
        pid = scene.house.send(name, signal.SIGKILL)
        scene.house.is_back(name, instead_of=pid)
        scene.pause(0.0, 1.5)
    return times


def database_restarts(scene: Scene, times: int) -> int:
    """PostgreSQL ends at once, without a word to those it serves, and recovers."""
    for _time in range(times):
        pid = scene.house.send("postgres", signal.SIGQUIT)
        scene.house.is_back("postgres", instead_of=pid)
        scene.pause(3.0, 8.0)
    return times


def broker_gone(scene: Scene, times: int) -> int:
    """Valkey is killed, and comes back with nothing in it."""
    for _time in range(times):
        pid = scene.house.send("valkey", signal.SIGKILL)
        scene.house.is_back("valkey", instead_of=pid)
        scene.pause(1.0, 4.0)
    return times


def broker_emptied(scene: Scene, times: int) -> int:
    """All that Valkey holds is thrown away under way."""
    import redis
    from django.conf import settings

    for _time in range(times):
        with redis.Redis.from_url(settings.REDIS_URL) as client:
            client.flushall()
        scene.pause(0.2, 1.5)
    return times


def repeats(scene: Scene, times: int) -> int:
    """Messages and results of effects delivered two to five times, late and in any order."""
    done = 0
    while done < times:
        scene.pause(0.3, 0.8)
        done += deliver_again(scene.dice)
    return done


def lost_answers(scene: Scene, times: int) -> int:
    """Clusters do what they are told and say nothing of it."""
    clusters = list(scene.house.clusters().values())
    for _time in range(times):
        cluster = scene.dice.choice(clusters)
        cluster.faults(lose_answers=1)
        until(partial(_has_lost, cluster), what="an answer is lost", seconds=REACHED_SECONDS, every=0.02)
        scene.pause(0.1, 0.8)
    return times


def _has_lost(cluster: ClusterApi) -> bool:
    return not cluster.lost_answers()


def frozen_owners(scene: Scene, times: int) -> int:
    """SIGSTOP of a worker or an agent beyond its lease: another takes over, and the first wakes up too late."""
    for turn in range(times):
        name = ("worker", "agent", "worker-2", "agent-2", "clock")[turn % 5]
        scene.house.send(name, signal.SIGSTOP)
        try:
            scene.load.wait(STOPPED_SECONDS)
        finally:
            scene.house.send(name, signal.SIGCONT)
        scene.pause(2.0, 4.0)
    return times
