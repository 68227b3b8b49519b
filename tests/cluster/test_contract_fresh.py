"""What an object has by itself as soon as it is made, and what a Job is refused for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cluster.manifests import Manifest, deployment, job, manifest, stateful_set
from tests.cluster.outsider import Outsider

SETS, JOBS, CRON_JOBS = "apps/v1/statefulsets", "batch/v1/jobs", "batch/v1/cronjobs"
NIGHTLY = manifest(
    "batch/v1", "CronJob", "nightly", spec={"schedule": "0 0 1 1 *", "jobTemplate": {"spec": job()["spec"]}}
)
NAMES = {"batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name", "controller-uid", "job-name"}


@pytest.mark.parametrize(
    ("resource", "body", "status"),
    [
        ("apps/v1/deployments", deployment(replicas=0), {}),
        ("apps/v1/replicasets", {**deployment(replicas=0), "kind": "ReplicaSet"}, {"replicas": 0}),
        (SETS, stateful_set(replicas=0), {"replicas": 0, "availableReplicas": 0}),
        (JOBS, job(suspend=True), {}),
        (CRON_JOBS, NIGHTLY, {}),
    ],
)
def test_a_new_object_has_a_status(outsider: Outsider, resource: str, body: Manifest, status: dict[str, Any]) -> None:
    assert outsider.create(resource, body)["status"] == status


def test_a_set_has_a_service_whether_it_names_one_or_not(outsider: Outsider) -> None:
    body = stateful_set(replicas=0)
    del body["spec"]["serviceName"]
    made = outsider.create(SETS, body, manager="first")
    assert made["spec"]["serviceName"] == ""
    assert "f:serviceName" not in made["metadata"]["managedFields"][0]["fieldsV1"]["f:spec"]


def test_what_is_not_served_yet_is_left_out_of_a_set(outsider: Outsider) -> None:
    moves = {"rollingUpdate": {"maxUnavailable": 2}}
    made = outsider.create(SETS, stateful_set(replicas=0, updateStrategy=moves))
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}
    assert made["spec"]["updateStrategy"] == rolling
    changed = outsider.merge(SETS, "db", {"spec": {"updateStrategy": moves}})
    assert changed["spec"]["updateStrategy"] == rolling


def test_a_template_has_metadata_however_empty(outsider: Outsider) -> None:
    template = outsider.create(CRON_JOBS, NIGHTLY)["spec"]["jobTemplate"]
    assert (template["metadata"], template["spec"]["template"]["metadata"]) == ({}, {})


@pytest.mark.parametrize(
    ("own", "of_template", "expected"),
    [
        ({}, {}, NAMES),
        ({}, {"a": "b"}, {"a", *NAMES}),
        ({"c": "d"}, {"a": "b"}, {"c"}),
    ],
)
def test_a_job_is_labelled_as_its_pods_are_unless_it_has_labels(
    outsider: Outsider, own: dict[str, str], of_template: dict[str, str], expected: set[str]
) -> None:
    body = job(suspend=True)
    body["metadata"]["labels"] = own
    body["spec"]["template"]["metadata"] = {"labels": of_template}
    made = outsider.create(JOBS, body)
    assert set(made["metadata"]["labels"]) == expected
    assert set(made["spec"]["template"]["metadata"]["labels"]) == {*of_template, *NAMES}


INDEXED = {"completionMode": "Indexed", "completions": 2}
LIMIT, MOST = "spec.backoffLimitPerIndex", "spec.maxFailedIndexes"
NEEDED = "Required value: when maxFailedIndexes is specified"


@pytest.mark.parametrize(
    ("spec", "causes"),
    [
        ({"backoffLimitPerIndex": 1}, {LIMIT: "Invalid value: 1: requires indexed completion mode"}),
        (
            {"maxFailedIndexes": 2},
            {LIMIT: NEEDED, MOST: "Invalid value: 2: requires indexed completion mode"},
        ),
        ({"maxFailedIndexes": 2, **INDEXED}, {LIMIT: NEEDED}),
        ({"backoffLimitPerIndex": -1, **INDEXED}, {LIMIT: "Invalid value: -1: must be greater than or equal to 0"}),
        ({"backoffLimitPerIndex": 1, **INDEXED}, {}),
    ],
)
def test_a_limit_for_each_index_takes_indexes(outsider: Outsider, spec: dict[str, Any], causes: dict[str, str]) -> None:
    said = outsider.refusal(JOBS, job(**spec))
    assert {row["field"]: row["message"] for row in (json.loads(said)["details"]["causes"] if said else ())} == causes
