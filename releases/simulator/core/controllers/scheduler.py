"""The scheduler: a node for every pod that has none, by what is requested and what is free."""

from __future__ import annotations

from decimal import Decimal

from .. import quantities
from ..kinds import CLAIM, NODE, POD, Kind
from ..objects import Object, is_deleting, labels_of
from ..quota import ZERO, Amounts, pod_resources
from ..store import DELETED, Change
from ..world import World
from . import claims, conditions

_COMPONENT = "default-scheduler"


class Scheduler:
    """Keeps the sum of what each node has promised, so that placing a pod never reads all the others."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._used: dict[str, Amounts] = {}
        self._waiting: set[tuple[str, str]] = set()

    def rebuild(self) -> None:
        """Count again from the store, after objects were loaded."""
        self._used.clear()
        for pod in self.world.store.each(POD):
            if node := pod["spec"].get("nodeName"):
                self._book(node, pod, sign=1)
            else:
                self._waiting.add((pod["metadata"]["namespace"], pod["metadata"]["name"]))

    def heard(self, kind: Kind, change: Change) -> None:
        """Follow pods and nodes as they change."""
        if kind in (NODE, CLAIM):
            self._retry()
            return
        if kind != POD:
            return
        before = change.old["spec"].get("nodeName") if change.old else None
        after = change.obj["spec"].get("nodeName")
        if change.type == DELETED:
            self._waiting.discard((change.obj["metadata"]["namespace"], change.obj["metadata"]["name"]))
            if after:
                self._book(after, change.obj, sign=-1)
                self._retry()
        elif after and not before:
            self._book(after, change.obj, sign=1)
        elif not after and change.old is None:
            self.world.soon("scheduler", (change.obj["metadata"]["namespace"], change.obj["metadata"]["name"]))

    def _retry(self) -> None:
        for key in sorted(self._waiting):
            self.world.soon("scheduler", key)

    def _book(self, node: str, pod: Object, *, sign: int) -> None:
        used = self._used.setdefault(node, {})
        for name, amount in {**pod_resources(pod["spec"], "requests"), "pods": Decimal(1)}.items():
            used[name] = used.get(name, ZERO) + sign * amount

    def _why_not(self, node: Object, pod: Object, wanted: Amounts) -> list[str]:
        if node["spec"].get("unschedulable"):
            return ["node(s) were unschedulable"]
        labels = labels_of(node)
        if any(labels.get(key) != value for key, value in (pod["spec"].get("nodeSelector") or {}).items()):
            return ["node(s) didn't match Pod's node affinity/selector"]
        room, used = node["status"]["allocatable"], self._used.get(node["metadata"]["name"], {})
        short = []
        for name, amount in wanted.items():
            if used.get(name, ZERO) + amount > quantities.parse(room.get(name, "0")):
                short.append("Too many pods" if name == "pods" else f"Insufficient {name}")
        return short

    def _load(self, node: Object) -> Decimal:
        room, used = node["status"]["allocatable"], self._used.get(node["metadata"]["name"], {})
        return sum((used.get(name, ZERO) / quantities.parse(room[name]) for name in ("cpu", "memory", "pods")), ZERO)

    def reconcile(self, world: World, key: tuple[str, str]) -> None:
        pod = world.store.get(POD, *key)
        self._waiting.discard(key)
        if pod is None or pod["spec"].get("nodeName") or is_deleting(pod):
            return
        if problem := self._missing_volume(pod):
            self._refuse(pod, key, f"0/{world.store.count(NODE)} nodes are available: {problem}. not found")
            return
        wanted = {**pod_resources(pod["spec"], "requests"), "pods": Decimal(1)}
        nodes = sorted(world.store.each(NODE), key=lambda row: str(row["metadata"]["name"]))
        reasons: dict[str, int] = {}
        fitting = []
        for node in nodes:
            why = self._why_not(node, pod, wanted)
            if not why:
                fitting.append(node)
            for reason in why:
                reasons[reason] = reasons.get(reason, 0) + 1
        if not fitting:
            listed = ", ".join(f"{count} {reason}" for reason, count in sorted(reasons.items()))
            words = f"0/{len(nodes)} nodes are available: {listed}."
            self._refuse(pod, key, words if nodes else "no nodes available to schedule pods")
            return
        best = min(fitting, key=lambda node: (self._load(node), node["metadata"]["name"]))
        self._bind(pod, str(best["metadata"]["name"]))

    def _bind(self, pod: Object, node: str) -> None:
        rows = conditions.drop(pod.get("status", {}).get("conditions"), "PodScheduled")
        placed = {"type": "PodScheduled", "status": "True", "lastTransitionTime": self.world.stamp()}
        status = {**pod.get("status", {}), "conditions": [*rows, placed]}
        self.world.update(POD, pod, {**pod, "spec": {**pod["spec"], "nodeName": node}, "status": status})
        meta = pod["metadata"]
        message = f"Successfully assigned {meta['namespace']}/{meta['name']} to {node}"
        self.world.event(POD, pod, "Scheduled", message, component=_COMPONENT)

    def _missing_volume(self, pod: Object) -> str:
        """Why the volumes of a pod cannot be had yet; empty when they can."""
        for name in claims.names_of(pod):
            claim = self.world.store.get(CLAIM, pod["metadata"]["namespace"], name)
            if claim is None:
                return f'persistentvolumeclaim "{name}" not found'
            if claim["status"]["phase"] != "Bound":
                return "pod has unbound immediate PersistentVolumeClaims"
        return ""

    def _refuse(self, pod: Object, key: tuple[str, str], message: str) -> None:
        self._waiting.add(key)
        rows = conditions.drop(pod.get("status", {}).get("conditions"), "PodScheduled")
        row = {
            "type": "PodScheduled",
            "status": "False",
            "reason": "Unschedulable",
            "message": message,
            "lastTransitionTime": self.world.stamp(),
        }
        self.world.update_status(POD, pod, conditions=[*rows, row])
        self.world.event(POD, pod, "FailedScheduling", message, type="Warning", component=_COMPONENT)
