"""How long pages take with many apps and a long log, how many queries they make, and whether size matters."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps_mgmt.models import App
from portal.access.roles import DEVELOPER, TENANT_ADMIN
from portal.audit.models import AuditEntry
from tenants import clusters
from tenants.models import Tenant, User
from tests import cast
from tests.bench import seeding
from tests.bench.clients import Browser
from tests.bench.context import Bench
from tests.bench.results import Line, Spread, figures
from tests.bench.world import World

PER_TENANT = 1_000
MOST_QUERIES = 12
MOST_GROWTH = 1.2
MOST_MS = 100


@dataclass(frozen=True)
class _Kind:
    """A kind of page: who asks, for which addresses."""

    title: str
    user: User
    path: Callable[[], str]


@dataclass
class _Size:
    apps: int
    all_apps: int
    audit: int
    times: dict[str, list[float]] = field(default_factory=dict)
    queries: dict[str, int] = field(default_factory=dict)


class _Stage:
    """A tenant with many apps among others, which grows."""

    def __init__(self, bench: Bench) -> None:
        self._bench, self._world, self._random = bench, bench.world, random.Random(7)
        self._template = _template(bench.world)
        with transaction.atomic():
            self._large = cast.tenant("large", title="Large")
            developer = cast.member("large-developer", tenant=self._large, role=DEVELOPER)
            admin = cast.member("large-admin", tenant=self._large, role=TENANT_ADMIN)
            self._give_clusters(self._large)
        self._others: list[Tenant] = []
        self._here = self._elsewhere = self._entries = 0
        number, letter = self._random.randrange, self._random.choice
        start = "/t/large/apps"

        def app() -> str:
            return f"app-{number(1, self._here + 1):07}"

        self._kinds = (
            _Kind("list of apps", developer, lambda: f"{start}/"),
            _Kind("list, further on", developer, lambda: f"{start}/?after={app()}"),
            _Kind("list, searched", developer, lambda: f"{start}/?q={app()[5:-1]}"),
            _Kind("app", developer, lambda: f"{start}/{app()}/"),
            _Kind("release", developer, lambda: f"{start}/{app()}/releases/{self._release}/"),
            _Kind("audit of the tenant", admin, lambda: "/t/large/activity/"),
            _Kind("audit, one operation", admin, lambda: f"/t/large/activity/?operation={letter(self._operations)}"),
            _Kind("audit of all tenants", self._world.operator, lambda: "/platform/audit/"),
        )
        self._release = self._template.releases.get(revision=self._template.draft).number
        entries = AuditEntry.objects.filter(subject_id=str(self._template.pk))
        self._operations = sorted(set(entries.values_list("operation", flat=True)))

    def grow(self, size: _Size) -> None:
        """More apps here and elsewhere, more entries; then let the database settle."""
        self._bench.say(f"Growing to {size.apps} apps in the tenant, {size.all_apps} in all, {size.audit} entries.")
        seeding.copy_apps(self._template, tenants=[self._large], first=self._here + 1, last=size.apps)
        self._here = size.apps
        elsewhere = size.all_apps - size.apps
        while len(self._others) * PER_TENANT < elsewhere:
            with transaction.atomic():
                number = len(self._others) + 1
                self._others.append(cast.tenant(f"other-{number}", title=f"Other {number}"))
                self._give_clusters(self._others[-1])
        seeding.copy_apps(self._template, tenants=self._others, first=self._elsewhere + 1, last=elsewhere)
        self._elsewhere = elsewhere
        seeding.copy_entries(
            self._template, tenants=[self._large, *self._others], first=self._entries + 1, last=size.audit
        )
        self._entries = size.audit
        seeding.settle()

    def _give_clusters(self, tenant: Tenant) -> None:
        for cluster in clusters.clusters_of(self._world.tenant.pk)[:2]:
            clusters.grant(tenant, cluster)

    def measure(self, size: _Size) -> None:
        """By turns, so that a busy moment of the machine meets every kind."""
        count = self._bench.sizes.requests
        self._bench.say(f"Asking for {len(self._kinds)} kinds of pages {count} times each.")
        browsers = {kind.user.pk: self._world.browser(kind.user) for kind in self._kinds}
        for kind in self._kinds:
            for _ in range(3 if count > 10 else 1):
                browsers[kind.user.pk].page(kind.path())
            size.queries[kind.title] = max(_queries(kind) for _ in range(3))
        for _ in range(count):
            for kind in self._kinds:
                answer = browsers[kind.user.pk].page(kind.path())
                size.times.setdefault(kind.title, []).append(answer.seconds)
            size.times.setdefault("nothing", []).append(_bare(browsers[self._kinds[0].user.pk]))
        for browser in browsers.values():
            browser.close()

    def lines(self, small: _Size, large: _Size) -> list[Line]:
        data = (
            f"{large.apps:,} apps in the tenant, {large.all_apps:,} in all, {large.audit:,} audit entries; "
            f"{self._bench.sizes.requests} requests per page, one after the other"
        )
        return [_line(kind.title, small, large, data if at == 0 else "") for at, kind in enumerate(self._kinds)] + [
            _control(small, large)
        ]


def measure(bench: Bench) -> list[Line]:
    sizes = bench.sizes
    small = _Size(apps=sizes.apps // 5, all_apps=sizes.all_apps // 5, audit=sizes.audit // 5)
    large = _Size(apps=sizes.apps, all_apps=sizes.all_apps, audit=sizes.audit)
    stage = _Stage(bench)
    for size in (small, large):
        stage.grow(size)
        stage.measure(size)
    return stage.lines(small, large)


def _template(world: World) -> App:
    """An app with some settings, deployed to two clusters."""
    name = world.app("template", places=world.clusters(2), replicas=4)
    for number in range(1, 7):
        world.perform(name, "env.set", process="web", env=[{"name": f"SETTING_{number}", "value": f"value {number}"}])
    world.deploy([name])
    return App.objects.get(tenant=world.tenant, name=name)


def _queries(kind: _Kind) -> int:
    """How many queries the page makes, asked in this process: signing in and session included."""
    client = Client()
    client.force_login(kind.user, backend="django.contrib.auth.backends.ModelBackend")
    path = kind.path()
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200, path
    return len(captured)


def _bare(browser: Browser) -> float:
    """The time of an answer that takes no database: what the machine itself was like at the moment."""
    return browser.page("/healthz").seconds


def _line(title: str, small: _Size, large: _Size, data: str) -> Line:
    before, now = Spread.of(small.times[title]), Spread.of(large.times[title])
    growth, queries = now.p50 / before.p50, large.queries[title]
    met = now.p99 <= MOST_MS and queries <= MOST_QUERIES and growth <= MOST_GROWTH
    return Line(
        title,
        f"{now} · {queries} queries · x{growth:.2f}",
        f"p99 ≤ {MOST_MS} ms, ≤ {MOST_QUERIES} queries, ≤ x{MOST_GROWTH} for 5 times the data",
        met,
        data,
        figures(small=before, large=now, queries=queries, queries_small=small.queries[title], growth=growth),
    )


def _control(small: _Size, large: _Size) -> Line:
    before, now = Spread.of(small.times["nothing"]), Spread.of(large.times["nothing"])
    growth = now.p50 / before.p50
    return Line(
        "  /healthz, for comparison", f"{now} · x{growth:.2f}", "", None, figures=figures(small=before, large=now)
    )
