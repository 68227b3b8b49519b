"""What a deletion answers, and what an object waits for before it goes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cluster.manifests import Manifest, config_map, container, deployment, job, manifest, stateful_set
from tests.cluster.outsider import Outsider
from tests.cluster.waiting import eventually

DEPLOYMENTS, SETS, JOBS, PODS = "apps/v1/deployments", "apps/v1/statefulsets", "batch/v1/jobs", "v1/pods"
CLONES = manifest("apps.kruise.io/v1alpha1", "CloneSet", "web", spec=deployment()["spec"])
KINDS: list[tuple[str, Manifest]] = [
    (DEPLOYMENTS, deployment(replicas=0)),
    (SETS, stateful_set(replicas=0)),
    (JOBS, job(suspend=True)),
    ("v1/configmaps", config_map()),
    ("apps.kruise.io/v1alpha1/clonesets", CLONES),
]
WAITS = {"Orphan": "orphan", "Foreground": "foregroundDeletion"}


@pytest.mark.parametrize("policy", WAITS)
@pytest.mark.parametrize(("resource", "body"), KINDS, ids=[row[0] for row in KINDS])
def test_what_still_has_to_wait_is_shown_as_it_waits(
    outsider: Outsider, resource: str, body: Manifest, policy: str
) -> None:
    outsider.create(resource, body)
    name = body["metadata"]["name"]
    for options in ({"dryRun": ["All"]}, {}):
        told = outsider.delete(resource, name, propagationPolicy=policy, **options)
        assert (told["kind"], told["metadata"]["finalizers"]) == (body["kind"], [WAITS[policy]])
        assert told["metadata"]["deletionTimestamp"]
        assert told["metadata"]["deletionGracePeriodSeconds"] == 0
    eventually(lambda: not outsider.exists(resource, name), what=f"{name} is gone")


@pytest.mark.parametrize(("resource", "body"), KINDS, ids=[row[0] for row in KINDS])
def test_what_is_gone_at_once_is_told_as_done(outsider: Outsider, resource: str, body: Manifest) -> None:
    outsider.create(resource, body)
    told = outsider.delete(resource, body["metadata"]["name"], propagationPolicy="Background")
    assert (told["kind"], told["status"]) == ("Status", "Success")
    assert not outsider.exists(resource, body["metadata"]["name"])


def test_a_job_orphans_its_pods_unless_told(outsider: Outsider) -> None:
    outsider.create(JOBS, job(suspend=True))
    told = outsider.delete(JOBS, "once")
    assert (told["kind"], told["metadata"]["finalizers"]) == ("Job", ["orphan"])


def test_a_pod_that_waits_still_has_its_time_to_end(outsider: Outsider) -> None:
    outsider.create(PODS, manifest("v1", "Pod", "web", spec={"containers": [container()]}))
    running(outsider)
    told = outsider.delete(PODS, "web", propagationPolicy="Orphan", gracePeriodSeconds=1)
    assert (told["kind"], told["metadata"]["finalizers"]) == ("Pod", ["orphan"])
    assert told["metadata"]["deletionGracePeriodSeconds"] == 1
    eventually(lambda: not outsider.exists(PODS, "web"), what="the pod is gone")


def test_what_is_orphaned_lives_on_without_its_owner(outsider: Outsider) -> None:
    outsider.create(DEPLOYMENTS, deployment(replicas=1))
    sets = "apps/v1/replicasets"
    eventually(lambda: bool(outsider.get(sets)["items"]), what="its ReplicaSet is there")
    outsider.delete(DEPLOYMENTS, "web", propagationPolicy="Orphan")
    eventually(lambda: not outsider.exists(DEPLOYMENTS, "web"), what="the Deployment is gone")
    left: list[dict[str, Any]] = outsider.get(sets)["items"]
    assert [row["metadata"].get("ownerReferences") for row in left] == [None]
    assert "deletionTimestamp" not in left[0]["metadata"]


def running(outsider: Outsider) -> None:
    eventually(lambda: outsider.get(PODS, "web")["status"].get("phase") == "Running", what="the pod runs")
