"""Which change wakes which controller."""

from __future__ import annotations

from collections.abc import Callable

from . import kinds
from .controllers import (
    addresses,
    autoscaler,
    budgets,
    claims,
    cronjob,
    deployment,
    garbage,
    job,
    namespaces,
    quotas,
    replicaset,
    roles,
    stateful,
)
from .controllers.scheduler import Scheduler
from .kinds import Kind
from .kubelet import Kubelet
from .objects import Object, controller_of, is_deleting, key_of
from .store import ADDED, DELETED, Change
from .world import World

Reconcile = Callable[[World, tuple[str, str]], None]
_OWN = {
    kinds.DEPLOYMENT.resource: "deployment",
    kinds.REPLICA_SET.resource: "replicaset",
    kinds.STATEFUL_SET.resource: "statefulset",
    kinds.JOB.resource: "job",
    kinds.CRON_JOB.resource: "cronjob",
    kinds.AUTOSCALER.resource: "autoscaler",
    kinds.SERVICE.resource: "service",
    kinds.INGRESS.resource: "ingress",
    kinds.GATEWAY.resource: "gateway",
    kinds.HTTP_ROUTE.resource: "route",
    kinds.NAMESPACE.resource: "namespace",
    kinds.DISRUPTION_BUDGET.resource: "budget",
    kinds.CLAIM.resource: "claim",
}
_PARENTS = {
    "Deployment": "deployment",
    "ReplicaSet": "replicaset",
    "StatefulSet": "statefulset",
    "Job": "job",
    "CronJob": "cronjob",
}


class Wiring:
    """Listens to the store and puts keys on the agenda."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.scheduler = Scheduler(world)
        self.controllers: dict[str, Reconcile] = {
            "deployment": deployment.reconcile,
            "replicaset": replicaset.reconcile,
            "scheduler": self.scheduler.reconcile,
            "kubelet": Kubelet(world).reconcile,
            "garbage": garbage.reconcile,
            "orphan": garbage.reconcile_dependent,
            "namespace": namespaces.reconcile,
            "autoscaler": autoscaler.reconcile,
            "service": addresses.service,
            "ingress": addresses.ingress,
            "gateway": addresses.gateway,
            "route": addresses.route,
            "quota": quotas.reconcile,
            "budget": budgets.reconcile,
            "roles": roles.reconcile,
            "claim": claims.reconcile,
            "job": job.reconcile,
            "cronjob": cronjob.reconcile,
            "statefulset": stateful.reconcile,
        }
        world.store.listeners += [self.scheduler.heard, self.heard]

    def heard(self, kind: Kind, change: Change) -> None:
        obj, key = change.obj, key_of(change.obj)
        if kind == kinds.EVENT:
            return
        if kind.resource in _OWN and change.type != DELETED:
            self.world.soon(_OWN[kind.resource], key)
        parent = controller_of(obj)
        if parent is not None and parent["kind"] in _PARENTS:
            self.world.soon(_PARENTS[parent["kind"]], (key[0], parent["name"]))
        if kind == kinds.POD:
            self._pod(change, key)
        elif kind in (kinds.CONFIG_MAP, kinds.SECRET) and change.type != DELETED:
            self._wake_waiting_pods(key[0])
        elif kind == kinds.CLUSTER_ROLE:
            for role in self.world.store.each(kind):
                if "aggregationRule" in role:
                    self.world.soon("roles", key_of(role))
        elif kind in (kinds.DEPLOYMENT, kinds.STATEFUL_SET):
            self._wake_autoscalers(obj, key)
        elif kind == kinds.SERVICE and change.type != "MODIFIED":
            for route in self.world.store.each(kinds.HTTP_ROUTE, namespace=key[0]):
                self.world.soon("route", key_of(route))
        if change.type == DELETED:
            self._gone(obj, key)
            if kind == kinds.JOB:
                self.world.soon("job", key)
        else:
            garbage.look_for_owners(self.world, kind, obj)
        self._count(kind, change, key)

    def _pod(self, change: Change, key: tuple[str, str]) -> None:
        """A node looks at its pod when it is new there, deleted, or changed by others than itself."""
        for budget in self.world.store.each(kinds.DISRUPTION_BUDGET, namespace=key[0]):
            self.world.soon("budget", key_of(budget))
        if change.type == DELETED:
            self._wake_deployment(change.obj, key[0])
            for name in claims.names_of(change.obj):
                self.world.soon("claim", (key[0], name))
            return
        if not change.obj["spec"].get("nodeName"):
            return
        old = change.old
        placed = old is None or not old["spec"].get("nodeName")
        if placed or is_deleting(change.obj):
            self.world.soon("kubelet", key)
        elif old is not None and old["spec"] != change.obj["spec"]:
            self.world.runtime.get(change.obj["metadata"]["uid"], {}).get("containers", {}).clear()
            self.world.soon("kubelet", key)

    def _wake_deployment(self, pod: Object, namespace: str) -> None:
        """A deployment that recreates waits for the last old pod to be gone, which no ReplicaSet's status shows."""
        parent = controller_of(pod)
        replica_set = self.world.store.by_uid(parent["uid"]) if parent is not None else None
        owner = controller_of(replica_set[1]) if replica_set is not None else None
        if owner is not None and owner["kind"] == "Deployment":
            self.world.soon("deployment", (namespace, owner["name"]))

    def _wake_waiting_pods(self, namespace: str) -> None:
        for pod in self.world.store.each(kinds.POD, namespace=namespace):
            memory = self.world.runtime.get(pod["metadata"]["uid"])
            if memory is None:
                continue
            states = memory["containers"].values()
            if not states or any(state["stage"] == "config" for state in states):
                self.world.soon("kubelet", key_of(pod), after=0.2)

    def _wake_autoscalers(self, obj: Object, key: tuple[str, str]) -> None:
        for scaler in self.world.store.each(kinds.AUTOSCALER, namespace=key[0]):
            if scaler["spec"]["scaleTargetRef"]["name"] == obj["metadata"]["name"]:
                self.world.soon("autoscaler", key_of(scaler))

    def _gone(self, obj: Object, key: tuple[str, str]) -> None:
        meta = obj["metadata"]
        if self.world.store.dependents(meta["uid"]):
            self.world.soon("garbage", (meta["uid"], ""))
        for reference in meta.get("ownerReferences") or ():
            owner = self.world.store.by_uid(reference["uid"])
            if owner is not None and is_deleting(owner[1]):
                self.world.soon("garbage", (reference["uid"], ""))
        home = self.world.store.get(kinds.NAMESPACE, "", key[0]) if key[0] else None
        if home is not None and is_deleting(home):
            self.world.soon("namespace", ("", key[0]))

    def _count(self, kind: Kind, change: Change, key: tuple[str, str]) -> None:
        if not key[0] or not self.world.store.count(kinds.RESOURCE_QUOTA, namespace=key[0]):
            return
        finished = kind == kinds.POD and change.old is not None and _phase(change.old) != _phase(change.obj)
        edited = kind == kinds.RESOURCE_QUOTA and (change.old or {}).get("spec") != change.obj.get("spec")
        if change.type in (ADDED, DELETED) or finished or edited:
            self.world.soon("quota", (key[0], ""))


def _phase(obj: Object) -> str:
    phase: str = obj.get("status", {}).get("phase", "")
    return phase
