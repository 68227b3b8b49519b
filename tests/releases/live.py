"""The whole engine at work, in threads of the test: worker, agent and clock, and simulated clusters as processes."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import redis
from django.conf import settings
from django.db import close_old_connections, connections

from apps_mgmt.models import App
from portal.access import Actor, Ref
from portal.access.ref import APP, RELEASE, TENANT
from portal.celery import app as celery
from portal.local.program import free_port
from portal.operations.outcome import Outcome
from portal.operations.performing import perform
from portal.outbox.running import drain
from releases import observing
from releases.agent.agent import Agent
from releases.clock import Clock
from releases.models import Release
from releases.states import ReleaseKind, ReleaseState
from tenants.clusters import PROVISIONER, Connection
from tests import cast

ROOT = Path(__file__).resolve().parents[2]
LIMIT_SECONDS = 180
"""For a machine that does much else at the same time; nothing waits as long when all is well."""


class Simulator:
    """One simulated cluster as a process, which can be killed and started again with what it held."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.folder, self.port = name, folder, 0
        self.process: subprocess.Popen[str] | None = None
        # Not a port that the system gives to connections, or it might be taken while the cluster is down.
        for port in (free_port() for _try in range(5)):
            self.port = port
            if self.start():
                return
        raise AssertionError(f"the simulator {name} does not start")

    def start(self) -> bool:
        """Once more where it was, with what it held; false when it ended again, as it does when its port is taken."""
        files = ["--token-file", str(self.folder / f"{self.name}.token"), "--state", str(self.folder / self.name)]
        files += ["--port", str(self.port)]
        command = [sys.executable, "-m", "releases.simulator", "--name", self.name, *files]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        return " listens on " in line

    def stop(self) -> None:
        assert self.process is not None
        self.process.terminate()
        self.process.wait(60)

    @property
    def token(self) -> str:
        return (self.folder / f"{self.name}.token").read_text().strip()


class Live:
    """Clusters, simulated or by their connections, an app `shop` on all of them, and everything running."""

    def __init__(self, simulators: list[Simulator], *, others: Mapping[str, Connection] | None = None) -> None:
        people = cast.everyone()
        self.bob, self.alice = cast.actor(people.bob), cast.actor(people.alice)
        self.tenant = people.boutique
        self.clusters = {
            one.name: cast.cluster(
                one.name,
                server=f"http://127.0.0.1:{one.port}",
                token=one.token,
                tenants=[people.boutique],
                own=(PROVISIONER,),
            )
            for one in simulators
        }
        for name, connection in (others or {}).items():
            self.clusters[name] = cast.cluster_at(connection, name=name, tenants=[people.boutique])
        perform(
            "app.create",
            actor=self.bob,
            ref=Ref(TENANT, "boutique"),
            data={"name": "shop", "image": "registry.example.com/shop:1", "port": 8080, "replicas": 4},
        )
        self.app = App.objects.get(name="shop")

    def on_app(self, operation: str, *, actor: Actor | None = None, **data: Any) -> Outcome:
        return perform(operation, actor=actor or self.bob, ref=Ref(APP, "boutique", "shop"), data=data)

    def on_release(self, operation: str, number: int, *, actor: Actor | None = None, **data: Any) -> Outcome:
        ref = Ref(RELEASE, "boutique", "shop", number)
        return perform(operation, actor=actor or self.bob, ref=ref, data=data)

    def release(self, number: int) -> Release:
        return Release.objects.get(app=self.app, number=number)

    def deploy(self, image: str = "") -> int:
        if image:
            self.on_app("image.set", process="web", image=image)
        return int(self.on_app("release.start").result["release"])

    def until(self, number: int, *states: str, seconds: float = LIMIT_SECONDS) -> Release:
        """Wait until a release is there and in one of these states, but no longer once it is over in another one."""

        def found() -> Release | None:
            release = Release.objects.filter(app=self.app, number=number).first()
            if release is None or release.state in states:
                return release
            assert not release.is_over, self.told(number)
            return None

        found_release: Release = wait_for(found, what=lambda: self.told(number), seconds=seconds)
        return found_release

    def told(self, number: int) -> str:
        release = Release.objects.filter(app=self.app, number=number).first()
        return f"release {number} is {release.state} ({release.why})" if release else f"there is no release {number}"

    def delete(self, *, seconds: float = LIMIT_SECONDS) -> None:
        """Delete the app, and wait until nothing of it is left on any cluster."""
        delete("shop", actor=self.alice, seconds=seconds)


def delete(name: str, *, actor: Actor, seconds: float = LIMIT_SECONDS) -> None:
    """Delete an app of `boutique`, and wait until a release has taken away all that it had.

    Accounts go after instances, and what stays behind on a cluster that other tests use stands in their way.
    """
    perform("app.delete", actor=actor, ref=Ref(APP, "boutique", name), data={"confirm": name})
    deleting = Release.objects.filter(app__name=name, kind=ReleaseKind.DELETE)
    wait_for(
        deleting.filter(state=ReleaseState.SUCCEEDED).exists,
        what=lambda: f"something is left of {name}: {[(one.number, one.state, one.why) for one in deleting]}",
        seconds=seconds,
    )


@contextmanager
def on_north(folder: Path) -> Iterator[Live]:
    """All of it at work with one simulated cluster."""
    north = Simulator("north", folder)
    with at_work():
        yield Live([north])
    north.stop()


@contextmanager
def on_two_clusters(folder: Path) -> Iterator[Live]:
    """All of it at work with two simulated clusters, `north` and `south`."""
    simulators = [Simulator("north", folder), Simulator("south", folder)]
    with at_work():
        yield Live(simulators)
    for one in simulators:
        one.stop()


def wait_for(
    found: Callable[[], Any], *, what: Callable[[], str], seconds: float = LIMIT_SECONDS, every: float = 0.1
) -> Any:
    """The first answer that is not empty; fails, saying `what` is there instead, when none comes in time."""
    deadline = time.monotonic() + seconds
    while not (answer := found()):
        assert time.monotonic() < deadline, f"waited {seconds} s, but {what()}"
        time.sleep(every)
    return answer


@contextmanager
def at_work(*, workers: int = 3, agent: bool = True) -> Iterator[None]:
    """Workers, an agent and a clock, for as long as the block runs."""
    stop = threading.Event()
    threads = [threading.Thread(target=_in_thread, args=(_work, stop)) for _ in range(workers)]
    threads += [
        threading.Thread(target=_in_thread, args=(target, stop)) for target in (_tick, *([_watch] if agent else []))
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(60)
            assert not thread.is_alive()


def _in_thread(target: Callable[[threading.Event], None], stop: threading.Event) -> None:
    try:
        target(stop)
    finally:
        connections.close_all()


def _work(stop: threading.Event) -> None:
    """Drains when it is nudged, as Celery's workers do; after a while also without, to see that it is to stop."""
    with redis.Redis.from_url(settings.REDIS_URL) as broker:
        while not stop.is_set():
            broker.blpop([celery.conf.task_default_queue], timeout=0.3)
            drain(seconds=1)
            close_old_connections()


def _tick(stop: threading.Event) -> None:
    clock = Clock()
    while not stop.wait(min(0.2, clock.tick())):
        pass


def _watch(stop: threading.Event) -> None:
    async def run() -> None:
        ended = asyncio.Event()
        watching = asyncio.create_task(Agent(listener=observing).run(ended))
        await asyncio.to_thread(stop.wait)
        ended.set()
        await watching

    asyncio.run(run())
