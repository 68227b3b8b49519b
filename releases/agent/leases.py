"""Which clusters this agent may watch: a row per cluster, held for seven seconds at a time, on the database's clock.

An agent that dies renews no more, and another takes over within ten seconds; one that ends in order lets go at once.
All that live share the clusters out: of seven, three agents watch three, two and two. One that comes later gets its
share as the others let go of what they have too much.
Synchronous: the agent calls these functions in a thread.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import BooleanField, ExpressionWrapper, F, Q, QuerySet
from django.db.models.functions import Now

from releases.agent.models import AgentPresence, ClusterLease
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
    """Renew what `holder` has, let go of what is more than its share, take what is free up to that, and list what it
    holds now. Five queries when nothing changes.
    """
    ClusterLease.objects.filter(holder=holder).update(until=Now() + _HOLD)
    living = _present(holder)
    versions = dict(Cluster.objects.order_by("id").values_list("id", "version"))
    rows = ClusterLease.objects.values_list("cluster_id", "holder", "fencing", _FREE)
    leases = {cluster_id: _Lease(holder=name, fencing=fencing, free=free) for cluster_id, name, fencing, free in rows}
    has = Counter(leases[pk].holder for pk in versions if pk in leases)
    share = share_of(holder, living, has=has, clusters=len(versions))
    mine = [pk for pk in versions if pk in leases and leases[pk].holder == holder]
    held = [Held(pk, leases[pk].fencing, versions[pk]) for pk in mine[:share]]
    if mine[share:]:
        _let_go(ClusterLease.objects.filter(holder=holder, cluster_id__in=mine[share:]))
    for pk in [pk for pk in versions if pk not in leases or (leases[pk].free and leases[pk].holder != holder)]:
        if len(held) < share and (fencing := _take(pk, holder=holder, lease=leases.get(pk))):
            held.append(Held(pk, fencing, versions[pk]))
    if gone := leases.keys() - versions.keys():
        ClusterLease.objects.filter(cluster_id__in=gone).delete()
    return held


def share_of(holder: str, living: Sequence[str], *, has: Mapping[str, int], clusters: int) -> int:
    """How many of so many clusters one of the agents that live watches; where they do not divide, those that have most
    keep one more, so that nothing changes hands without need.
    """
    each, over = divmod(clusters, len(living))
    ranked = sorted(living, key=lambda name: (-has.get(name, 0), name))
    return each + (ranked.index(holder) < over)


def release(holder: str) -> None:
    """Let go of everything, so that another agent need not wait."""
    AgentPresence.objects.filter(holder=holder).delete()
    _let_go(ClusterLease.objects.filter(holder=holder))


def is_current(cluster_id: uuid.UUID | str, fencing: int) -> bool:
    """Whether a holding is still the newest one of its cluster: what an older one says comes too late."""
    return not ClusterLease.objects.filter(cluster_id=cluster_id, fencing__gt=fencing).exists()


def _present(holder: str) -> list[str]:
    """Say that this agent lives, and who does; who has said nothing for long is forgotten."""
    AgentPresence.objects.bulk_create(
        [AgentPresence(holder=holder, until=Now() + _HOLD)],
        update_conflicts=True,
        unique_fields=["holder"],
        update_fields=["until"],
    )
    rows = dict(AgentPresence.objects.values_list("holder", _FREE))
    if gone := [name for name, is_gone in rows.items() if is_gone]:
        AgentPresence.objects.filter(holder__in=gone, until__lt=Now()).delete()
    return [name for name, is_gone in rows.items() if not is_gone]


def _let_go(rows: QuerySet[ClusterLease]) -> None:
    rows.update(until=Now() - timedelta(seconds=1), holder="")


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
