"""How the doorway finds what this room owns."""

from __future__ import annotations

from portal import access
from portal.access import Locator, Ref
from portal.access.ref import CLUSTER, TENANT
from tenants.models import Cluster, Tenant


def find_tenant(ref: Ref) -> Tenant | None:
    return Tenant.objects.filter(name=ref.tenant).first()


def find_cluster(ref: Ref) -> Cluster | None:
    return Cluster.objects.filter(name=ref.cluster).first()


TENANT_LOCATOR = Locator(model=Tenant, find=find_tenant, tenant_path="pk")
CLUSTER_LOCATOR = Locator(model=Cluster, find=find_cluster, tenant_path="")


def register() -> None:
    access.register(TENANT, TENANT_LOCATOR)
    access.register(CLUSTER, CLUSTER_LOCATOR)
