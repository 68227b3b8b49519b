"""Asks that a cluster, or a tenant's namespace there, be made ready. `releases.provisioning` does it, as a release."""

from __future__ import annotations

import uuid

from portal import outbox
from tenants.models import TenantCluster

PROVISION = "cluster.provision"

# Why: kept with the provision release, so the values never change.
GRANTED = "granted"
QUOTA = "quota"
RENEWED = "renewed"
ISOLATED = "isolated"
ASKED = "asked"


def prepare(cluster_id: uuid.UUID, tenant_id: uuid.UUID | None = None, *, cause: str, actor: str = "") -> None:
    """Within the caller's transaction: make ready what Slipway needs there for a tenant, or for itself (no tenant).

    What is as it should be already is left alone, unless somebody `ASKED`, whose name is `actor`.
    """
    payload = {"cluster": str(cluster_id), "tenant": str(tenant_id or ""), "cause": cause, "actor": actor}
    stream = f"provision:{cluster_id}:{tenant_id or ''}"
    outbox.add(PROVISION, payload, stream=stream, share=str(cluster_id))


def prepare_everywhere(tenant_id: uuid.UUID, *, cause: str) -> None:
    """The same for a tenant on every cluster that it may use."""
    for cluster_id in TenantCluster.objects.filter(tenant_id=tenant_id).values_list("cluster_id", flat=True):
        prepare(cluster_id, tenant_id, cause=cause)
