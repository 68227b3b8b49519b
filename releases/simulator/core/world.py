"""What everything inside the cluster shares: the clock, the store, the agenda, and writes without ceremony.

Controllers and nodes write through here; people and clients write through ``api.Api``, which adds checks and ownership.
"""

from __future__ import annotations

import uuid
from collections import deque
from typing import Any

from . import admission, admission_policies, defaults, preparing
from .access.users import service_account
from .admission_policies import Request
from .agenda import Agenda
from .kinds import DEPLOYMENT, EVENT, JOB, NAMESPACE, POD, REPLICA_SET, Kind
from .objects import Object, annotations_of, clone, is_deleting, safe_digest, timestamp, with_meta
from .store import Store

_GRACEFUL = POD.resource
_JUDGED = (POD, REPLICA_SET, JOB)
"""What policies may refuse to controllers, which say so and try again."""
FOREGROUND = "foregroundDeletion"
ORPHAN = "orphan"
_MOST_EVENTS = 1500
_LONGEST_GRACE = 365 * 24 * 3600


class World:
    """One cluster's state. ``now`` is in seconds since 1970 and moves only forward."""

    def __init__(self, *, name: str, now: float, window: int) -> None:
        self.name = name
        self.now = now
        self.store = Store(window=window)
        self.agenda = Agenda()
        self.counter = 0
        self.runtime: dict[str, dict[str, Any]] = {}
        """What the nodes know of their pods and the API does not, by uid."""
        self.images: dict[str, list[str]] = {}
        """Images already pulled, by node."""
        self.event_keys: deque[tuple[str, str]] = deque()
        """Events in the order they came, so that the oldest can go."""

    def stamp(self) -> str:
        return timestamp(self.now)

    def next_uid(self, *, dry_run: bool = False) -> str:
        number = self.counter + 1
        if not dry_run:
            self.counter = number
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.name}/{number}"))

    def suffix(self) -> str:
        """Five letters for a generated name, never the same twice."""
        self.counter += 1
        return safe_digest(f"{self.name}/{self.counter}".encode(), length=5)

    def soon(self, controller: str, key: tuple[str, str], *, after: float = 0.0) -> None:
        self.agenda.add(controller, key, at=self.now + after)

    def create(self, kind: Kind, obj: Object) -> Object:
        """Store a new object of a controller; refusals of namespace and quota apply to controllers too."""
        obj = clone(obj)
        defaults.fill(obj, kind=kind)
        admission.fill(self.store, obj, kind=kind)
        preparing.prepare(obj, kind=kind, uid=self.next_uid(dry_run=True))
        admission.check(self.store, obj, kind=kind)
        self.dress(obj, kind=kind)
        for owner in obj["metadata"].get("ownerReferences") or () if kind in _JUDGED else ():
            user = service_account("kube-system", f"{owner['kind'].lower()}-controller", uid="")
            admission_policies.check(self.store, Request("CREATE", kind, user, obj=obj))
        return self.store.put(kind, obj)

    def dress(self, obj: Object, *, kind: Kind, dry_run: bool = False) -> None:
        """Give a new object its identity, in place."""
        meta = obj["metadata"]
        meta["uid"] = self.next_uid(dry_run=dry_run)
        meta["creationTimestamp"] = self.stamp()
        preparing.finish(obj, kind=kind)
        if kind.generation:
            meta["generation"] = 1
        else:
            meta.pop("generation", None)

    def update(self, kind: Kind, old: Object, new: Object, *, by_client: bool = False) -> Object:
        """Store a changed object; nothing happens when nothing changed.

        Of a Deployment an API server counts changed annotations too as a new generation, unless its controller made
        them by way of the status.
        """
        if old == new:
            return old
        annotated = by_client and kind == DEPLOYMENT and annotations_of(old) != annotations_of(new)
        if kind.generation and (annotated or old.get("spec") != new.get("spec")):
            new = with_meta(new, generation=old["metadata"].get("generation", 0) + 1)
        return self.store.put(kind, new)

    def update_status(self, kind: Kind, obj: Object, **changes: Any) -> Object:
        """Store an object with some fields of its status set; None removes one."""
        status = dict(obj.get("status") or {})
        for field, value in changes.items():
            if value is None:
                status.pop(field, None)
            else:
                status[field] = value
        return self.update(kind, obj, {**obj, "status": status})

    def delete(self, kind: Kind, obj: Object, *, grace: int | None = None) -> Object:
        """Begin or finish a deletion in the background manner: pods and namespaces end later, the rest at once."""
        meta = obj["metadata"]
        if kind.resource == _GRACEFUL:
            return self._delete_pod(obj, grace=grace)
        if kind == NAMESPACE or meta.get("finalizers"):
            if is_deleting(obj):
                return obj
            marked = with_meta(obj, deletionTimestamp=self.stamp(), deletionGracePeriodSeconds=0)
            if kind == NAMESPACE:
                marked = {**marked, "status": {**marked.get("status", {}), "phase": "Terminating"}}
            return self.store.put(kind, marked)
        return self.store.remove(kind, obj)

    def _delete_pod(self, pod: Object, *, grace: int | None) -> Object:
        spec_grace = pod["spec"].get("terminationGracePeriodSeconds", 30)
        if spec_grace < 0:
            spec_grace = 1
        seconds = min(spec_grace if grace is None else max(0, grace), _LONGEST_GRACE)
        finished = pod.get("status", {}).get("phase") in ("Succeeded", "Failed")
        held = bool(pod["metadata"].get("finalizers"))
        if (not pod["spec"].get("nodeName") or finished or seconds == 0) and not held:
            self.runtime.pop(pod["metadata"]["uid"], None)
            return self.store.remove(POD, pod)
        if is_deleting(pod) and pod["metadata"].get("deletionGracePeriodSeconds", 0) <= seconds:
            return pod
        marked = with_meta(pod, deletionTimestamp=timestamp(self.now + seconds), deletionGracePeriodSeconds=seconds)
        return self.store.put(POD, marked)

    def event(self, kind: Kind, obj: Object, reason: str, message: str, **more: str) -> None:
        """Record an Event about ``obj``, or raise the count of the same one. ``more``: type, component, host, path."""
        meta = obj["metadata"]
        namespace = meta.get("namespace") or "default"
        identity = f"{meta['uid']}/{reason}/{message}/{more.get('path', '')}"
        name = f"{meta['name']}.{safe_digest(identity.encode(), length=16)}"
        present = self.store.get(EVENT, namespace, name)
        if present is not None:
            again = {**present, "count": present["count"] + 1, "lastTimestamp": self.stamp()}
            self.store.put(EVENT, again)
            return
        if self.store.get(NAMESPACE, "", namespace) is None:
            return
        component = more.get("component", "kubelet")
        event = {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": name, "namespace": namespace},
            "involvedObject": involved(kind, obj, path=more.get("path", "")),
            "reason": reason,
            "message": message,
            "source": {"component": component, **({"host": more["host"]} if "host" in more else {})},
            "firstTimestamp": self.stamp(),
            "lastTimestamp": self.stamp(),
            "count": 1,
            "type": more.get("type", "Normal"),
            "eventTime": None,
            "reportingComponent": component,
            "reportingInstance": more.get("host", ""),
        }
        self.dress(event, kind=EVENT)
        self.store.put(EVENT, event)
        self.event_keys.append((namespace, name))
        while len(self.event_keys) > _MOST_EVENTS:
            oldest = self.store.get(EVENT, *self.event_keys.popleft())
            if oldest is not None:
                self.store.remove(EVENT, oldest)


def involved(kind: Kind, obj: Object, *, path: str = "") -> Object:
    meta = obj["metadata"]
    reference = {
        "kind": kind.kind,
        "namespace": meta.get("namespace", ""),
        "name": meta["name"],
        "uid": meta["uid"],
        "apiVersion": kind.api_version,
        "resourceVersion": meta.get("resourceVersion", ""),
        "fieldPath": path,
    }
    return {key: value for key, value in reference.items() if value}
