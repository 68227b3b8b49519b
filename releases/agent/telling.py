"""What an agent tells: to whom, and how a cluster is."""

from __future__ import annotations

from typing import Any, Protocol

from tenants.clusters import mark
from tenants.models import Cluster


class Listener(Protocol):
    """What the agent tells; `releases.observing` in life. All three are called in threads and may raise."""

    def observe(self, cluster_id: str, app_id: str, snapshot: dict[str, Any], /) -> object: ...

    def cluster_lost(self, cluster_id: str, reason: str, /) -> object: ...

    def cluster_back(self, cluster_id: str, /) -> object: ...


def tell_lost(listener: Listener, cluster_id: str, reason: str, *, blind: bool) -> None:
    """Nothing is heard of a cluster: it does not answer, or is `blind`, which is not to let Slipway look."""
    mark(cluster_id, state=Cluster.State.BLIND if blind else Cluster.State.AWAY, reason=reason)
    listener.cluster_lost(cluster_id, reason)


def tell_back(listener: Listener, cluster_id: str) -> None:
    """A cluster answers, and lets Slipway look."""
    mark(cluster_id, state=Cluster.State.READY)
    listener.cluster_back(cluster_id)
