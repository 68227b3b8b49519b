"""A registered cluster where apps come and go while an agent watches."""

from __future__ import annotations

from typing import Any

from releases.gateway import Gateway
from tenants import clusters
from tenants.clusters import Credential
from tenants.models import Cluster
from tests.cluster.listening import in_thread
from tests.cluster.simulators import Simulator


class Deployments:
    """Apps of one Deployment each, changed through a gateway."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway

    async def deploy(self, app_id: str, *, tag: str = "1.0", fence: int = 1, replicas: int = 2) -> None:
        await in_thread(self._deploy, app_id, tag=tag, fence=fence, replicas=replicas)

    def _deploy(self, app_id: str, *, tag: str, fence: int, replicas: int) -> None:
        labels = {"slipway.dev/app": f"app-{app_id[:4]}", "slipway.dev/process": "web", "slipway.dev/track": "stable"}
        owned = {**labels, "slipway.dev/app-id": app_id, "app.kubernetes.io/managed-by": "slipway"}
        containers = [{"name": "web", "image": f"registry.example.com/shop:{tag}"}]
        body = {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": f"app-{app_id[:4]}--web", "labels": owned},
            "spec": {
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": owned}, "spec": {"containers": containers}},
            },
        }
        self.gateway.apply(body, fence=fence, release=str(fence), replicas=replicas)

    async def scale(self, app_id: str, replicas: int) -> None:
        await in_thread(self.gateway.set_replicas, "Deployment", f"app-{app_id[:4]}--web", replicas=replicas, fence=1)

    async def remove(self, app_id: str) -> None:
        await in_thread(self.gateway.prune, app_id=app_id, keep=set(), fence=99)


class World(Deployments):
    """A registered cluster and a gateway that changes things there."""

    def __init__(self, simulator: Simulator, gateway: Gateway, cluster: Cluster) -> None:
        super().__init__(gateway)
        self.simulator, self.cluster = simulator, cluster
        self.id = str(cluster.pk)


def register(simulator: Simulator, *, name: str = "north", token: str = "") -> Cluster:
    credential = Credential(token=token or simulator.token)
    return clusters.register(name, title=name, server=simulator.url, credentials={clusters.OBSERVER: credential})


def ready(snapshot: dict[str, Any]) -> int:
    conditions = [entry for pod in snapshot["pods"] for entry in pod["status"].get("conditions", [])]
    return sum(entry["type"] == "Ready" and entry["status"] == "True" for entry in conditions)


def settled(snapshot: dict[str, Any], *, count: int) -> bool:
    """Whether so many instances are ready, and all controllers have counted them: then nothing is written any more."""
    counting = [*snapshot["workloads"], *snapshot["replicasets"]]
    counted = all(
        one["status"].get("readyReplicas") == one["status"].get("availableReplicas") == count for one in counting
    )
    conditions = [entry for one in snapshot["workloads"] for entry in one["status"].get("conditions", [])]
    whole = any(entry.get("reason") == "NewReplicaSetAvailable" for entry in conditions)
    return ready(snapshot) == len(snapshot["pods"]) == count and counted and whole


def is_empty(snapshot: dict[str, Any]) -> bool:
    return not (snapshot["workloads"] or snapshot["replicasets"] or snapshot["pods"])
