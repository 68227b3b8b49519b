"""What everything costs while nobody does anything and one page is open."""

from __future__ import annotations

import time

from playwright.sync_api import sync_playwright

from tenants.models import User
from tests.bench.clients import session_of
from tests.bench.context import Bench
from tests.bench.processes import cpu_seconds, families
from tests.bench.results import Line, figures
from tests.browser.conftest import FLAGS

PAGE = "/t/boutique/apps/frontend/"


def measure(bench: Bench) -> list[Line]:
    installation, seconds = bench.installation, bench.sizes.idle_seconds
    bench.say(f"Doing nothing for {seconds:.0f} s.")
    asked: list[str] = []
    session = session_of(User.objects.get(username="bob"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS.split())
        context = browser.new_context(base_url=installation.url)
        context.add_cookies([{"name": "sessionid", "value": session, "url": installation.url}])
        page = context.new_page()
        page.goto(PAGE)
        page.locator("[data-live-state][data-state=live]").wait_for(state="attached")
        page.wait_for_timeout(1000)
        page.on("request", lambda request: asked.append(request.url))
        began, before = time.monotonic(), _cpu(bench)
        page.wait_for_timeout(seconds * 1000)
        took, after = time.monotonic() - began, _cpu(bench)
        browser.close()
    used = {name: (after[name] - before.get(name, 0.0)) / took for name in after}
    total = sum(used.values())
    split = ", ".join(f"{name} {value:.2%}" for name, value in sorted(used.items(), key=lambda one: -one[1]))
    return [
        Line(
            "CPU of the whole stack",
            f"{total:.1%} of a core",
            "≤ 3 % of a core",
            total <= 0.03,
            f"{took:.0f} s, two simulated clusters, 11 apps, one open page: {split}",
            figures(cpu=used, seconds=took),
        ),
        Line("requests of the open page", str(len(asked)), "0", not asked, figures={"requests": asked}),
    ]


def _cpu(bench: Bench) -> dict[str, float]:
    return {name: cpu_seconds(pids) for name, pids in families(bench.installation.roots()).items()}
