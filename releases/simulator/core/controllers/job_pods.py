"""The pods of a Job: made with a mark that keeps each until it has been counted."""

from __future__ import annotations

from ..kinds import JOB, POD
from ..objects import Object, annotations_of, condition_true, controller_of, is_deleting, owner_reference, with_meta
from ..world import World
from . import job_indexes

TRACKING = "batch.kubernetes.io/job-tracking"
COMPONENT = "job-controller"


def all_of(world: World, job: Object) -> list[Object]:
    return [pod for kind, pod in world.store.dependents(job["metadata"]["uid"]) if kind == POD]


def phase_of(pod: Object) -> str:
    return str(pod.get("status", {}).get("phase", "Pending"))


def is_finished(pod: Object) -> bool:
    return phase_of(pod) in ("Succeeded", "Failed")


def is_active(pod: Object) -> bool:
    return not is_finished(pod) and not is_deleting(pod)


def is_tracked(pod: Object) -> bool:
    return TRACKING in (pod["metadata"].get("finalizers") or ())


def restarts_of(pod: Object) -> int:
    return sum(int(row["restartCount"]) for row in pod.get("status", {}).get("containerStatuses") or ())


def release(world: World, pod: Object) -> None:
    """Take the mark off a pod that has been counted; one whose deletion waited for that goes on with it."""
    left = [row for row in pod["metadata"].get("finalizers") or () if row != TRACKING]
    free = world.update(POD, pod, with_meta(pod, finalizers=left or None))
    if is_deleting(free):
        world.delete(POD, free)


def release_orphans(world: World, namespace: str) -> None:
    """Take the mark off pods whose Job is gone: nobody will ever count them."""
    for pod in world.store.each(POD, namespace=namespace):
        owner = controller_of(pod)
        if is_tracked(pod) and (owner is None or world.store.by_uid(owner["uid"]) is None):
            release(world, pod)


def remove(world: World, job: Object, pods: list[Object]) -> None:
    """Delete pods that are not wanted any more, those first that have come least far."""
    for pod in pods:
        world.delete(POD, pod)
        message = f"Deleted pod: {pod['metadata']['name']}"
        world.event(JOB, job, "SuccessfulDelete", message, component=COMPONENT)


def by_progress(pods: list[Object]) -> list[Object]:
    def rank(pod: Object) -> tuple[bool, bool, bool, str]:
        placed = bool(pod["spec"].get("nodeName"))
        return placed, phase_of(pod) == "Running", condition_true(pod, "Ready"), pod["metadata"]["name"]

    return sorted(pods, key=rank)


def make(world: World, job: Object, *, number: int | None = None) -> None:
    """Create one pod of the template, with its number if they have any. Raises ApiError when it may not be."""
    pod = _manifest(world, job, job["spec"]["template"])
    if number is not None:
        pod = job_indexes.give(pod, number, job_name=job["metadata"]["name"])
    pod["metadata"]["finalizers"] = [TRACKING]
    world.create(POD, pod)
    world.event(JOB, job, "SuccessfulCreate", f"Created pod: {pod['metadata']['name']}", component=COMPONENT)


def _manifest(world: World, job: Object, template: Object) -> Object:
    prefix = job["metadata"]["name"][:57] + "-"
    template_meta = {"metadata": template.get("metadata") or {}}
    meta: Object = {
        "name": prefix + world.suffix(),
        "generateName": prefix,
        "namespace": job["metadata"]["namespace"],
        "labels": dict(template_meta["metadata"].get("labels") or {}),
        "ownerReferences": [owner_reference("Job", job)],
    }
    if annotations_of(template_meta):
        meta["annotations"] = dict(annotations_of(template_meta))
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": meta,
        "spec": template["spec"],
        "status": {"phase": "Pending"},
    }
