"""A house in a temporary folder, its tenant, and what a person who breaks it can get hold of."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from pathlib import Path

from tests.browser.outside import NAMESPACE, Api, ClusterApi
from tests.browser.stack import Stack
from tests.browser.waiting import until

OURS = ("web", "worker", "worker-2", "agent", "agent-2", "clock")
CLUSTERS = ("north", "south")
IMAGE = "registry.example.com/shop"


class House(Stack):
    """`python -m tests.chaos.house`, in a folder of its own. `remove` ends it."""

    PROGRAM = ("-m", "tests.chaos.house")

    def __init__(self) -> None:
        super().__init__(Path(tempfile.mkdtemp(prefix="slipway-chaos-")))
        self.failpoints = self.home / "failpoints"
        self.failpoints.mkdir()
        self.apps: list[str] = []
        self.tokens: list[str] = []
        self.session = ""
        self.topics: list[str] = []

    def environment(self) -> dict[str, str]:
        return {"SLIPWAY_FAILPOINTS": str(self.failpoints)}

    def remove(self) -> None:
        """End it and remove all its data."""
        self.end()
        shutil.rmtree(self.home, ignore_errors=True)

    def clusters(self) -> dict[str, ClusterApi]:
        return {name: ClusterApi(self.home / "clusters" / name) for name in CLUSTERS}

    def api(self, number: int) -> Api:
        return Api(self.url, token=self.tokens[number])

    def send(self, name: str, number: signal.Signals) -> int:
        """Send a signal to one process; returns its id."""
        pid = until(lambda: self.pids().get(name), what=f"{name} runs")
        os.kill(pid or 0, number)
        return pid or 0

    def is_back(self, name: str, *, instead_of: int) -> None:
        """Wait until another process runs in the place of one that was ended."""
        until(lambda: self.pids().get(name, instead_of) != instead_of, what=f"{name} is started again")

    def found(self, *, apps: int) -> None:
        """Make the tenant, its people, its clusters and so many apps, through the product's own functions."""
        from django.db import connections, transaction

        from apps_mgmt.models import App
        from portal.access import Actor, Ref
        from portal.access.roles import DEVELOPER
        from portal.operations.performing import perform
        from tenants import tokens
        from tenants.clusters import Connection
        from tenants.quota.dimensions import DIMENSIONS
        from tests import cast
        from tests.bench.clients import session_of

        self.apps = [f"shop-{number}" for number in range(1, apps + 1)]
        with transaction.atomic():
            tenant = cast.tenant("boutique", **dict.fromkeys(DIMENSIONS, 10**15))
            people = [cast.member(f"dev-{app}", tenant=tenant, role=DEVELOPER) for app in self.apps]
        self.tokens = [tokens.issue(one, tenant=tenant, name="chaos").text for one in people]
        for name in CLUSTERS:
            folder = self.home / "clusters" / name
            server, token = (folder / "url").read_text().strip(), (folder / "token").read_text().strip()
            place = Connection(server=server, ca_pem="", token=token, client_cert="", client_key="", name=name)
            cast.cluster_at(place, name=name, tenants=[tenant])
        until(_are_ready, what=f"the namespace {NAMESPACE} is ready on both", seconds=180)
        for app in self.apps:
            data = {"name": app, "image": f"{IMAGE}:0", "port": 8080, "replicas": 1}
            perform("app.create", actor=Actor.engine(), ref=Ref("tenant", "boutique"), data=data)
            places = {"targets": [{"cluster": one} for one in CLUSTERS]}
            perform("placement.targets", actor=Actor.engine(), ref=Ref("app", "boutique", app), data=places)
        self.session = session_of(people[0])
        self.topics = [f"app:{pk}" for pk in App.objects.values_list("pk", flat=True)]
        connections.close_all()

    def given_up(self) -> list[str]:
        """The rows of the outbox that were given up, each as a sentence."""
        from django.db import connections

        from portal.outbox.models import OutboxRow

        rows = OutboxRow.objects.filter(state=OutboxRow.State.POISON).values_list("kind", "reason")
        found = [f"{kind} was given up: {reason}" for kind, reason in rows]
        connections.close_all()
        return found

    def caught(self) -> int:
        """What the sweep had to catch, since the beginning."""
        from django.db import connections
        from django.db.models import Sum

        from releases.models import Sweep

        total = Sweep.objects.aggregate(all=Sum("caught"))["all"] or 0
        connections.close_all()
        return int(total)


def _are_ready() -> bool:
    from portal.outbox.models import OutboxRow
    from tenants.models import Cluster

    busy = OutboxRow.objects.filter(state__in=(OutboxRow.State.PENDING, OutboxRow.State.CLAIMED))
    return not Cluster.objects.exclude(state="ready").exists() and not busy.exists()
