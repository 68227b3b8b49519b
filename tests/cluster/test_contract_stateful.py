"""StatefulSets, Jobs, CronJobs and claims. Holds for the simulator and for a real control plane with quick nodes."""

from __future__ import annotations

from typing import Any

import pytest
from kubernetes.client.exceptions import ApiException
from kubernetes.dynamic import DynamicClient
from kubernetes.dynamic.resource import Resource

from tests.cluster.manifests import container, job, manifest, stateful_set
from tests.cluster.refusals import said
from tests.cluster.waiting import condition, until

MERGE = "application/merge-patch+json"
# The simulated cluster does not know these kinds yet.
pytestmark = pytest.mark.parametrize("kubeconfig", ["real"], indirect=True)


@pytest.fixture
def sets(client: DynamicClient) -> Resource:
    return client.resources.get(api_version="apps/v1", kind="StatefulSet")


@pytest.fixture
def pods(client: DynamicClient) -> Resource:
    return client.resources.get(api_version="v1", kind="Pod")


@pytest.fixture
def jobs(client: DynamicClient) -> Resource:
    return client.resources.get(api_version="batch/v1", kind="Job")


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
    for event in pods.watch(namespace=namespace, resource_version=version, timeout=60):
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


def test_each_instance_has_a_claim_that_outlives_it(client: DynamicClient, sets: Resource, namespace: str) -> None:
    claim = {"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": _asks("1Gi")}}
    # Nothing provides volumes here, so the instances are never made ready; the claims are made all the same.
    sets.create(
        stateful_set(replicas=2, volumeClaimTemplates=[claim], podManagementPolicy="Parallel"), namespace=namespace
    )
    claims = client.resources.get(api_version="v1", kind="PersistentVolumeClaim")
    seen: set[str] = set()
    for event in claims.watch(namespace=namespace, timeout=60):
        seen.add(event["object"].metadata.name)
        if len(seen) == 2:
            break
    sets.delete(name="db", namespace=namespace)
    assert seen == {"data-db-0", "data-db-1"}
    assert {row.metadata.name for row in claims.get(namespace=namespace).items} == seen


@pytest.mark.parametrize(
    "field",
    [{"serviceName": "other"}, {"podManagementPolicy": "Parallel"}, {"selector": {"matchLabels": {"app": "x"}}}],
)
def test_most_of_a_stateful_set_never_changes(sets: Resource, namespace: str, field: dict[str, Any]) -> None:
    sets.create(stateful_set(replicas=0), namespace=namespace)
    with pytest.raises(ApiException) as refusal:
        sets.patch({"spec": field}, name="db", namespace=namespace, content_type=MERGE)
    assert refusal.value.status == 422


def test_a_claim_never_changes_but_in_size(client: DynamicClient, namespace: str) -> None:
    claims = client.resources.get(api_version="v1", kind="PersistentVolumeClaim")
    spec = {"accessModes": ["ReadWriteOnce"], "resources": _asks("1Gi"), "storageClassName": "standard"}
    made = claims.create(manifest("v1", "PersistentVolumeClaim", "data", spec=spec), namespace=namespace).to_dict()
    assert made["spec"]["volumeMode"] == "Filesystem"
    assert made["status"]["phase"] == "Pending"
    assert "kubernetes.io/pvc-protection" in made["metadata"]["finalizers"]
    for change in ({"accessModes": ["ReadWriteMany"]}, {"storageClassName": "fast"}, {"resources": _asks("500Mi")}):
        with pytest.raises(ApiException) as refusal:
            claims.patch({"spec": change}, name="data", namespace=namespace, content_type=MERGE)
        assert refusal.value.status == 422, said(refusal.value)


def test_a_job_runs_to_its_end(jobs: Resource, pods: Resource, namespace: str) -> None:
    jobs.create(job(), namespace=namespace)
    done = until(jobs, namespace, lambda obj: bool(condition(obj, "Complete")), name="once")
    assert done["status"]["succeeded"] == 1
    assert done["status"]["completionTime"]
    assert [pod.status.phase for pod in pods.get(namespace=namespace).items] == ["Succeeded"]


def test_a_job_that_fails_says_why(jobs: Resource, namespace: str) -> None:
    jobs.create(job(image="registry.k8s.io/once:crash"), namespace=namespace)
    failed = until(jobs, namespace, lambda obj: bool(condition(obj, "Failed")), name="once")
    assert condition(failed, "Failed")["reason"] == "BackoffLimitExceeded"
    assert failed["status"]["failed"] == 1


def test_a_job_never_changes_its_template(jobs: Resource, namespace: str) -> None:
    jobs.create(job(suspend=True), namespace=namespace)
    other = {"spec": {"template": {"spec": {"containers": [container(name="job", image="a:2")]}}}}
    with pytest.raises(ApiException) as refusal:
        jobs.patch(other, name="once", namespace=namespace, content_type=MERGE)
    assert refusal.value.status == 422
    assert "field is immutable" in said(refusal.value)


def test_a_cron_job_waits_for_its_time(client: DynamicClient, namespace: str) -> None:
    crons = client.resources.get(api_version="batch/v1", kind="CronJob")
    spec = {"schedule": "0 0 1 1 *", "timeZone": "Europe/Berlin", "jobTemplate": {"spec": job()["spec"]}}
    made = crons.create(manifest("batch/v1", "CronJob", "yearly", spec=spec), namespace=namespace).to_dict()
    assert made["spec"]["concurrencyPolicy"] == "Allow"
    assert (made["spec"]["successfulJobsHistoryLimit"], made["spec"]["failedJobsHistoryLimit"]) == (3, 1)
    for wrong in ({"schedule": "every day"}, {"timeZone": "Europe/Nowhere"}, {"concurrencyPolicy": "Perhaps"}):
        with pytest.raises(ApiException) as refusal:
            crons.patch({"spec": wrong}, name="yearly", namespace=namespace, content_type=MERGE)
        assert refusal.value.status == 422, said(refusal.value)


def _asks(size: str) -> dict[str, Any]:
    return {"requests": {"storage": size}}
