"""Tenants with clusters or nodes of their own: nobody else may be let in there."""

from __future__ import annotations

import uuid

from django.db import connection
from django.utils.translation import gettext as _

from portal.errors import Refused
from tenants.isolation import CLUSTER, NODES, Isolation
from tenants.models import Tenant, TenantCluster

# Whoever lends a cluster and whoever isolates a tenant take turns by this number: each checks what the other wrote.
_TURN = 0x51_1F_0A_0D


def shared_by(tenant_id: uuid.UUID) -> tuple[tuple[str, str], ...]:
    """The clusters of a tenant that others may use, too: (cluster, names of the others), by name."""
    rows = TenantCluster.objects.filter(cluster__grants__tenant_id=tenant_id).exclude(tenant_id=tenant_id)
    others: dict[str, list[str]] = {}
    for cluster, tenant in rows.order_by("cluster__name", "tenant__name").values_list("cluster__name", "tenant__name"):
        others.setdefault(cluster, []).append(tenant)
    return tuple((cluster, ", ".join(tenants)) for cluster, tenants in others.items())


def check_nodes(tenant_id: uuid.UUID, isolation: Isolation) -> None:
    """Raise Refused when another tenant has these nodes of its own already, on whichever cluster: it may come to use
    another one any day. For sure only once `check` made whoever isolates another tenant wait.
    """
    if isolation.level != NODES:
        return
    same = Tenant.objects.filter(
        isolation__level=NODES, isolation__key=isolation.key, isolation__value=isolation.value
    ).exclude(pk=tenant_id)
    if other := same.order_by("name").first():
        sentence = _(
            "The nodes {label} are those of {other} alone, so instances of both would share them. Choose another value."
        )
        label = f"{isolation.key}={isolation.value}"
        raise Refused(sentence.format(label=label, other=other.name), field="value")


def check() -> None:
    """After a change, in its transaction: raise Refused when a tenant with clusters of its own shares one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_TURN])
    rows = TenantCluster.objects.filter(tenant__isolation__level=CLUSTER).select_related("tenant")
    for tenant in {row.tenant for row in rows}:
        if found := shared_by(tenant.pk):
            raise refusal(tenant.name, found)


def refusal(tenant: str, found: tuple[tuple[str, str], ...]) -> Refused:
    """Why they cannot both be there, and what to do."""
    cluster, others = found[0]
    sentence = _(
        "{tenant} is to have clusters of its own, but {others} may use {cluster}, too. Take the cluster from one of "
        "them first."
    )
    return Refused(sentence.format(tenant=tenant, others=others, cluster=cluster))
