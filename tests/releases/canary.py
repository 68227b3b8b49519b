"""Where tests of a canary play: an app under a host of its own, whose next image comes in steps, on two clusters."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.utils import timezone

from apps_mgmt.models import Revision
from releases import observing
from tenants.models import Cluster
from tests.releases.stage import Stage

HOST, ROUTED, PLAIN = "shop.example.com", {"gateway_api": "v1"}, {"gateway_api": ""}
STEPS = (
    {"kind": "batch", "name": "one", "replicas": "1"},
    {"kind": "traffic", "name": "some", "traffic": 25, "header": "x-canary", "value": "yes"},
    {"kind": "pause", "name": "look", "seconds": -1},
    {"kind": "traffic", "name": "half", "traffic": 50},
    {"kind": "pause", "name": "again", "seconds": -1},
)
NEW = "registry.example.com/shop:2"


class Canary(Stage):
    """Release 1 runs on north and south; `start` begins release 2, which is the canary."""

    def __init__(self, *, capabilities: dict[str, str] = ROUTED, steps: Sequence[dict[str, Any]] = STEPS) -> None:
        super().__init__()
        Cluster.objects.filter(name__in=("north", "south")).update(capabilities=capabilities)
        revision = Revision.objects.get(app=self.app, number=1)
        revision.spec["routes"] = [{"host": HOST, "process": "web"}]
        revision.save()
        self.on_app("release.waves", across="together")
        self.on_app("release.strategy", kind="canary", steps=list(steps))
        self.deployed()
        self.on_app("image.set", process="web", image=NEW)

    def start(self) -> int:
        """The canary begins, and its second track is there without instances."""
        number = int(self.on_app("release.start").result["release"])
        self.work()
        return number

    def serve(self, cluster: Cluster, *, stable: int, canary: int) -> None:
        """The cluster says that so many instances of each track are there and ready; then what follows is done."""
        said = self.says(cluster, image="registry.example.com/shop:1", count=stable)
        second = self.says(cluster, image=NEW, count=canary)["workloads"][0]
        labels = {**second["metadata"]["labels"], "slipway.dev/track": "canary"}
        second["metadata"] |= {"name": "shop--web--canary", "labels": labels, "uid": f"uid-{cluster.name}"}
        observing.observe(cluster.pk, self.app.pk, {**said, "workloads": [*said["workloads"], second]})
        self.work()

    def hurts(
        self,
        cluster: Cluster,
        *,
        reason: str = "CrashLoopBackOff",
        ago: int = 0,
        restarts: int = 1,
        track: str = "canary",
    ) -> None:
        """The cluster says that one of two instances, by default the new one, has been in trouble for so long."""
        new = track == "canary"
        said = self.says(cluster, image="registry.example.com/shop:1", count=1)
        second = self.says(cluster, image=NEW, count=1)["workloads"][0]
        labels = {**second["metadata"]["labels"], "slipway.dev/track": "canary"}
        second["metadata"] |= {"name": "shop--web--canary", "labels": labels, "uid": f"uid-{cluster.name}"}
        second["status"] |= {"readyReplicas": 1 - new, "availableReplicas": 1 - new}
        ended = (timezone.now() - timedelta(seconds=ago)).isoformat()
        state = {"waiting": {"reason": reason, "message": "back-off 20s"}}
        pod = self.pod(restarts=restarts, state=state, last={"terminated": {"exitCode": 1, "finishedAt": ended}})
        pod["metadata"]["labels"] |= {"slipway.dev/track": track}
        pod["spec"]["containers"][0]["image"] = NEW if new else "registry.example.com/shop:1"
        pod["words"] = {"log": ["panic: no such table"], "events": []}
        told = {**said, "workloads": [*said["workloads"], second], "pods": [pod]}
        observing.observe(cluster.pk, self.app.pk, told)
        self.work()

    def waits(self) -> int:
        """The canary has come to its first pause on both clusters."""
        number = self.start()
        for cluster in (self.north, self.south):
            for _round in range(4):
                self.serve(cluster, stable=2, canary=1)
                self.serve(cluster, stable=1, canary=1)
        return number
