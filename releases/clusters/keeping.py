"""Writes down what operations on clusters decided; the transaction is `perform`'s."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.urls import reverse

from apps_mgmt.models import Deployed
from portal.access import Actor
from releases.clusters import accounts, forgetting, replaced, showing
from releases.clusters.values import Access, CheckCluster, ClusterValue, NewCluster, RemoveCluster
from releases.models import Target
from releases.states import ACTIVE, ReleaseState
from tenants import clusters, waking
from tenants.clusters import dedicated, preparing
from tenants.clusters.announcing import announce, rights_gone
from tenants.clusters.state import sentence_of_another
from tenants.models import Cluster, Tenant, TenantCluster


def access_of(cluster: Cluster) -> Access:
    return Access(cluster.server, cluster.ca_pem, cluster.signs_in_with, sealed=_pairs(cluster.credentials))


def apps_on(cluster: Cluster) -> tuple[str, ...]:
    """What is deployed on a cluster, or on its way there, as `tenant/app`."""
    deployed = Deployed.objects.filter(cluster_id=cluster.pk).values_list("app__tenant__name", "app__name")
    coming = Target.objects.filter(cluster_id=cluster.pk, release__state__in=[*ACTIVE, ReleaseState.WAITING])
    rows = {*deployed, *coming.values_list("release__app__tenant__name", "release__app__name")}
    return tuple(f"{tenant}/{app}" for tenant, app in sorted(rows))


def add(new: NewCluster) -> Cluster:
    """Keep a new cluster; its agents are told after the commit."""
    cluster = Cluster(id=uuid.UUID(new.id), name=new.name, title=new.title, capabilities=dict(new.report))
    _sign_in_with(cluster, new.access)
    cluster.state = Cluster.State.READY
    cluster.save(force_insert=True)
    preparing.prepare(cluster.pk, cause=preparing.RENEWED)
    announce(cluster.pk)
    return cluster


def change(cluster: Cluster, after: ClusterValue) -> Cluster:
    """Keep another title, access, report, restriction, Prometheus, or another set of tenants."""
    renewed = access_of(cluster) != after.access
    if cluster.restricted != after.restricted:
        waking.wake()
    cluster.title, cluster.capabilities = after.title, dict(after.report)
    cluster.restricted, cluster.prometheus = after.restricted, after.prometheus
    _sign_in_with(cluster, after.access)
    cluster.version += 1
    cluster.save()
    _lend(cluster, after)
    if renewed:
        preparing.prepare(cluster.pk, cause=preparing.RENEWED)
        announce(cluster.pk)
    return cluster


def checked(subject: Cluster, action: CheckCluster, *, actor: Actor, note: str) -> Mapping[str, Any]:
    """Keep what a cluster answered just now, or that it did not."""
    if action.away:
        clusters.mark(subject.pk, state=Cluster.State.AWAY, reason=action.away)
        return {"away": action.away}
    report = action.report
    if replaced.is_at(subject, subject.server, str(report.get("uid") or "")):
        clusters.mark(subject.pk, capabilities=report)
        return {"another": report["uid"], "warnings": [sentence_of_another(subject.name, subject.server)]}
    watching = (report.get("accounts") or {}).get("") or {"trouble": accounts.UNKNOWN}
    if watching["trouble"] == accounts.UNKNOWN:
        clusters.mark(subject.pk, state=Cluster.State.READY, capabilities=report)
    else:
        why = accounts.sentence("", watching)
        clusters.mark(subject.pk, state=Cluster.State.BLIND, reason=why, capabilities=report)
    other_kinds = report.get("cloneset") != subject.capabilities.get("cloneset")
    if report.get("lacks") or watching["trouble"] != accounts.UNKNOWN or other_kinds:
        rights_gone(subject.pk)
    told = {"server_version": report.get("server_version", ""), "lacks": report.get("lacks")}
    return {**told, "warnings": [*showing.short_of_rights(report), *accounts.sentences(report)]}


def remove(subject: Cluster, action: RemoveCluster, *, actor: Actor, note: str) -> Mapping[str, Any]:
    """Forget a cluster, and what ran there where it is gone for good; whoever watches it is told after the commit."""
    announce(subject.pk)
    if action.gone:
        forgetting.forget(subject, by=actor.username)
    else:
        subject.delete()
    return {"url": reverse("platform-clusters")}


def _sign_in_with(cluster: Cluster, access: Access) -> None:
    cluster.server, cluster.ca_pem, cluster.signs_in_with = access.server, access.ca_pem, access.signs_in_with
    if cluster.credentials != dict(access.sealed):
        # What failed before says nothing of this address and this credential.
        cluster.breaker_failures, cluster.breaker_open_until = 0, None
    cluster.credentials = dict(access.sealed)


def _lend(cluster: Cluster, after: ClusterValue) -> None:
    TenantCluster.objects.filter(cluster=cluster).exclude(tenant__name__in=after.tenants).delete()
    for tenant in Tenant.objects.filter(name__in=after.tenants).exclude(cluster_grants__cluster=cluster):
        clusters.grant(tenant, cluster, namespace=after.namespace_of(tenant.name))
    dedicated.check()


def _pairs(credentials: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(credentials.items()))
