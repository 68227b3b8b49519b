"""StatefulSets and claims of volumes. Holds for the simulator and for a real control plane with quick nodes."""

from __future__ import annotations

from typing import Any

import pytest
from kubernetes.client.exceptions import ApiException
from kubernetes.dynamic import DynamicClient
from kubernetes.dynamic.resource import Resource

from tests.cluster.manifests import container, manifest, stateful_set
from tests.cluster.refusals import said, status_of
from tests.cluster.waiting import LIMIT_SECONDS, condition, until

MERGE = "application/merge-patch+json"


@pytest.fixture
def sets(client: DynamicClient) -> Resource:
    return client.resources.get(api_version="apps/v1", kind="StatefulSet")


@pytest.fixture
def pods(client: DynamicClient) -> Resource:
    return client.resources.get(api_version="v1", kind="Pod")


@pytest.fixture
def claims(client: DynamicClient) -> Resource:
    return client.resources.get(api_version="v1", kind="PersistentVolumeClaim")


def _settled(obj: dict[str, Any]) -> bool:
    status, wanted = obj.get("status", {}), obj["spec"]["replicas"]
    counts = [status.get(name, 0) for name in ("replicas", "readyReplicas", "updatedReplicas", "availableReplicas")]
    return counts == [wanted] * 4 and status.get("observedGeneration") == obj["metadata"]["generation"]


def _image(number: int) -> dict[str, Any]:
    return {
        "spec": {"template": {"spec": {"containers": [container(name="db", image=f"registry.k8s.io/db:{number}")]}}}
    }


def _images(pods: Resource, namespace: str) -> dict[str, str]:
    items = pods.get(namespace=namespace, label_selector="app=db").items
    return {pod.metadata.name: pod.spec.containers[0].image for pod in items}


def test_instances_come_one_after_another_and_keep_their_names(sets: Resource, pods: Resource, namespace: str) -> None:
    version = pods.get(namespace=namespace).metadata.resourceVersion
    sets.create(stateful_set(replicas=3), namespace=namespace)
    until(sets, namespace, _settled, name="db")
    ready, made_before_ready = set(), []
    for event in pods.watch(namespace=namespace, resource_version=version, timeout=LIMIT_SECONDS):
        pod = event["object"].to_dict()
        if event["type"] == "ADDED":
            made_before_ready.append((pod["metadata"]["name"], len(ready)))
        if condition(pod, "Ready").get("status") == "True":
            ready.add(pod["metadata"]["name"])
        if len(ready) == 3:
            break
    assert made_before_ready == [("db-0", 0), ("db-1", 1), ("db-2", 2)]


def test_side_by_side_when_told(sets: Resource, pods: Resource, namespace: str) -> None:
    sets.create(stateful_set(replicas=3, podManagementPolicy="Parallel"), namespace=namespace)
    until(sets, namespace, _settled, name="db")
    names = sorted(pod.metadata.name for pod in pods.get(namespace=namespace, label_selector="app=db").items)
    assert names == ["db-0", "db-1", "db-2"]


def test_each_instance_says_which_it_is(sets: Resource, pods: Resource, namespace: str) -> None:
    sets.create(stateful_set(replicas=1), namespace=namespace)
    until(sets, namespace, _settled, name="db")
    labels = pods.get(name="db-0", namespace=namespace).metadata.labels
    assert labels["statefulset.kubernetes.io/pod-name"] == "db-0"
    assert labels["apps.kubernetes.io/pod-index"] == "0"
    assert labels["controller-revision-hash"].startswith("db-")


def test_an_update_goes_from_the_last_to_the_first_and_stops_at_the_partition(
    sets: Resource, pods: Resource, namespace: str
) -> None:
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}
    sets.create(stateful_set(replicas=3, updateStrategy=strategy), namespace=namespace)
    until(sets, namespace, _settled, name="db")
    old = _images(pods, namespace)["db-0"]
    sets.patch(_image(2), name="db", namespace=namespace, content_type=MERGE)

    def held(obj: dict[str, Any]) -> bool:
        status = obj["status"]
        return status.get("updatedReplicas") == 1 and status.get("readyReplicas") == 3

    part = until(sets, namespace, held, name="db")
    assert part["status"]["currentRevision"] != part["status"]["updateRevision"]
    assert _images(pods, namespace) == {"db-0": old, "db-1": old, "db-2": "registry.k8s.io/db:2"}

    patch = {"spec": {"updateStrategy": {"rollingUpdate": {"partition": 0}}}}
    sets.patch(patch, name="db", namespace=namespace, content_type=MERGE)

    def done(obj: dict[str, Any]) -> bool:
        status = obj["status"]
        return _settled(obj) and status.get("currentRevision") == status.get("updateRevision")

    until(sets, namespace, done, name="db")
    assert set(_images(pods, namespace).values()) == {"registry.k8s.io/db:2"}


def test_scaling_down_takes_the_last_ones(sets: Resource, pods: Resource, namespace: str) -> None:
    sets.create(stateful_set(replicas=3, podManagementPolicy="Parallel"), namespace=namespace)
    until(sets, namespace, _settled, name="db")
    sets.patch({"spec": {"replicas": 1}}, name="db", namespace=namespace, content_type=MERGE)
    until(sets, namespace, _settled, name="db")
    assert list(_images(pods, namespace)) == ["db-0"]


def test_scaling_down_goes_from_the_last_to_the_first(sets: Resource, pods: Resource, namespace: str) -> None:
    sets.create(stateful_set(replicas=3), namespace=namespace)
    until(sets, namespace, _settled, name="db")
    version = pods.get(namespace=namespace).metadata.resourceVersion
    sets.patch({"spec": {"replicas": 0}}, name="db", namespace=namespace, content_type=MERGE)
    told = []
    for event in pods.watch(namespace=namespace, resource_version=version, timeout=LIMIT_SECONDS):
        meta = event["object"].metadata
        name = ("gone" if event["type"] == "DELETED" else "going", meta.name)
        if name not in told and (event["type"] == "DELETED" or meta.deletionTimestamp):
            told.append(name)
        if name == ("gone", "db-0"):
            break
    assert told == [(how, f"db-{place}") for place in (2, 1, 0) for how in ("going", "gone")]


def test_an_instance_that_is_not_ready_holds_up_the_next(sets: Resource, pods: Resource, namespace: str) -> None:
    sets.create(stateful_set(image="registry.k8s.io/db:stall", replicas=2), namespace=namespace)
    until(pods, namespace, lambda pod: pod["status"]["phase"] == "Running", name="db-0")
    waiting = until(sets, namespace, lambda obj: obj.get("status", {}).get("replicas") == 1, name="db")
    assert waiting["status"]["availableReplicas"] == 0
    assert list(_images(pods, namespace)) == ["db-0"]


def test_on_delete_an_instance_is_renewed_when_somebody_deletes_it(
    sets: Resource, pods: Resource, namespace: str
) -> None:
    sets.create(stateful_set(replicas=2, updateStrategy={"type": "OnDelete"}), namespace=namespace)
    until(sets, namespace, _settled, name="db")
    old = _images(pods, namespace)["db-0"]
    sets.patch(_image(2), name="db", namespace=namespace, content_type=MERGE)

    def seen(obj: dict[str, Any]) -> bool:
        return bool(obj["status"]["currentRevision"] != obj["status"]["updateRevision"])

    until(sets, namespace, seen, name="db")
    assert set(_images(pods, namespace).values()) == {old}
    pods.delete(name="db-0", namespace=namespace)
    until(sets, namespace, lambda obj: obj["status"].get("updatedReplicas") == 1, name="db")
    assert _images(pods, namespace) == {"db-0": "registry.k8s.io/db:2", "db-1": old}


def test_a_template_that_comes_back_is_its_old_revision(client: DynamicClient, sets: Resource, namespace: str) -> None:
    first = sets.create(stateful_set(replicas=0), namespace=namespace).to_dict()
    seen = []
    for image in (None, _image(2), {"spec": {"template": first["spec"]["template"]}}):
        changed = sets.patch(image or {}, name="db", namespace=namespace, content_type=MERGE)
        generation = changed.metadata.generation

        def observed(obj: dict[str, Any], generation: int = generation) -> bool:
            return bool(obj.get("status", {}).get("observedGeneration") == generation)

        seen.append(until(sets, namespace, observed, name="db")["status"]["updateRevision"])
    assert seen[0] == seen[2] != seen[1]
    revisions = client.resources.get(api_version="apps/v1", kind="ControllerRevision").get(namespace=namespace).items
    assert {row.metadata.name: row.revision for row in revisions} == {seen[0]: 3, seen[1]: 2}


def test_its_size_is_also_its_scale(sets: Resource, namespace: str) -> None:
    sets.create(stateful_set(replicas=0), namespace=namespace)
    sets.subresources["scale"].patch({"spec": {"replicas": 1}}, name="db", namespace=namespace, content_type=MERGE)
    assert until(sets, namespace, _settled, name="db")["spec"]["replicas"] == 1
    assert sets.subresources["scale"].get(name="db", namespace=namespace).status.selector == "app=db"


def test_each_instance_has_a_claim_that_outlives_it(claims: Resource, sets: Resource, namespace: str) -> None:
    claim = {"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": _asks("1Gi")}}
    # Nothing provides volumes here, so the instances are never made ready; the claims are made all the same.
    sets.create(
        stateful_set(replicas=2, volumeClaimTemplates=[claim], podManagementPolicy="Parallel"), namespace=namespace
    )
    seen: set[str] = set()
    for event in claims.watch(namespace=namespace, timeout=LIMIT_SECONDS):
        seen.add(event["object"].metadata.name)
        if len(seen) == 2:
            break
    sets.delete(name="db", namespace=namespace)
    assert seen == {"data-db-0", "data-db-1"}
    assert {row.metadata.name for row in claims.get(namespace=namespace).items} == seen


@pytest.mark.parametrize(
    ("policy", "field"), [({"whenDeleted": "Delete"}, None), ({"whenScaled": "Delete"}, {"replicas": 1})]
)
def test_claims_go_when_the_set_says_so(
    sets: Resource, claims: Resource, namespace: str, policy: dict[str, str], field: dict[str, int] | None
) -> None:
    claim = {"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": _asks("1Gi")}}
    more = {"podManagementPolicy": "Parallel", "persistentVolumeClaimRetentionPolicy": policy}
    version = claims.get(namespace=namespace).metadata.resourceVersion
    sets.create(stateful_set(replicas=2, volumeClaimTemplates=[claim], **more), namespace=namespace)
    until(sets, namespace, lambda obj: obj.get("status", {}).get("replicas") == 2, name="db")
    if field is None:
        # A claim that the set does not own yet when it is deleted stays.
        for name in ("data-db-0", "data-db-1"):
            until(claims, namespace, lambda claim: bool(claim["metadata"].get("ownerReferences")), name=name)
        sets.delete(name="db", namespace=namespace)
    else:
        sets.patch({"spec": field}, name="db", namespace=namespace, content_type=MERGE)
    gone = set()
    for event in claims.watch(namespace=namespace, resource_version=version, timeout=LIMIT_SECONDS):
        if event["type"] == "DELETED":
            gone.add(event["object"].metadata.name)
        if "data-db-1" in gone and (field or len(gone) == 2):
            break
    assert gone == ({"data-db-1"} if field else {"data-db-0", "data-db-1"})


@pytest.mark.parametrize(
    "field",
    [{"serviceName": "other"}, {"podManagementPolicy": "Parallel"}, {"selector": {"matchLabels": {"app": "x"}}}],
)
def test_most_of_a_stateful_set_never_changes(sets: Resource, namespace: str, field: dict[str, Any]) -> None:
    sets.create(stateful_set(replicas=0), namespace=namespace)
    with pytest.raises(ApiException) as refusal:
        sets.patch({"spec": field}, name="db", namespace=namespace, content_type=MERGE)
    assert refusal.value.status == 422
    assert "updates to statefulset spec for fields other than 'replicas', 'ordinals'" in said(refusal.value)


def test_a_claim_never_changes_but_in_size(claims: Resource, namespace: str) -> None:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": _asks("1Gi"), "storageClassName": "standard"}
    made = claims.create(manifest("v1", "PersistentVolumeClaim", "data", spec=spec), namespace=namespace).to_dict()
    assert made["spec"]["volumeMode"] == "Filesystem"
    assert made["status"]["phase"] == "Pending"
    assert "kubernetes.io/pvc-protection" in made["metadata"]["finalizers"]
    for change in ({"accessModes": ["ReadWriteMany"]}, {"storageClassName": "fast"}, {"resources": _asks("500Mi")}):
        with pytest.raises(ApiException) as refusal:
            claims.patch({"spec": change}, name="data", namespace=namespace, content_type=MERGE)
        assert refusal.value.status == 422, said(refusal.value)


def test_a_refused_change_of_a_claim_shows_what_it_would_have_changed(claims: Resource, namespace: str) -> None:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": _asks("1Gi"), "storageClassName": ""}
    claims.create(manifest("v1", "PersistentVolumeClaim", "data", spec=spec), namespace=namespace)
    change = {"spec": {"accessModes": ["ReadWriteMany"]}}
    with pytest.raises(ApiException) as refusal:
        claims.patch(change, name="data", namespace=namespace, content_type=MERGE)
    words = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"
    lines = ["@@ -1,6 +1,6 @@", " {", '  "AccessModes": [', '-  "ReadWriteOnce"', '+  "ReadWriteMany"', "  ],"]
    assert "\n".join([words, *lines]) in status_of(refusal.value)["message"]


def test_a_deleted_claim_stays_as_long_as_an_instance_has_it(
    client: DynamicClient, claims: Resource, pods: Resource, namespace: str
) -> None:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": _asks("1Gi"), "storageClassName": ""}
    claims.create(manifest("v1", "PersistentVolumeClaim", "data", spec=spec), namespace=namespace)
    node = client.resources.get(api_version="v1", kind="Node").get().items[0].metadata.name
    pods.create(_mounting("data", nodeName=node), namespace=namespace)
    until(pods, namespace, lambda pod: pod["status"]["phase"] == "Running", name="mounting")
    claims.delete(name="data", namespace=namespace)
    kept = claims.get(name="data", namespace=namespace)
    assert kept.metadata.deletionTimestamp
    pods.delete(name="mounting", namespace=namespace)
    version = kept.metadata.resourceVersion
    events = claims.watch(namespace=namespace, name="data", resource_version=version, timeout=LIMIT_SECONDS)
    assert any(event["type"] == "DELETED" for event in events)


def test_an_instance_waits_for_a_claim_that_is_not_there(pods: Resource, namespace: str) -> None:
    pods.create(_mounting("nothing"), namespace=namespace)
    waiting = until(pods, namespace, lambda pod: bool(condition(pod, "PodScheduled")), name="mounting")
    told = condition(waiting, "PodScheduled")
    assert (told["status"], told["reason"]) == ("False", "Unschedulable")
    assert 'persistentvolumeclaim "nothing" not found' in told["message"]


def _mounting(claim: str, **spec: Any) -> dict[str, Any]:
    volume = {"name": "data", "persistentVolumeClaim": {"claimName": claim}}
    return manifest("v1", "Pod", "mounting", spec={"containers": [container()], "volumes": [volume], **spec})


def _asks(size: str) -> dict[str, Any]:
    return {"requests": {"storage": size}}
