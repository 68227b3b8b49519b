"""The tenant that is measured: its people, its clusters, its apps, made through the product's own functions."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from typing import Any

from django.db import transaction

from apps_mgmt.models import Deployed
from portal.access import Actor, Ref
from portal.access.roles import DEVELOPER, PLATFORM_OPERATOR, TENANT_ADMIN
from portal.operations.performing import perform
from releases.gateway import open_gateway
from releases.models import Release
from releases.states import TERMINAL
from tenants import clusters, tokens
from tenants.clusters import PROVISIONER, Connection
from tenants.models import Tenant, User
from tenants.quota.dimensions import DIMENSIONS
from tests import cast
from tests.bench.clients import Api, Browser, session_of
from tests.bench.installation import Installation
from tests.cluster.outsider import connection_to
from tests.cluster.simulators import Simulator, running_simulator

IMAGE = "registry.example.com/shop"
TENANT = "bench"
NAMESPACE = f"slipway-{TENANT}"
PLENTY = dict.fromkeys(DIMENSIONS, 10**15)


class World:
    """Made once per run; `close` ends its clusters."""

    def __init__(self, installation: Installation) -> None:
        self.installation, self.url = installation, installation.url
        self.simulators: dict[str, Simulator] = {}
        self.connections: dict[str, Connection] = {}
        self._open = ExitStack()
        with transaction.atomic():
            self.tenant: Tenant = cast.tenant(TENANT, title="Bench", **PLENTY)
            self.developer = cast.member("bench-developer", tenant=self.tenant, role=DEVELOPER)
            self.admin = cast.member("bench-admin", tenant=self.tenant, role=TENANT_ADMIN)
            self.operator = cast.platform_person("bench-operator", role=PLATFORM_OPERATOR)
        self._token = tokens.issue(self.developer, tenant=self.tenant, name="bench").text

    def close(self) -> None:
        self._open.close()

    def api(self) -> Api:
        return Api(self.url, token=self._token)

    def browser(self, user: User | None = None) -> Browser:
        return Browser(self.url, session=session_of(user or self.developer))

    def clusters(self, count: int) -> list[str]:
        """The names of so many simulated clusters, the same ones each time; started when they are missing."""
        names = [f"bench-{number:02}" for number in range(1, count + 1)]
        for name in names:
            if name not in self.simulators:
                self.simulators[name] = self._start(name)
        return names

    def perform(self, app: str, operation: str, **data: Any) -> dict[str, Any]:
        """Perform an operation on an app of the tenant, by the engine, from this process; its result."""
        outcome = perform(operation, actor=Actor.engine(), ref=Ref("app", TENANT, app), data=data)
        return dict(outcome.result)

    def app(self, name: str, *, places: Sequence[str], replicas: int, tag: str = "1") -> str:
        """An app with one process `web`, placed on clusters of ours; not deployed yet."""
        data = {"name": name, "image": f"{IMAGE}:{tag}", "port": 8080, "replicas": replicas}
        perform("app.create", actor=Actor.engine(), ref=Ref("tenant", TENANT), data=data)
        self.perform(name, "placement.targets", targets=[{"cluster": one} for one in places])
        return name

    def deploy(self, apps: Iterable[str], *, seconds: float = 600) -> None:
        """Release the drafts of apps and wait until all have succeeded."""
        started = {app: int(self.perform(app, "release.start")["release"]) for app in apps}
        self.ended(started, seconds=seconds)

    def ended(self, numbers: dict[str, int], *, seconds: float = 600, every: float = 0.2) -> list[Release]:
        """Wait until these releases, by app, are over; all must have succeeded. In the order of the apps given."""
        end = time.monotonic() + seconds
        waiting, over = dict(numbers), {}
        while waiting:
            rows = Release.objects.filter(app__tenant=self.tenant, app__name__in=list(waiting), state__in=TERMINAL)
            for row in rows.select_related("app"):
                if waiting.get(row.app.name) == row.number:
                    assert row.state == "succeeded", f"{row.app.name} {row.number}: {row.state}, {row.why}"
                    over[row.app.name] = row
                    del waiting[row.app.name]
            assert time.monotonic() < end, f"not over within {seconds:.0f} s: {sorted(waiting)}"
            if waiting:
                time.sleep(every)
        return [over[app] for app in numbers]

    def join(self, connection: Connection, *, name: str) -> None:
        """Register a cluster that is there, for the tenant to use."""
        cluster = cast.cluster_at(connection, name=name, tenants=[self.tenant])
        with open_gateway(cluster.pk, role=PROVISIONER, tenant=self.tenant) as gateway:
            capabilities = gateway.capabilities()
        clusters.mark(cluster.pk, state="ready", capabilities=capabilities)
        self.connections[name] = connection

    def leave(self, name: str, *, seconds: float = 300) -> None:
        """Delete the apps that run on a cluster and forget it, so that nothing asks for it any more."""
        there = Deployed.objects.filter(cluster_name=name)
        for app in there.values_list("app__name", flat=True):
            self.perform(app, "app.delete", confirm=app)
        end = time.monotonic() + seconds
        while there.exists():
            assert time.monotonic() < end, f"the apps on {name} are not gone within {seconds:.0f} s"
            time.sleep(0.2)
        operator, cluster = cast.actor(self.operator), Ref("cluster", cluster=name)
        perform("cluster.remove", actor=operator, ref=cluster, data={"confirm": name})
        del self.connections[name]

    def _start(self, name: str) -> Simulator:
        folder = self.installation.home / "bench" / name
        simulator = self._open.enter_context(running_simulator(folder, "--nodes", "20", name=name))
        self.join(connection_to(simulator), name=name)
        return simulator
