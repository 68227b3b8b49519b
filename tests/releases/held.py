"""Where tests of a release that was held half way play: two good ones before it, and its second track beside them."""

from __future__ import annotations

from typing import Any

from apps_mgmt.spec import load
from portal.access import Ref
from portal.access.ref import APP
from portal.operations.performing import perform
from releases import observing
from releases.models import Release
from tenants.models import Cluster
from tests.releases.canary import NEW, Canary
from tests.releases.stage import Stage

STEPS = ({"kind": "batch", "name": "one", "replicas": "1"}, {"kind": "pause", "name": "look"})


class Held(Canary):
    """Release 1 brought COLOUR red, 2 blue; 3, a canary of image 2, was held with one new instance of two on north and
    south.
    """

    def __init__(self) -> None:
        Stage.__init__(self)
        self.on_app("release.waves", across="together")
        for colour in ("red", "blue"):
            self.on_app("env.set", env=[{"name": "COLOUR", "value": colour}])
            self.deployed()
        self.on_app("release.strategy", kind="canary", steps=list(STEPS))
        self.on_app("image.set", process="web", image=NEW)
        self.waits()
        self.on_release("release.abort", 3, after="hold")
        self.work()
        assert self.release(3).state == "failed"

    def lists(self, cluster: Cluster, *, stable: dict[str, bool], canary: dict[str, bool]) -> None:
        """The cluster says that each track shall have one instance, and which there are: name → whether it is ready."""
        said = self.says(cluster, image="registry.example.com/shop:1", count=1)
        second = self.says(cluster, image=NEW, count=1)["workloads"][0]
        labels = {**second["metadata"]["labels"], "slipway.dev/track": "canary"}
        second["metadata"] |= {"name": "shop--web--canary", "labels": labels, "uid": f"uid2-{cluster.name}"}
        pods = []
        for track, rows in (("stable", stable), ("canary", canary)):
            for name, ready in rows.items():
                pod = self.pod(1, restarts=0, state={"running": {}}, ready=ready)
                pod["metadata"] |= {"name": name, "uid": name}
                pod["metadata"]["labels"] = {**pod["metadata"]["labels"], "slipway.dev/track": track}
                pods.append(pod)
        workloads = [*said["workloads"], second]
        for workload, rows in zip(workloads, (stable, canary), strict=True):
            workload["status"] |= dict.fromkeys(("readyReplicas", "availableReplicas"), sum(rows.values()))
            workload["status"] |= dict.fromkeys(("replicas", "updatedReplicas"), len(rows))
        observing.observe(cluster.pk, self.app.pk, {**said, "workloads": workloads, "pods": pods})
        self.work()

    def asked(self, operation: str, **data: Any) -> Release:
        """The release that an operation on the app begins."""
        return self.release(int(self.on_app(operation, **data).result["release"]))

    def foretold(self, operation: str, **data: Any) -> str:
        """What the preview of an operation on the app says."""
        preview = perform(operation, actor=self.bob, ref=Ref(APP, "boutique", "shop"), data=data, dry_run=True).preview
        assert preview is not None
        return " ".join(map(str, [preview.happens, *preview.warnings]))

    def is_stopped(self) -> None:
        assert self.asked("app.stop").number == 4
        self.stops()
        assert self.release(4).state == "succeeded"


def has(release: Release) -> tuple[str, str]:
    """The image and the colour that a release brings."""
    spec = load(release.revision.spec)
    return spec.processes[0].image.rpartition(":")[2], next(str(one.value) for one in spec.env)
