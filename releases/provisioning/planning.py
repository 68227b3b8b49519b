"""What should stand on a cluster for Slipway, or for one tenant, as it is at this moment."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from apps_mgmt.rendering import Manifest, TenancyFacts, cluster_manifests, digest_manifests, tenant_manifests
from apps_mgmt.rendering.tenancy import SYSTEM
from tenants.isolation import Isolation
from tenants.models import Cluster, Tenant, TenantCluster
from tenants.quota import ledger


@dataclass(frozen=True)
class Plan:
    """`tenant` is None for Slipway's own part of the cluster."""

    cluster: Cluster
    tenant: Tenant | None
    namespace: str
    manifests: tuple[Manifest, ...]
    digest: str


def plan_for(cluster_id: uuid.UUID | str, tenant_id: uuid.UUID | str | None) -> Plan | None:
    """None when the cluster is gone, or the tenant may not use it (any more)."""
    cluster = Cluster.objects.filter(pk=cluster_id).first()
    if cluster is None:
        return None
    if not tenant_id:
        return _plan(cluster, None, SYSTEM, cluster_manifests())
    grant = TenantCluster.objects.select_related("tenant").filter(cluster=cluster, tenant_id=tenant_id).first()
    if grant is None:
        return None
    isolation = Isolation.load(grant.tenant.isolation)
    facts = TenancyFacts(grant.tenant.name, grant.namespace, ledger.room_of(grant.tenant_id), isolation.level)
    return _plan(cluster, grant.tenant, grant.namespace, tenant_manifests(facts))


def _plan(cluster: Cluster, tenant: Tenant | None, namespace: str, manifests: tuple[Manifest, ...]) -> Plan:
    return Plan(cluster, tenant, namespace, manifests, digest_manifests(manifests))
