"""The demo: its clusters as they stand in the data folder, the Online Boutique's apps, their first deployment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from django.db import transaction

from apps_mgmt.creating import create_app
from apps_mgmt.demo import DemoApp, boutique
from apps_mgmt.models import App
from apps_mgmt.spec import AppSpec, dump
from apps_mgmt.values import NewApp
from portal.access import Actor, Ref
from portal.audit.recording import Change, Subject, record
from portal.errors import UserError
from portal.operations.performing import perform
from releases.clusters.inspecting import inspect
from releases.models import Release
from tenants.clusters import PROVISIONER, connection, mark
from tenants.demo import register_cluster_from_folder
from tenants.models import Cluster, Tenant
from tenants.quota import ledger

TENANT = "boutique"
NOTE = "First deployment of the demo"


def add_clusters(folder: Path) -> list[Cluster]:
    """Register every cluster whose folder is there; ask a new one what it serves."""
    found = []
    for path in sorted(folder.glob("*/url")):
        cluster = register_cluster_from_folder(path.parent)
        if not cluster.capabilities:
            mark(cluster.pk, state="ready", capabilities=inspect(connection(cluster.pk, PROVISIONER)))
        found.append(cluster)
    return found


def add_apps(*, on: Sequence[str]) -> Iterator[str]:
    """Create the apps that were never there, on the clusters of these names, and deploy those never released; the name
    of each one deployed.
    """
    tenant, actor = Tenant.objects.get(name=TENANT), Actor.engine()
    had = set(App.objects.filter(tenant=tenant).values_list("name", flat=True))
    for one in boutique():
        if one.name not in had:
            _add(tenant, one, on=on, actor=actor)
    released = set(Release.objects.filter(app__tenant=tenant).values_list("app__name", flat=True))
    for one in boutique():
        if one.name not in had and one.name not in released:
            try:
                perform("release.start", actor=actor, ref=Ref("app", TENANT, one.name), data={}, note=NOTE)
            except UserError as error:
                raise type(error)(f"{one.name} could not be deployed: {error}") from error
            yield one.name


@transaction.atomic
def _add(tenant: Tenant, one: DemoApp, *, on: Sequence[str], actor: Actor) -> None:
    ledger.lock(tenant.pk)
    spec = _spread(one.spec, on)
    new = NewApp(name=one.name, title=one.title, description=one.description, spec=spec)
    image = one.spec.processes[0].image
    given = {"name": one.name, "image": image}
    app = create_app(tenant, new, operation="app.create", input=given, actor_name=actor.username, note=NOTE)
    subject = Subject("app", str(app.pk), app.name, tenant.pk, tenant.name)
    # Made at one go and not by the form of `app.create`: with the whole spec, the log still says how it came about.
    resolved = {"spec": dump(spec)}
    change = Change(operation="app.create", input=given, resolved=resolved, version_after=app.version, note=NOTE)
    record(change, actor=actor, subject=subject)


def _spread(spec: AppSpec, on: Sequence[str]) -> AppSpec:
    """The app on these clusters, with an instance on each at least: the number of instances is that of all together."""
    spread = spec.with_targets({"cluster": name} for name in on)
    for process in spec.processes:
        spread = spread.with_process(process.name, replicas=max(process.replicas, len(on)))
    return spread
