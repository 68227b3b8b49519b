"""Opening a gateway: who acts (a role), for whom (a tenant), where (a cluster)."""

from __future__ import annotations

import importlib
import uuid
from functools import partial

from django.utils.translation import gettext as _

from portal.errors import NotFound
from releases.gateway.breaker import Breaker
from releases.gateway.errors import AnotherCluster
from releases.gateway.gateway import Gateway
from releases.gateway.minting import sign_in
from tenants.clusters import PROVISIONER, connection
from tenants.clusters.state import another_at, sentence_of_another
from tenants.models import Cluster, Tenant, TenantCluster


def open_gateway(cluster_id: uuid.UUID | str, *, role: str, tenant: Tenant | uuid.UUID | str) -> Gateway:
    """A gateway to the namespace the tenant has on the cluster, signed in as `role` (observer, deployer, provisioner).

    `tenant` is a tenant, its id or its name. Use it in a `with` block; it belongs to one thread. The cluster may be
    asked for a token first. Raises NotFound when the cluster is gone or the tenant may not use it, NotPrepared before
    the tenant's namespace there is, ClusterAway, AnotherCluster, PlatformError without credentials.
    """
    grants = TenantCluster.objects.filter(cluster_id=cluster_id, **_which(tenant)).select_related("cluster", "tenant")
    grant = grants.first()
    if grant is None:
        raise NotFound(_("The tenant may not use this cluster. A platform operator can allow it."))
    refuse_replaced(grant.cluster)
    sign = partial(sign_in, grant.cluster, role, namespace=grant.namespace, tenant=grant.tenant.name)
    signed = sign()
    return Gateway(
        signed.connection,
        namespace=grant.namespace,
        role=role,
        breaker=Breaker(cluster_id, just_read=grant.cluster),
        refused=signed.forget,
        anew=(lambda: sign().connection) if signed.kept else None,
    )


def open_provisioner(cluster_id: uuid.UUID | str, *, namespace: str) -> Gateway:
    """A gateway for a provision release. Raises NotFound, PlatformError without credentials."""
    opened = connection(cluster_id, PROVISIONER)
    return Gateway(opened, namespace=namespace, role=PROVISIONER, breaker=Breaker(cluster_id))


def refuse_replaced(cluster: Cluster) -> None:
    """Raise AnotherCluster where a check found another cluster at the address of this one."""
    if another_at(cluster.capabilities):
        raise AnotherCluster(sentence_of_another(cluster.name, cluster.server))


def warm_up() -> None:
    """Load the client now. A worker does so when it starts, and its first release does not wait for it."""
    importlib.import_module("releases.gateway.transport")


def _which(tenant: Tenant | uuid.UUID | str) -> dict[str, object]:
    if isinstance(tenant, Tenant):
        return {"tenant_id": tenant.pk}
    if isinstance(tenant, uuid.UUID):
        return {"tenant_id": tenant}
    try:
        return {"tenant_id": uuid.UUID(tenant)}
    except ValueError:
        return {"tenant__name": tenant}
