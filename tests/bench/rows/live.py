"""A change in a cluster → the page in the browser has changed."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from asgiref.sync import sync_to_async
from playwright.async_api import Page, async_playwright

from apps_mgmt.models import App
from portal import live
from portal.access.roles import DEVELOPER
from tests import cast
from tests.bench.clients import session_of
from tests.bench.context import Bench
from tests.bench.results import Line, Spread, figures
from tests.bench.sockets import PER_USER, Crowd, Socket
from tests.bench.world import NAMESPACE, TENANT, World
from tests.browser.conftest import FLAGS
from tests.cluster.simulators import Simulator

APP = "watched"
# Until the instance that came or went is through, and nothing of it is said any more.
QUIET_SECONDS = 0.7
LONGEST = 8.0
# The versions are told every 5 s; whoever does not know by then never will.
TOLD_SECONDS = 6.5

NOTE = """() => {
  window.heard = [];
  document.addEventListener("live:updated", () => window.heard.push(performance.timeOrigin + performance.now()));
}"""


@dataclass
class _Found:
    """Seconds from just before the change was asked for, per socket and for the browser; changes nobody told."""

    sockets: list[float] = field(default_factory=list)
    page: list[float] = field(default_factory=list)
    late: int = 0
    undetected: int = 0


def measure(bench: Bench) -> list[Line]:
    world, sizes = bench.world, bench.sizes
    (place,) = world.clusters(1)
    world.app(APP, places=[place], replicas=2)
    for number in range(1, 4):
        world.app(f"other-{number}", places=[place], replicas=0)
    world.deploy([APP])
    topic = f"app:{App.objects.get(tenant=world.tenant, name=APP).pk}"
    rest = App.objects.filter(tenant=world.tenant).exclude(name=APP).values_list("pk", flat=True)[:100]
    sessions = [
        session_of(cast.member(f"watcher-{number}", tenant=world.tenant, role=DEVELOPER))
        for number in range(-(-sizes.sockets // PER_USER) + 1)
    ]
    run = _Run(bench, world, world.simulators[place], topic, [f"app:{pk}" for pk in rest])
    few, all_of_them = asyncio.run(run.both(sessions))
    return _lines(bench, few, all_of_them)


class _Run:
    def __init__(self, bench: Bench, world: World, simulator: Simulator, topic: str, others: list[str]) -> None:
        self._bench, self._world, self._simulator = bench, world, simulator
        self._topic, self._others = topic, others
        self._crowd = Crowd()
        self._replicas = 2

    async def both(self, sessions: list[str]) -> tuple[_Found, _Found]:
        """First with some sockets on the topic and the rest on others, then with all of them on it."""
        sizes, say = self._bench.sizes, self._bench.say
        say(f"Opening {sizes.sockets} sockets and a browser.")
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS.split())
            try:
                await self._crowd.open(self._world.url, sessions=sessions[1:], count=sizes.sockets)
                context = await browser.new_context(base_url=self._world.url)
                url = self._world.url
                await context.add_cookies([{"name": "sessionid", "value": sessions[0], "url": url}])
                page = await context.new_page()
                await page.goto(f"/t/{TENANT}/apps/{APP}/")
                await page.locator("[data-live-state][data-state=live]").wait_for(state="attached")
                await page.evaluate(NOTE)
                say(f"Changing the cluster {sizes.changes} times, {sizes.watching} sockets on the topic.")
                few = await self._changes(page, watching=sizes.watching)
                say(f"Changing the cluster {sizes.changes} times, all {sizes.sockets} sockets on the topic.")
                return few, await self._changes(page, watching=sizes.sockets)
            finally:
                await self._crowd.close()
                await browser.close()

    async def _changes(self, page: Page, *, watching: int) -> _Found:
        found, sockets = _Found(), self._crowd.sockets
        version = await self._version(self._topic)
        for number, socket in enumerate(sockets):
            mine = number < watching
            other = self._others[number % len(self._others)]
            await socket.watch(self._topic if mine else other, version=version if mine else 0)
        listeners = sockets[:watching]
        for _ in range(self._bench.sizes.changes):
            await self._quiet(page)
            before = await self._version(self._topic)
            began = time.time()
            await self._scale()
            await self._heard(listeners, since=began)
            for socket in listeners:
                at = next((at for version, at in socket.heard if version > before), None)
                if at is None:
                    found.late += 1
                else:
                    found.sockets.append(at - began)
            shown = [at / 1000 - began for at in await page.evaluate("() => window.heard") if at / 1000 > began]
            found.page += shown[:1]
        last = await self._version(self._topic)
        await asyncio.sleep(TOLD_SECONDS)
        found.undetected = sum(socket.told < last for socket in listeners)
        return found

    async def _scale(self) -> None:
        """One instance more, or one less: by somebody else, past Slipway."""
        self._replicas = 5 - self._replicas
        path = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/{APP}--web"
        headers = {"Content-Type": "application/merge-patch+json"}
        body = {"spec": {"replicas": self._replicas}}
        answer = await asyncio.to_thread(self._simulator.request, "PATCH", path, body, headers=headers)
        assert answer.code == 200, answer.body

    async def _heard(self, listeners: list[Socket], *, since: float) -> None:
        """Wait until everyone has heard something since, or nobody will any more."""
        end = time.monotonic() + LONGEST
        while time.monotonic() < end:
            if all(socket.heard and socket.heard[-1][1] > since for socket in listeners):
                break
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.1)

    async def _quiet(self, page: Page) -> None:
        """Wait until nothing has been said of the topic for a while; what was heard is forgotten then."""
        end = time.monotonic() + LONGEST
        while time.monotonic() < end:
            last = max((at for socket in self._crowd.sockets for _version, at in socket.heard[-1:]), default=0.0)
            if time.time() - last > QUIET_SECONDS:
                break
            await asyncio.sleep(0.05)
        for socket in self._crowd.sockets:
            socket.heard.clear()
        await page.evaluate("() => { window.heard = []; }")

    async def _version(self, topic: str) -> int:
        return await sync_to_async(live.version)(topic)


def _lines(bench: Bench, few: _Found, every: _Found) -> list[Line]:
    sizes = bench.sizes
    lines = []
    if few.page:
        page = Spread.of(few.page + every.page)
        lines.append(
            Line(
                "the browser's page has changed",
                str(page),
                "p50 ≤ 40 ms, p99 ≤ 150 ms",
                page.p50 <= 40 and page.p99 <= 150,
                f"{page.n} changes in real Chromium, from before the request that changes the cluster",
                figures(page=page),
            )
        )
    for found, watching, title, at_most in (
        (few, sizes.watching, "some", 150),
        (every, sizes.sockets, "all", 600),
    ):
        spread = Spread.of(found.sockets)
        met = spread.p99 <= at_most and (title == "all" or spread.p50 <= 40) and not found.undetected
        lines.append(
            Line(
                f"a socket has heard, {watching} of {sizes.sockets} on the topic",
                f"{spread}, {found.undetected} lost",
                f"p99 ≤ 600 ms ({title} on one topic)" if title == "all" else "p50 ≤ 40 ms, p99 ≤ 150 ms, 0 lost",
                met,
                f"{sizes.changes} changes, {spread.n} receptions, {found.late} not within {LONGEST:.0f} s; "
                "the clients share the machine",
                figures(sockets=spread, late=found.late, undetected=found.undetected),
            )
        )
    return lines
