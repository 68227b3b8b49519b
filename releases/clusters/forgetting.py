"""A cluster that never comes back: what the database says runs there is forgotten with it."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps_mgmt.models import App, Deployed
from apps_mgmt.spec import load
from portal import outbox
from releases import engine, reserving
from releases.events import ClusterGone
from releases.models import Observation, Release, Target
from releases.states import TARGET_SETTLED, TERMINAL
from tenants.models import Cluster
from tenants.quota import ledger

MOST_NAMED = 10


def forget(cluster: Cluster, *, by: str) -> None:
    """Delete the cluster's record, within the transaction of the caller, and all that runs there.

    Releases under way have failed there and go on by their failure budget; deletions that waited for nothing else are
    over; what is left of each app counts anew against its quota.
    """
    cluster_id, concerned = cluster.pk, _apps(cluster.pk)
    # First, so that what is left of a deleted app is seen without it.
    cluster.delete()
    for tenant_id in sorted({app.tenant_id for app in concerned}):
        ledger.lock(tenant_id)
    for app in concerned:
        with engine.turn(app.pk) as turn:
            Deployed.objects.filter(app=turn.app, cluster_id=cluster_id).delete()
            Observation.objects.filter(app=turn.app, cluster_id=cluster_id).delete()
            for release_id in _under_way(cluster_id).filter(app=turn.app).values_list("pk", flat=True):
                turn.hear(release_id, ClusterGone(cluster=str(cluster_id), by=by))
            turn.observed()
        outbox.add(reserving.COUNT, {"app": str(app.pk)}, stream=f"{reserving.COUNT}:{app.pk}")


def foretold(cluster: Cluster) -> list[str]:
    """What becomes of the apps there, in sentences."""
    concerned = _apps(cluster.pk)
    stays = [_name(app) for app in concerned if app.deleted_at is None and Deployed.objects.filter(app=app).exists()]
    going = [_name(app) for app in concerned if app.deleted_at is not None]
    found = []
    if stays:
        sentence = _("What runs of {apps} on {cluster} is forgotten, and its part of the quota is free again.")
        found.append(sentence.format(apps=_few(stays), cluster=cluster.name))
    if going:
        sentence = _("The deletion of {apps} no longer waits for {cluster}.")
        found.append(sentence.format(apps=_few(going), cluster=cluster.name))
    for release in _under_way(cluster.pk).select_related("app__tenant").order_by("app__name", "number")[:MOST_NAMED]:
        sentence = _("Release {number} of {app} fails on {cluster}, and goes on as its failure budget says.")
        found.append(sentence.format(number=release.number, app=_name(release.app), cluster=cluster.name))
    if drafts := [_name(app) for app in concerned if _places(app, cluster.name)]:
        sentence = _(
            "Drafts still name {cluster}: those of {apps}. Choose others there (placement.targets) and deploy."
        )
        found.append(sentence.format(apps=_few(drafts), cluster=cluster.name))
    return found


def _apps(cluster_id: UUID) -> list[App]:
    """Where anything of the cluster is known, deleted ones too, in the order in which apps are locked."""
    rows = (
        Deployed.objects.filter(cluster_id=cluster_id).values("app_id"),
        Observation.objects.filter(cluster_id=cluster_id).values("app_id"),
        Target.objects.filter(cluster_id=cluster_id).values("release__app_id"),
    )
    known = Q(pk__in=rows[0]) | Q(pk__in=rows[1]) | Q(pk__in=rows[2])
    return list(App.objects.filter(known).select_related("tenant", "draft").order_by("pk"))


def _under_way(cluster_id: UUID) -> QuerySet[Release]:
    there = Target.objects.filter(cluster_id=cluster_id).exclude(state__in=TARGET_SETTLED)
    return Release.objects.filter(pk__in=there.values("release_id")).exclude(state__in=TERMINAL)


def _places(app: App, cluster: str) -> bool:
    spec = load(app.draft.spec) if app.draft is not None and app.deleted_at is None else None
    return spec is not None and any(one.cluster == cluster for one in spec.placement.targets)


def _name(app: App) -> str:
    return f"{app.tenant.name}/{app.name}"


def _few(names: list[str]) -> str:
    return ", ".join(names[:MOST_NAMED]) + (", …" if len(names) > MOST_NAMED else "")
