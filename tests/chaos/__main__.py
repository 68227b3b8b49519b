"""`make chaos`: break a running Slipway in every way there is a name for, and count what came of it.

The last line is `0 lost, 0 doubled, 0 stale` when all is well, and so is the exit code.
"""

from __future__ import annotations

import argparse
import logging
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from portal.failpoints import POINTS
from tests.chaos import troubles
from tests.chaos.counting import Asked, Tally, Usual, count, usual_of
from tests.chaos.installation import House
from tests.chaos.load import Load
from tests.chaos.onlooker import Onlooker
from tests.chaos.troubles import Scene

Trouble = Callable[[Scene, int], int]


@dataclass(frozen=True)
class Act:
    """A kind of harm, and how often it is done."""

    title: str
    trouble: Trouble
    times: int


CALM = Act("nothing goes wrong", troubles.nothing, 10)
ACTS = [
    *(Act(f"kill -9 at {point}", troubles.failpoint(point), 20) for point in POINTS),
    Act("kill -9 at random", troubles.kills, 200),
    Act("PostgreSQL restarts at once", troubles.database_restarts, 20),
    Act("Valkey killed", troubles.broker_gone, 20),
    Act("Valkey emptied", troubles.broker_emptied, 60),
    Act("delivered two to five times", troubles.repeats, 500),
    Act("answers of clusters lost", troubles.lost_answers, 60),
    Act("owners stopped beyond their lease", troubles.frozen_owners, 10),
]
QUICK = [
    Act("kill -9 at each of the main points", troubles.main_failpoints, 1),
    Act("PostgreSQL restarts at once", troubles.database_restarts, 1),
    Act("Valkey killed", troubles.broker_gone, 1),
    Act("Valkey emptied", troubles.broker_emptied, 2),
    Act("delivered two to five times", troubles.repeats, 20),
    Act("answers of clusters lost", troubles.lost_answers, 3),
    Act("owners stopped beyond their lease", troubles.frozen_owners, 1),
]


class Chaos:
    """One run. What has been counted so far is in `tally`."""

    def __init__(self, house: House, *, dice: random.Random) -> None:
        self._house, self._dice = house, dice
        self._since = dict.fromkeys(house.clusters(), 0)
        self._usual: Usual | None = None
        self.tally = Tally()

    def begin(self) -> None:
        """Deploy every app for the first time."""
        api = self._house.api(0)
        for app in self._house.apps:
            number = int(api.operate(app, "release.start").body["result"]["release"])
            assert api.ended(app, number)["state"] == "succeeded", app
        self._since = {name: cluster.version() for name, cluster in self._house.clusters().items()}

    def act(self, act: Act) -> None:
        """Do one kind of harm under load, wait until all is still, and count."""
        began = time.monotonic()
        with Load(self._house) as load:
            times = act.trouble(Scene(self._house, load, self._dice), act.times)
        found = self._count(load.asked)
        self.tally.add(found)
        seconds = time.monotonic() - began
        figures = [times, len(load.asked), found.lost, found.doubled, found.stale]
        print(f"{act.title:36}" + "".join(f"{one:10}" for one in figures) + f"{seconds:10.0f} s", flush=True)
        for words in found.words:
            print(f"    {words}", flush=True)

    def end(self) -> None:
        """Count what was given up; nothing may be."""
        given_up = self._house.given_up()
        self.tally.add(Tally(lost=len(given_up), words=given_up))
        for words in given_up:
            print(f"    {words}")

    def _count(self, asked: Sequence[Asked]) -> Tally:
        rows = {}
        for name, cluster in self._house.clusters().items():
            rows[name] = cluster.changes(since=self._since[name])
            self._since[name] = max([self._since[name], *(row["resourceVersion"] for row in rows[name])])
        if self._usual is None:
            (first, *_others) = rows.values()
            self._usual = usual_of(first, asked)
        return count(rows, asked, usual=self._usual)


def main(arguments: Sequence[str]) -> int:
    """Exit code 0 when nothing was lost, doubled or stale."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="each kind of harm once or a few times")
    parser.add_argument("--only", default="", help="only what has this in its title")
    parser.add_argument("--seed", type=int, default=None, help="of the dice; printed, so that a run can be repeated")
    options = parser.parse_args(arguments)
    seed = random.SystemRandom().randrange(10**6) if options.seed is None else options.seed
    house = House()
    try:
        house.start()
        house.connect()
        # That connections break is what this is about.
        logging.getLogger("psycopg.pool").setLevel(logging.ERROR)
        house.found(apps=3 if options.quick else 6)
        chaos = Chaos(house, dice=random.Random(seed))
        chaos.begin()
        onlooker = Onlooker(house.url, session=house.session, topics=house.topics)
        onlooker.start()
        print(f"Dice: --seed {seed}")
        print(f"{'':36}" + "".join(f"{one:>10}" for one in ("times", "releases", "lost", "doubled", "stale", "took")))
        for act in [CALM, *(one for one in (QUICK if options.quick else ACTS) if options.only in one.title)]:
            chaos.act(act)
        onlooker.end()
        chaos.end()
        print(f"An open page was told {onlooker.messages} times")
        print(f"The sweep had to catch: {house.caught()}")
    finally:
        house.remove()
    tally = chaos.tally
    print(f"{tally.lost} lost, {tally.doubled} doubled, {tally.stale} stale")
    return int(bool(tally.lost or tally.doubled or tally.stale))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
