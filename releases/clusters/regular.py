"""The regular check of every cluster: what people would find by *Check*, found without them.

An agent hears at once when it may not look any more. What the other accounts may do, nothing tells by itself: asked
every ten minutes, that a cluster cannot be deployed to stands on its page before the next release meets it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction

from portal import outbox
from portal.access import Actor
from portal.errors import ClusterAway
from portal.outbox.models import OutboxRow
from releases.clusters import keeping
from releases.clusters.accounts import troubles
from releases.clusters.inspecting import inspect
from releases.clusters.values import CheckCluster
from releases.gateway import AccessRefused, Busy
from tenants.clusters import PROVISIONER, connection, mark
from tenants.models import Cluster

CHECK = "cluster.check"
EVERY = timedelta(minutes=10)
SECONDS = 20.0
_WAITS = (OutboxRow.State.PENDING, OutboxRow.State.CLAIMED)


def check_all() -> None:
    """Ask for a check of each cluster that is there; one that still waits for its last one is not asked twice."""
    waiting = set(OutboxRow.objects.filter(kind=CHECK, state__in=_WAITS).values_list("stream", flat=True))
    for cluster_id in Cluster.objects.exclude(state=Cluster.State.AWAY).values_list("pk", flat=True):
        if _stream(cluster_id) not in waiting:
            with transaction.atomic():
                payload = {"cluster": str(cluster_id)}
                outbox.add(CHECK, payload, stream=_stream(cluster_id), share=str(cluster_id))


def _stream(cluster_id: object) -> str:
    return f"check:{cluster_id}"


@outbox.handler(CHECK)
class Checker:
    """Rows of `cluster.check`: {cluster}. That a cluster is away, its agent tells, and sooner."""

    def run(self, payload: dict[str, Any]) -> dict[str, Any]:
        cluster = Cluster.objects.filter(pk=payload["cluster"]).first()
        if cluster is None:
            return {}
        try:
            report = inspect(connection(cluster.pk, PROVISIONER))
            report["accounts"] = troubles(cluster.pk, seconds=SECONDS)
        except (Busy, ClusterAway):
            return {}
        except AccessRefused as error:
            return {"refused": str(error)}
        return {"report": report}

    def finish(self, payload: dict[str, Any], result: dict[str, Any]) -> None:
        cluster = Cluster.objects.filter(pk=payload["cluster"]).first()
        if cluster is None or not result:
            return
        if "refused" in result:
            mark(cluster.pk, capabilities={"refused": result["refused"]})
        else:
            keeping.checked(cluster, CheckCluster(report=result["report"]), actor=Actor.engine(), note="")

    def failed(self, payload: dict[str, Any], reason: str) -> None:
        """The next one asks again."""
