"""Where the engine's tests play: a tenant with two clusters, an app on both, and the ways to move it along.

What a cluster would say is written by hand, as raw Kubernetes JSON; what the engine sends out is answered as a worker
would answer. Tests with real clusters are in `tests/releases/test_rollout.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from apps_mgmt.models import App
from portal.access import Ref
from portal.access.ref import APP, RELEASE, TENANT
from portal.operations.outcome import Outcome
from portal.operations.performing import perform
from portal.outbox.models import OutboxRow
from releases import engine, observing
from releases.effects import load
from releases.events import EffectDone, EffectFailed
from releases.models import Release
from releases.reasons import Reason
from releases.snapshot import RunRef
from releases.states import ACTIVE
from tenants.models import Cluster
from tests import cast, kept

PENDING = "pending"
SPACE = "slipway-boutique"
IMAGE = '.spec.template.spec.containers[name="web"].image'


def _set_up() -> None:
    people = cast.everyone()
    for name in ("north", "south"):
        cast.cluster(name, tenants=[people.boutique])
    data = {"name": "shop", "image": "registry.example.com/shop:1", "port": 8080, "replicas": 4}
    perform("app.create", actor=cast.actor(people.bob), ref=Ref(TENANT, "boutique"), data=data)


class Stage:
    """An app `shop` with one process `web` of two instances on `north` and `south`."""

    def __init__(self) -> None:
        kept.rows("stage", _set_up)
        self._take_places()

    @classmethod
    def present(cls, *, generation: Mapping[str, int]) -> Stage:
        """The stage whose rows are there already, after as many changes on its clusters."""
        stage = cls.__new__(cls)
        stage._take_places()
        stage.generation.update(generation)
        return stage

    def _take_places(self) -> None:
        self.people = cast.present()
        self.north, self.south = (Cluster.objects.get(name=name) for name in ("north", "south"))
        self.bob = cast.actor(self.people.bob)
        self.app = App.objects.get(name="shop")
        self.generation: dict[str, int] = {}
        self.begun = timezone.now()

    def on_tenant(self, operation: str, **data: Any) -> Outcome:
        return perform(operation, actor=self.bob, ref=Ref(TENANT, "boutique"), data=data)

    def on_app(self, operation: str, **data: Any) -> Outcome:
        return perform(operation, actor=self.bob, ref=Ref(APP, "boutique", "shop"), data=data)

    def on_release(self, operation: str, number: int, **data: Any) -> Outcome:
        return perform(operation, actor=self.bob, ref=Ref(RELEASE, "boutique", "shop", number), data=data)

    def frozen(self, *, name: str = "Year end", days: int = 2, **data: Any) -> Outcome:
        """Alice freezes the apps of the tenant, from yesterday on."""
        span = {key: f"{self.day(one):%Y-%m-%dT%H:%M}" for key, one in (("begins", -1), ("ends", days))}
        given = {"name": name, "reason": "The books are closed", **span, **data}
        return perform("freeze.set", actor=cast.actor(self.people.alice), ref=Ref(TENANT, "boutique"), data=given)

    def day(self, number: int) -> datetime:
        """So many days from when the test began: the minute stays the same, however long the test takes."""
        return self.begun + timedelta(days=number)

    def release(self, number: int) -> Release:
        return Release.objects.get(app=self.app, number=number)

    def sent(self, kind: str = engine.EFFECT) -> list[OutboxRow]:
        return list(OutboxRow.objects.filter(kind=kind, state=PENDING).order_by("id"))

    def work(self, *, on: Cluster | None = None) -> list[str]:
        """Answer every effect that waits, on one cluster or on all, as a worker would; what they were."""
        done = []
        while rows := [row for row in self.sent() if on is None or row.payload["cluster"] == str(on.pk)]:
            for row in rows:
                done.append(str(row.payload["effect"]["effect"]))
                self._answer(row)
        return done

    def refuses(self, key: str, reason: Reason) -> None:
        """Answer what waits as a worker would, up to the object that the cluster refuses to change."""
        while rows := self.sent():
            payload = rows[0].payload
            if key not in getattr(load(payload["effect"]), "objects", ()):
                self._answer(rows[0])
                continue
            run = RunRef(payload["cluster"], payload["step"], payload["attempt"])
            engine.dispatch(payload["release"], EffectFailed(run=run, key=payload["key"], reason=reason))
            OutboxRow.objects.filter(pk=rows[0].pk).update(state="done")
            return

    def tells(self, effect: str, answer: dict[str, Any] | Reason) -> None:
        """Answer what waits as a worker would, up to the first effect of this kind, which is told this."""
        while rows := self.sent():
            payload = rows[0].payload
            if payload["effect"]["effect"] != effect:
                self._answer(rows[0])
                continue
            run, key = RunRef(payload["cluster"], payload["step"], payload["attempt"]), payload["key"]
            if isinstance(answer, Reason):
                engine.dispatch(payload["release"], EffectFailed(run=run, key=key, reason=answer))
            else:
                engine.dispatch(payload["release"], EffectDone(run=run, key=key, output=answer))
            OutboxRow.objects.filter(pk=rows[0].pk).update(state="done")
            return

    def ready(self, cluster: Cluster, *, image: str = "registry.example.com/shop:1", count: int = 2) -> None:
        """The cluster says that all is new and ready."""
        observing.observe(cluster.pk, self.app.pk, self.says(cluster, image=image, count=count))

    def gone(self, cluster: Cluster) -> None:
        """The cluster says that nothing of the app is there any more."""
        said = {"workloads": [], "replicasets": [], "pods": [], "resource_version": "99"}
        observing.observe(cluster.pk, self.app.pk, said)

    def crashes(
        self, cluster: Cluster, *, restarts: int = 3, log: str = "panic: no such table", pods: int = 1, old: int = 0
    ) -> None:
        """The cluster says that new instances keep crashing, in their own words, while the old ones go on."""
        state = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 20s"}}
        ended = timezone.now().isoformat()
        last = {"terminated": {"exitCode": 1, "finishedAt": ended}}
        made = [self.pod(number, restarts=restarts, state=state, last=last) for number in range(1, pods + 1)]
        told = [{**pod, "words": {"log": [log], "events": []}} for pod in made]
        self._new(cluster, [*told, *(self._old(number) for number in range(1, old + 1))])

    def tries_again(self, cluster: Cluster, *, ready: bool = False) -> None:
        """The container of the instance that crashed runs once more, and is or is not ready."""
        self._new(cluster, [self.pod(restarts=1, state={"running": {}}, ready=ready)])

    def stops(self) -> None:
        """The release under way takes all instances away, on both clusters."""
        self.work()
        for cluster in (self.north, self.south):
            self.ready(cluster, count=0)
            self.work()

    def runs_on(self, cluster: Cluster, *names: str, image: str = "registry.example.com/shop:1") -> None:
        """The cluster says that all is ready, and tells of instances: of those named, else of two."""
        names = names or ("shop--web-1", "shop--web-2")
        said = self.says(cluster, image=image, count=2)
        pods = [self.pod(number, restarts=0, state={"running": {}}, ready=True) for number in (1, 2, 3)]
        for pod in pods:
            pod["spec"]["containers"][0]["image"] = image
        chosen = [pod for pod in pods if pod["metadata"]["name"] in names]
        observing.observe(cluster.pk, self.app.pk, {**said, "pods": chosen})

    def edited(
        self, cluster: Cluster, *, image: str = "registry.example.com/hotfix:9", manager: str = "kubectl-edit"
    ) -> None:
        """The cluster says that somebody has set another image there, which runs by now."""
        said = self.says(cluster, image=image, count=2)
        field = {"path": IMAGE, "value": image, "shown": True}
        owner = {"manager": manager, "operation": "Update", "at": "2025-01-01T12:00:00Z", "fields": [field]}
        said["workloads"][0]["foreign"] = [owner]
        observing.observe(cluster.pk, self.app.pk, said)

    def put_back(
        self,
        cluster: Cluster,
        *,
        field: str = IMAGE,
        value: Any = "registry.example.com/shop:1",
        manager: str = "kubectl-set",
        shared: bool = True,
    ) -> None:
        """The cluster says that somebody has a field there at the value that Slipway set, `shared` or alone."""
        said = self.says(cluster, image="registry.example.com/shop:1", count=2)
        row = {"path": field, "value": value, "shown": value is not None, "shared": shared}
        owner = {"manager": manager, "operation": "Update", "at": "2025-01-01T12:00:00Z", "fields": [row]}
        said["workloads"][0]["foreign"] = [owner]
        observing.observe(cluster.pk, self.app.pk, said)

    def added(self, cluster: Cluster, fields: Mapping[str, str | None], *, manager: str = "kubectl-patch") -> None:
        """The cluster says what somebody added to the instances: field → image, None for what has none."""
        said = self.says(cluster, image="registry.example.com/shop:1", count=2)
        rows = [{"path": path, "value": image, "shown": image is not None} for path, image in fields.items()]
        owner = {"manager": manager, "operation": "Update", "at": "2025-01-01T12:00:00Z", "fields": rows}
        said["workloads"][0]["foreign"] = [owner]
        observing.observe(cluster.pk, self.app.pk, said)

    def lost(self, cluster: Cluster, field: str, *, manager: str = "", instead: int | None = None) -> None:
        """The cluster says that a field is not there any more, or that somebody put something in its place."""
        said = self.says(cluster, image="registry.example.com/shop:1", count=2)
        row = {"path": field, "value": instead, "shown": instead is not None, "gone": True}
        at = "2025-01-01T12:00:00Z" if manager else ""
        said["workloads"][0]["foreign"] = [{"manager": manager, "operation": "", "at": at, "fields": [row]}]
        observing.observe(cluster.pk, self.app.pk, said)

    def pod(
        self,
        number: int = 1,
        *,
        restarts: int,
        state: dict[str, Any],
        last: dict[str, Any] | None = None,
        ready: bool = False,
    ) -> dict[str, Any]:
        """A new instance as Kubernetes tells it."""
        return {
            "metadata": {
                "name": f"shop--web-{number}",
                "namespace": SPACE,
                "uid": f"p{number}",
                "labels": self._labels(),
            },
            "spec": {"nodeName": "n1", "containers": [{"name": "web", "image": "registry.example.com/shop:crash"}]},
            "status": {
                "phase": "Running",
                "conditions": [{"type": "Ready", "status": str(ready)}],
                "containerStatuses": [{"restartCount": restarts, "state": state, "lastState": last or {}}],
            },
        }

    def _old(self, number: int) -> dict[str, Any]:
        pod = self.pod(number + 100, restarts=0, state={"running": {}}, ready=True)
        pod["spec"]["containers"][0]["image"] = "registry.example.com/shop:1"
        return pod

    def _new(self, cluster: Cluster, pods: list[dict[str, Any]]) -> None:
        said = self.says(cluster, image="registry.example.com/shop:crash", count=2)
        said["workloads"][0]["status"]["updatedReplicas"] = 1
        observing.observe(cluster.pk, self.app.pk, {**said, "pods": pods})

    def says(self, cluster: Cluster, *, image: str, count: int) -> dict[str, Any]:
        generation = self.generation.get(str(cluster.pk), 1)
        names = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")
        workload = {
            "kind": "Deployment",
            "metadata": {
                "name": "shop--web",
                "namespace": SPACE,
                "uid": f"uid-{cluster.name}",
                "generation": generation,
                "resourceVersion": str(generation),
                "labels": self._labels(),
            },
            "spec": {"replicas": count, "template": {"spec": {"containers": [{"name": "web", "image": image}]}}},
            "status": {"observedGeneration": generation, **dict.fromkeys(names, count)},
        }
        return {"workloads": [workload], "replicasets": [], "pods": [], "resource_version": str(generation)}

    def deployed(self, image: str = "registry.example.com/shop:1") -> int:
        """Release the draft to its end; its number."""
        number = int(self.on_app("release.start").result["release"])
        self.finish(image)
        return number

    def deployed_back(self) -> int:
        """Roll back to what ran before, to its end; the number of that release."""
        number = int(self.on_app("release.rollback").result["release"])
        self.finish()
        return number

    def finish(self, image: str = "registry.example.com/shop:1") -> None:
        """Let the release under way come to its end on both clusters; what begins then goes no further."""
        release = Release.objects.filter(app=self.app, state__in=ACTIVE).order_by("number").first()
        self.work()
        for cluster in (self.north, self.south) * 3:
            self.ready(cluster, image=image)
            self.work()
            if release and self.release(release.number).is_over:
                return

    def _answer(self, row: OutboxRow) -> None:
        payload, effect = row.payload, load(row.payload["effect"])
        cluster = payload["cluster"]
        self.generation[cluster] = self.generation.get(cluster, 0) + 1
        name = Cluster.objects.get(pk=cluster).name
        told = {"uid": f"uid-{name}", "generation": self.generation[cluster]}
        keys = getattr(effect, "objects", ()) or [f"{w.kind}/{w.name}" for w in getattr(effect, "workloads", ())]
        run = RunRef(cluster, payload["step"], payload["attempt"])
        output = {"objects": {key: told for key in keys}}
        engine.dispatch(payload["release"], EffectDone(run=run, key=payload["key"], output=output))
        OutboxRow.objects.filter(pk=row.pk).update(state="done")

    def _labels(self) -> dict[str, str]:
        return {"slipway.dev/app": "shop", "slipway.dev/process": "web", "slipway.dev/track": "stable"}
