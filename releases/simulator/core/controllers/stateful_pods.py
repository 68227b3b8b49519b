"""One instance of a StatefulSet: its place in the row, its name and what follows from it, its claims."""

from __future__ import annotations

from ..kinds import CLAIM, POD, STATEFUL_SET
from ..objects import Object, annotations_of, controller_of, is_deleting, labels_of, owner_reference, with_meta
from ..selectors import selector_matches
from ..world import World

REVISION = "controller-revision-hash"
_NAME = "statefulset.kubernetes.io/pod-name"
_INDEX = "apps.kubernetes.io/pod-index"
_COMPONENT = "statefulset-controller"


def ordinal_of(pod: Object, stateful_set: Object) -> int:
    """Its place in the row; -1 when its name is none the set would give."""
    head, _, number = pod["metadata"]["name"].rpartition("-")
    return int(number) if head == stateful_set["metadata"]["name"] and number.isdigit() else -1


def revision_of(pod: Object) -> str:
    return labels_of(pod).get(REVISION, "")


def all_of(world: World, stateful_set: Object) -> list[Object]:
    """Its pods by place; a new set adopts strays of the right name and labels."""
    meta, selector = stateful_set["metadata"], stateful_set["spec"]["selector"]
    if "observedGeneration" not in stateful_set.get("status", {}):
        for pod in world.store.each(POD, namespace=meta["namespace"]):
            fits = ordinal_of(pod, stateful_set) >= 0 and selector_matches(selector, labels_of(pod))
            if fits and controller_of(pod) is None and not is_deleting(pod):
                world.update(POD, pod, with_meta(pod, ownerReferences=[owner_reference("StatefulSet", stateful_set)]))
    owned = [pod for kind, pod in world.store.dependents(meta["uid"]) if kind == POD]
    return sorted(owned, key=lambda pod: ordinal_of(pod, stateful_set))


def make(world: World, stateful_set: Object, place: int, *, template: Object, revision: str) -> None:
    """Create the instance at a place, its claims first. Raises ApiError when it may not be."""
    ensure_claims(world, stateful_set, place)
    pod = _manifest(stateful_set, place, template, revision)
    world.create(POD, pod)
    _tell(world, stateful_set, "SuccessfulCreate", f"create Pod {pod['metadata']['name']} in StatefulSet")


def remove(world: World, stateful_set: Object, pod: Object) -> None:
    world.delete(POD, pod)
    _tell(world, stateful_set, "SuccessfulDelete", f"delete Pod {pod['metadata']['name']} in StatefulSet")


def ensure_claims(world: World, stateful_set: Object, place: int) -> None:
    """Create what is missing of the claims of one instance. Raises ApiError when one may not be."""
    meta = stateful_set["metadata"]
    for template in stateful_set["spec"].get("volumeClaimTemplates") or ():
        name = f"{template['metadata']['name']}-{meta['name']}-{place}"
        if world.store.get(CLAIM, meta["namespace"], name) is not None:
            continue
        labels = {**labels_of(template), **(stateful_set["spec"]["selector"].get("matchLabels") or {})}
        claim_meta: Object = {"name": name, "namespace": meta["namespace"], "labels": labels}
        if annotations_of(template):
            claim_meta["annotations"] = dict(annotations_of(template))
        kind = {"apiVersion": "v1", "kind": "PersistentVolumeClaim"}
        world.create(CLAIM, {**kind, "metadata": claim_meta, "spec": template["spec"]})
        message = f"create Claim {name} Pod {meta['name']}-{place} in StatefulSet {meta['name']} success"
        world.event(STATEFUL_SET, stateful_set, "SuccessfulCreate", message, component=_COMPONENT)


def tie_claims(world: World, stateful_set: Object, pod: Object, *, is_beyond: bool) -> None:
    """Where that is wanted, let the claims of an instance go with the set, or with one beyond the last place."""
    policy, meta = stateful_set["spec"]["persistentVolumeClaimRetentionPolicy"], stateful_set["metadata"]
    own = {meta["uid"], pod["metadata"]["uid"]}
    owners = [owner_reference("StatefulSet", stateful_set)] if policy["whenDeleted"] == "Delete" else []
    if is_beyond and policy["whenScaled"] == "Delete":
        owners = [owner_reference("Pod", pod)]
    for template in stateful_set["spec"].get("volumeClaimTemplates") or ():
        name = f"{template['metadata']['name']}-{pod['metadata']['name']}"
        claim = world.store.get(CLAIM, meta["namespace"], name)
        if claim is not None:
            others = [row for row in claim["metadata"].get("ownerReferences") or () if row["uid"] not in own]
            world.update(CLAIM, claim, with_meta(claim, ownerReferences=[*others, *owners] or None))


def _tell(world: World, stateful_set: Object, reason: str, words: str) -> None:
    message = f"{words} {stateful_set['metadata']['name']} successful"
    world.event(STATEFUL_SET, stateful_set, reason, message, component=_COMPONENT)


def _manifest(stateful_set: Object, place: int, template: Object, revision: str) -> Object:
    meta, spec = stateful_set["metadata"], template["spec"]
    name = f"{meta['name']}-{place}"
    template_meta = template.get("metadata") or {}
    labels = {**(template_meta.get("labels") or {}), _NAME: name, _INDEX: str(place), REVISION: revision}
    pod_meta: Object = {
        "name": name,
        "generateName": f"{meta['name']}-",
        "namespace": meta["namespace"],
        "labels": labels,
        "ownerReferences": [owner_reference("StatefulSet", stateful_set)],
    }
    if template_meta.get("annotations"):
        pod_meta["annotations"] = dict(template_meta["annotations"])
    pod_spec = {**spec, "hostname": name, **_volumes(stateful_set, spec, name)}
    if stateful_set["spec"].get("serviceName"):
        pod_spec["subdomain"] = stateful_set["spec"]["serviceName"]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": pod_meta,
        "spec": pod_spec,
        "status": {"phase": "Pending"},
    }


def _volumes(stateful_set: Object, spec: Object, pod_name: str) -> Object:
    """The template's volumes, with the instance's own claims in the place of those of the same name."""
    names = [row["metadata"]["name"] for row in stateful_set["spec"].get("volumeClaimTemplates") or ()]
    own = [{"name": name, "persistentVolumeClaim": {"claimName": f"{name}-{pod_name}"}} for name in names]
    rows = [*own, *(row for row in spec.get("volumes") or () if row["name"] not in names)]
    return {"volumes": rows} if rows else {}
