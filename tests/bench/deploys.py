"""Deploys one after the other, each followed from the click to the end: two rows read them."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from releases.models import Release, StepRun
from tests.bench import real
from tests.bench.context import Bench
from tests.bench.watcher import Watcher
from tests.bench.world import IMAGE, TENANT

APPS = 3
SIMULATED, REAL = "simulated cluster", "real control plane"


@dataclass(frozen=True)
class Deploy:
    """Times of one deploy to one cluster, all `time.time()`: the databases's clock is this machine's."""

    clicked: float
    answered: float
    changed: float
    complete: float
    release: Release
    runs: list[StepRun]
    bare: float
    """How long `/healthz` took just before, in seconds: what the machine was like at the moment."""


@dataclass(frozen=True)
class Deploys:
    """What was measured on one kind of cluster; when there is nothing, `missing` says why in a sentence."""

    kind: str
    all: list[Deploy] = field(default_factory=list)
    missing: str = ""


def measure(bench: Bench) -> list[Deploys]:
    """As many as the sizes say, with nothing else going on: on a simulated cluster, then on a real control plane."""
    world, sizes = bench.world, bench.sizes
    (cluster,) = world.clusters(1)
    return [Deploys(SIMULATED, _deploy(bench, cluster, prefix="click", count=sizes.deploys)), _on_real(bench)]


def _on_real(bench: Bench) -> Deploys:
    if not (count := bench.sizes.real_deploys):
        return Deploys(REAL, missing=f"Not tried with {bench.sizes.name} sizes.")
    if why := real.missing():
        return Deploys(REAL, missing=why)
    bench.say("Starting a real control plane.")
    with real.control_plane(bench.world) as cluster:
        return Deploys(REAL, _deploy(bench, cluster, prefix="real", count=count))


def _deploy(bench: Bench, cluster: str, *, prefix: str, count: int) -> list[Deploy]:
    """By turns over a few apps of one instance."""
    world, apps = bench.world, min(APPS, count)
    names = [world.app(f"{prefix}-{number}", places=[cluster], replicas=1) for number in range(1, apps + 1)]
    world.deploy(names)
    bench.say(f"Deploying {count} times to {cluster}, one after the other.")
    watcher, browser, api = Watcher(world.connections[cluster]), world.browser(), world.api()
    found = []
    try:
        for turn in range(count):
            app, tag = names[turn % apps], str(2 + turn // apps % 2)
            if turn % apps == 0:
                watcher.forget()
            api.operate(TENANT, app, "image.set", image=f"{IMAGE}:{tag}")
            page = f"/t/{TENANT}/apps/{app}/"
            browser.page(page)
            bare = browser.page("/healthz").seconds
            clicked = time.time()
            answer = browser.click(f"{page}do/release.start/")
            answered = time.time()
            number = int(answer.headers["Location"].rstrip("/").rpartition("/")[2])
            changed = watcher.changed(f"{app}--web", f"{IMAGE}:{tag}")
            (release,) = world.ended({app: number}, every=0.05)
            complete = watcher.complete(f"{app}--web", f"{IMAGE}:{tag}")
            found.append(Deploy(clicked, answered, changed, complete, release, list(release.runs.all()), bare))
    finally:
        watcher.close()
        browser.close()
        api.close()
    return found
