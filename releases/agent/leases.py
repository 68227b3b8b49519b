"""Which clusters this agent may watch: a row per cluster, held for seven seconds at a time, on the database's clock.

An agent that dies renews no more, and another takes over within ten seconds; one that ends in order lets go at once.
Synchronous: the agent calls these functions in a thread.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import BooleanField, ExpressionWrapper, F, Q
from django.db.models.functions import Now

from releases.agent.models import ClusterLease
from tenants.models import Cluster

HOLD_SECONDS = 7.0
ROUND_SECONDS = 2.0

_HOLD = timedelta(seconds=HOLD_SECONDS)
_FREE = ExpressionWrapper(Q(until__lt=Now()), output_field=BooleanField())


class _Lease(NamedTuple):
    holder: str
    fencing: int
    free: bool


class Held(NamedTuple):
    """A cluster held by this agent. `fencing` tells this holding from every other; `version` is the cluster's."""

    cluster_id: uuid.UUID
    fencing: int
    version: int


def renew(holder: str) -> list[Held]:
    """Renew what `holder` has, take what is free, and list what it holds now. Two queries when nothing is free."""
    ClusterLease.objects.filter(holder=holder).update(until=Now() + _HOLD)
    versions = dict(Cluster.objects.values_list("id", "version"))
    rows = ClusterLease.objects.values_list("cluster_id", "holder", "fencing", _FREE)
    leases = {cluster_id: _Lease(holder=name, fencing=fencing, free=free) for cluster_id, name, fencing, free in rows}
    held = []
    for cluster_id, version in versions.items():
        lease = leases.pop(cluster_id, None)
        if lease is not None and lease.holder == holder:
            held.append(Held(cluster_id, lease.fencing, version))
        elif lease is None or lease.free:
            fencing = _take(cluster_id, holder=holder, lease=lease)
            if fencing:
                held.append(Held(cluster_id, fencing, version))
    if leases:
        ClusterLease.objects.filter(cluster_id__in=list(leases)).delete()
    return held


def release(holder: str) -> None:
    """Let go of everything, so that another agent need not wait."""
    ClusterLease.objects.filter(holder=holder).update(until=Now() - timedelta(seconds=1), holder="")


def is_current(cluster_id: uuid.UUID | str, fencing: int) -> bool:
    """Whether a holding is still the newest one of its cluster: what an older one says comes too late."""
    return not ClusterLease.objects.filter(cluster_id=cluster_id, fencing__gt=fencing).exists()


def _take(cluster_id: uuid.UUID, *, holder: str, lease: _Lease | None) -> int:
    """The new fencing number, 0 when another agent was faster."""
    if lease is None:
        try:
            with transaction.atomic():
                ClusterLease.objects.create(cluster_id=cluster_id, holder=holder, fencing=1, until=Now() + _HOLD)
        except IntegrityError:
            return 0
        return 1
    free = ClusterLease.objects.filter(cluster_id=cluster_id, fencing=lease.fencing, until__lt=Now())
    taken = free.update(holder=holder, fencing=F("fencing") + 1, until=Now() + _HOLD)
    return lease.fencing + 1 if taken else 0
