"""The nodes' agents: they run the pods that were placed, and report what comes of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from . import containers, networks
from .containers import Machine, State
from .kinds import CONFIG_MAP, NODE, POD, SECRET
from .objects import Object, fraction, is_deleting
from .pod_status import conditions_of, phase_of, qos_class
from .world import World

_INIT_RUNS = 0.3
_Key = tuple[str, str]


def _references(container: Object) -> Iterator[tuple[str, str, str]]:
    """``(kind, name, key)`` of the configuration a container cannot start without; an empty key means the whole."""
    for row in container.get("env") or ():
        source = row.get("valueFrom") or {}
        for field, kind in (("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")):
            reference = source.get(field)
            if reference and not reference.get("optional"):
                yield kind, reference.get("name", ""), reference.get("key", "")
    for row in container.get("envFrom") or ():
        for field, kind in (("configMapRef", "ConfigMap"), ("secretRef", "Secret")):
            reference = row.get(field)
            if reference and not reference.get("optional"):
                yield kind, reference.get("name", ""), ""


class Kubelet:
    """Runs every pod of the cluster. What it remembers of a pod is in ``world.runtime`` under the pod's uid."""

    def __init__(self, world: World) -> None:
        self.world = world

    def reconcile(self, world: World, key: _Key) -> None:
        pod = world.store.get(POD, *key)
        if pod is None or not pod["spec"].get("nodeName"):
            return
        if is_deleting(pod):
            self._stop(pod, key)
        elif pod.get("status", {}).get("phase") not in ("Succeeded", "Failed"):
            self._run(pod, key)

    def _memory(self, pod: Object) -> dict[str, Any]:
        uid = pod["metadata"]["uid"]
        memory = self.world.runtime.get(uid)
        if memory is None:
            memory = {"containers": {}, "init": 0, "init_at": None, "ready_at": None, "ip": networks.pod_ip(self.world)}
            memory["began"] = self.world.now
            self.world.runtime[uid] = memory
        return memory

    def _stop(self, pod: Object, key: _Key) -> None:
        """Give the containers a moment to end, then take the pod away."""
        memory = self._memory(pod)
        if "stop_at" not in memory:
            grace = pod["metadata"].get("deletionGracePeriodSeconds", 30)
            memory["stop_at"] = self.world.now + min(float(grace), 0.3 + 0.5 * fraction(pod["metadata"]["uid"]))
            for container in pod["spec"]["containers"]:
                message = f"Stopping container {container['name']}"
                path = f"spec.containers{{{container['name']}}}"
                self.world.event(POD, pod, "Killing", message, host=pod["spec"]["nodeName"], path=path)
        if self.world.now < memory["stop_at"] or pod["metadata"].get("finalizers"):
            self.world.agenda.add("kubelet", key, at=max(memory["stop_at"], self.world.now + 0.001))
            if pod["metadata"].get("finalizers") and self.world.now >= memory["stop_at"]:
                self.world.agenda.add("kubelet", key, at=self.world.now + 3600.0)
            return
        self.world.runtime.pop(pod["metadata"]["uid"], None)
        self.world.store.remove(POD, pod)

    def _run(self, pod: Object, key: _Key) -> None:
        memory = self._memory(pod)
        problem = self._missing_volume(pod)
        node = pod["spec"]["nodeName"]
        if problem and not memory["containers"]:
            message = f'MountVolume.SetUp failed for volume "{problem[0]}" : {problem[1]}'
            self.world.event(POD, pod, "FailedMount", message, type="Warning", host=node)
            self._report(pod, memory)
            return
        if self._initialise(pod, memory, key):
            cached = self.world.images.setdefault(node, [])
            for container in pod["spec"]["containers"]:
                state = memory["containers"].setdefault(container["name"], containers.fresh(self.world.now))
                self._step(pod, container, state, cached, group="containers")
        self._report(pod, memory)
        due = [state["at"] for state in memory["containers"].values() if state["at"] is not None]
        if due:
            self.world.agenda.add("kubelet", key, at=min(due))

    def _step(self, pod: Object, container: Object, state: State, cached: list[str], *, group: str) -> None:
        host, path = pod["spec"]["nodeName"], f"spec.{group}{{{container['name']}}}"

        def tell(reason: str, message: str, type_: str) -> None:
            self.world.event(POD, pod, reason, message, type=type_, host=host, path=path)

        if state["stage"] in ("create", "config") and (state["at"] is None or state["at"] <= self.world.now):
            problem = self._missing_configuration(pod, container)
            if problem:
                if state["stage"] != "config" or state.get("problem") != problem:
                    tell("Failed", f"Error: {problem}", "Warning")
                state.update(stage="config", at=None, problem=problem)
                return
            if state["stage"] == "config":
                state.update(stage="create", at=self.world.now)
        Machine(pod, container, state, now=self.world.now, cached=cached).step(tell)

    def _initialise(self, pod: Object, memory: dict[str, Any], key: _Key) -> bool:
        """Run the init containers one after another; true when all are done."""
        waiting = pod["spec"].get("initContainers") or []
        while memory["init"] < len(waiting):
            if memory["init_at"] is None:
                memory["init_at"] = self.world.now + _INIT_RUNS
            if self.world.now < memory["init_at"]:
                self.world.agenda.add("kubelet", key, at=memory["init_at"])
                return False
            memory["init"] += 1
            memory["init_at"] = None
        return True

    def _missing_volume(self, pod: Object) -> tuple[str, str] | None:
        namespace = pod["metadata"]["namespace"]
        for volume in pod["spec"].get("volumes") or ():
            for field, kind, name in (("configMap", CONFIG_MAP, "name"), ("secret", SECRET, "secretName")):
                source = volume.get(field)
                if source and not source.get("optional"):
                    wanted = source.get(name, "")
                    if self.world.store.get(kind, namespace, wanted) is None:
                        return volume["name"], f'{kind.singular} "{wanted}" not found'
        return None

    def _missing_configuration(self, pod: Object, container: Object) -> str:
        namespace = pod["metadata"]["namespace"]
        for word, name, key in _references(container):
            kind = CONFIG_MAP if word == "ConfigMap" else SECRET
            found = self.world.store.get(kind, namespace, name)
            if found is None:
                return f'{kind.singular} "{name}" not found'
            if key and key not in (found.get("data") or {}) and key not in (found.get("binaryData") or {}):
                return f"couldn't find key {key} in {word} {namespace}/{name}"
        return ""

    def _report(self, pod: Object, memory: dict[str, Any]) -> None:
        """Write the pod's status from what is known of its containers."""
        current = self.world.store.get(POD, pod["metadata"]["namespace"], pod["metadata"]["name"])
        if current is None:
            return
        cached = self.world.images.get(pod["spec"]["nodeName"], [])
        rows = []
        for container in pod["spec"]["containers"]:
            state = memory["containers"].get(container["name"])
            if state is None:
                waiting = pod["spec"].get("initContainers") and memory["init"] < len(pod["spec"]["initContainers"])
                state = {**containers.fresh(self.world.now), "stage": "none"}
                state["waiting"] = "PodInitializing" if waiting else "ContainerCreating"
            rows.append(Machine(pod, container, state, now=self.world.now, cached=cached).status())
        ready = all(row["ready"] for row in rows)
        if ready and memory["ready_at"] is None:
            memory["ready_at"] = self.world.now
        elif not ready:
            memory["ready_at"] = None
        status = conditions_of(current, rows, initialised=memory["init"], stamp=self.world.stamp())
        node = self.world.store.get(NODE, "", pod["spec"]["nodeName"])
        host = node["status"]["addresses"][0]["address"] if node else ""
        known = {"podIP": memory["ip"], "podIPs": [{"ip": memory["ip"]}]} if memory["containers"] else {}
        self.world.update_status(
            POD,
            current,
            phase=phase_of(pod, rows),
            conditions=status,
            containerStatuses=rows,
            hostIP=host,
            hostIPs=[{"ip": host}],
            startTime=current.get("status", {}).get("startTime") or self.world.stamp(),
            qosClass=qos_class(pod["spec"]),
            **known,
        )
