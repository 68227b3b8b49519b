"""StatefulSets: instances with names, one after another, and as few of them down at a time as can be."""

from __future__ import annotations

from .. import errors
from ..kinds import POD, STATEFUL_SET
from ..objects import Object, condition_true, is_deleting
from ..world import World
from . import revisions, stateful_pods
from .stateful_pods import ordinal_of, revision_of

_LONGEST_WAIT = 60.0
_COMPONENT = "statefulset-controller"


def reconcile(world: World, key: tuple[str, str]) -> None:
    stateful_set = world.store.get(STATEFUL_SET, *key)
    if stateful_set is None or is_deleting(stateful_set):
        return
    trouble = f"statefulset/{stateful_set['metadata']['uid']}"
    try:
        update = revisions.latest(world, stateful_set)
        current = _current(world, stateful_set, update)
        _Step(world, stateful_set, current=current, update=update).take()
        world.runtime.pop(trouble, None)
    except errors.ApiError as error:
        _failed(world, stateful_set, error, world.runtime.setdefault(trouble, {"failures": 0}))
        return
    _status(world, stateful_set, current["metadata"]["name"], update["metadata"]["name"])


def _current(world: World, stateful_set: Object, update: Object) -> Object:
    """The revision all instances had when the last rollout ended."""
    name = stateful_set.get("status", {}).get("currentRevision")
    rows = revisions.all_of(world, stateful_set)
    return next((row for row in rows if row["metadata"]["name"] == name), update)


def _failed(world: World, stateful_set: Object, error: errors.ApiError, memory: dict[str, int]) -> None:
    """Say why an instance cannot be made, and try again later and later."""
    meta = stateful_set["metadata"]
    memory["failures"] += 1
    wait = min(2.0 ** memory["failures"], _LONGEST_WAIT)
    world.soon("statefulset", (meta["namespace"], meta["name"]), after=wait)
    message = f"create Pod in StatefulSet {meta['name']} failed error: {error}"
    world.event(STATEFUL_SET, stateful_set, "FailedCreate", message, type="Warning", component=_COMPONENT)


def _is_ready(pod: Object) -> bool:
    return pod.get("status", {}).get("phase") == "Running" and condition_true(pod, "Ready")


def _is_healthy(pod: Object) -> bool:
    return _is_ready(pod) and not is_deleting(pod)


def _is_available(world: World, stateful_set: Object, pod: Object) -> bool:
    """Whether it has been ready for ``minReadySeconds``; if not yet, the set is looked at again then."""
    if not _is_ready(pod):
        return False
    since = world.runtime.get(pod["metadata"]["uid"], {}).get("ready_at") or world.now
    due = since + stateful_set["spec"].get("minReadySeconds", 0)
    if world.now >= due:
        return True
    meta = stateful_set["metadata"]
    world.agenda.add("statefulset", (meta["namespace"], meta["name"]), at=due)
    return False


class _Step:
    """What one look at a set changes: in order one instance at most, side by side as many as there are."""

    def __init__(self, world: World, stateful_set: Object, *, current: Object, update: Object) -> None:
        self.world = world
        self.set = stateful_set
        self.current = current
        self.update = update
        spec = stateful_set["spec"]
        self.ordered = spec["podManagementPolicy"] == "OrderedReady"
        self.start: int = spec.get("ordinals", {}).get("start", 0)
        self.places = range(self.start, self.start + spec["replicas"])
        pods = stateful_pods.all_of(world, stateful_set)
        self.pods = {ordinal_of(pod, stateful_set): pod for pod in pods}

    def take(self) -> None:
        for place, pod in self.pods.items():
            stateful_pods.tie_claims(self.world, self.set, pod, is_beyond=place not in self.places)
        for place in self.places:
            if self._settle(place) and self.ordered:
                return
        if not self._shrink():
            self._roll()

    def _partition(self) -> int:
        rolling: Object = self.set["spec"]["updateStrategy"].get("rollingUpdate") or {}
        return self.start + int(rolling.get("partition") or 0)

    def _make(self, place: int) -> None:
        revision = self.current if place < self._partition() else self.update
        template = revisions.template_of(revision)
        stateful_pods.make(self.world, self.set, place, template=template, revision=revision["metadata"]["name"])

    def _settle(self, place: int) -> bool:
        """Bring about the instance at a place; tells whether the next one has to wait for it."""
        pod = self.pods.get(place)
        if pod is None:
            self._make(place)
            return True
        phase = pod.get("status", {}).get("phase")
        if phase in ("Failed", "Succeeded"):
            if not is_deleting(pod):
                self._recreate(pod)
            return True
        if phase == "Pending":
            stateful_pods.ensure_claims(self.world, self.set, place)
        return is_deleting(pod) or not _is_available(self.world, self.set, pod)

    def _recreate(self, pod: Object) -> None:
        meta = pod["metadata"]
        message = f"StatefulSet {meta['namespace']}/{self.set['metadata']['name']} is recreating failed Pod"
        words = f"{message} {meta['name']}"
        self.world.event(STATEFUL_SET, self.set, "RecreatingFailedPod", words, type="Warning", component=_COMPONENT)
        stateful_pods.remove(self.world, self.set, pod)

    def _shrink(self) -> bool:
        """Take away the instances beyond the last place, from the end; tells whether there were any."""
        beyond = sorted((place for place in self.pods if place not in self.places), reverse=True)
        sick = min((place for place, pod in self.pods.items() if not _is_healthy(pod)), default=None)
        for place in beyond:
            pod = self.pods[place]
            if is_deleting(pod):
                if self.ordered:
                    return True
                continue
            if self.ordered and not _is_healthy(pod) and place != sick:
                return True
            stateful_pods.remove(self.world, self.set, pod)
            if self.ordered:
                return True
        return bool(beyond) and self.ordered

    def _roll(self) -> None:
        """Renew the last instance that is not of the new revision, once all behind it are well."""
        if self.set["spec"]["updateStrategy"]["type"] == "OnDelete":
            return
        for place in reversed(range(max(self._partition(), self.start), self.places.stop)):
            pod = self.world.store.get(
                POD, self.set["metadata"]["namespace"], f"{self.set['metadata']['name']}-{place}"
            )
            if pod is None:
                return
            if revision_of(pod) != self.update["metadata"]["name"] and not is_deleting(pod):
                stateful_pods.remove(self.world, self.set, pod)
                return
            if is_deleting(pod) or not _is_available(self.world, self.set, pod):
                return


def _status(world: World, stateful_set: Object, current: str, update: str) -> None:
    meta = stateful_set["metadata"]
    fresh = world.store.get(STATEFUL_SET, meta["namespace"], meta["name"])
    if fresh is None:
        return
    pods = stateful_pods.all_of(world, fresh)
    living = [pod for pod in pods if not is_deleting(pod)]
    ready = sum(_is_ready(pod) for pod in pods)
    updated = sum(revision_of(pod) == update for pod in living)
    if fresh["spec"]["updateStrategy"]["type"] == "RollingUpdate":
        wanted = fresh["spec"]["replicas"]
        current = update if (updated, len(pods), ready) == (wanted,) * 3 else current
    world.update_status(
        STATEFUL_SET,
        fresh,
        observedGeneration=fresh["metadata"]["generation"],
        replicas=len(pods),
        readyReplicas=ready or None,
        availableReplicas=sum(_is_available(world, fresh, pod) for pod in pods),
        currentReplicas=sum(revision_of(pod) == current for pod in living) or None,
        updatedReplicas=updated or None,
        currentRevision=current,
        updateRevision=update,
        collisionCount=0,
    )
    revisions.forget(world, fresh, used={current, update, *(revision_of(pod) for pod in pods)})
