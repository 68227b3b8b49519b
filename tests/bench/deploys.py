"""Deploys one after the other, each followed from the click to the end: two rows read them."""

from __future__ import annotations

import time
from dataclasses import dataclass

from releases.models import Release, StepRun
from tests.bench.context import Bench
from tests.bench.watcher import Watcher
from tests.bench.world import IMAGE, TENANT

APPS = 3


@dataclass(frozen=True)
class Deploy:
    """Times of one deploy to one cluster, all `time.time()`: the databases's clock is this machine's."""

    clicked: float
    answered: float
    changed: float
    complete: float
    release: Release
    runs: list[StepRun]


@dataclass(frozen=True)
class Deploys:
    all: list[Deploy]
    apps: int


def measure(bench: Bench) -> Deploys:
    """As many as the sizes say, by turns over a few apps of one instance on one cluster, with nothing else going on."""
    world, count = bench.world, bench.sizes.deploys
    apps = min(APPS, count)
    (cluster,) = world.clusters(1)
    names = [world.app(f"click-{number}", places=[cluster], replicas=1) for number in range(1, apps + 1)]
    world.deploy(names)
    bench.say(f"Deploying {count} times, one after the other.")
    watcher, browser, api = Watcher(world.simulators[cluster]), world.browser(), world.api()
    found = []
    try:
        for turn in range(count):
            app, tag = names[turn % apps], str(2 + turn // apps % 2)
            if turn % apps == 0:
                watcher.forget()
            api.operate(TENANT, app, "image.set", image=f"{IMAGE}:{tag}")
            page = f"/t/{TENANT}/apps/{app}/"
            browser.page(page)
            clicked = time.time()
            answer = browser.click(f"{page}do/release.start/")
            answered = time.time()
            number = int(answer.headers["Location"].rstrip("/").rpartition("/")[2])
            changed = watcher.changed(f"{app}--web", f"{IMAGE}:{tag}")
            (release,) = world.ended({app: number}, every=0.05)
            complete = watcher.complete(f"{app}--web", f"{IMAGE}:{tag}")
            found.append(Deploy(clicked, answered, changed, complete, release, list(release.runs.all())))
    finally:
        watcher.close()
        browser.close()
        api.close()
    return Deploys(found, apps)
