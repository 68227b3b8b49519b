"""Jobs and CronJobs. Holds for the simulator and for a real control plane with quick nodes."""

from __future__ import annotations

from typing import Any

import pytest
from kubernetes.client.exceptions import ApiException
from kubernetes.dynamic import DynamicClient
from kubernetes.dynamic.resource import Resource

from tests.cluster.manifests import container, job, manifest
from tests.cluster.refusals import said, status_of
from tests.cluster.waiting import LIMIT_SECONDS, condition, until

MERGE = "application/merge-patch+json"
ENDLESS = "registry.k8s.io/once:stall"
CRASH = "registry.k8s.io/once:crash"


@pytest.fixture
def jobs(client: DynamicClient) -> Resource:
    return client.resources.get(api_version="batch/v1", kind="Job")


@pytest.fixture
def crons(client: DynamicClient) -> Resource:
    return client.resources.get(api_version="batch/v1", kind="CronJob")


@pytest.fixture
def pods(client: DynamicClient) -> Resource:
    return client.resources.get(api_version="v1", kind="Pod")


def _complete(obj: dict[str, Any]) -> bool:
    return condition(obj, "Complete").get("status") == "True"


def _failed(obj: dict[str, Any]) -> bool:
    return condition(obj, "Failed").get("status") == "True"


def _runs(number: int) -> Any:
    return lambda obj: obj.get("status", {}).get("active", 0) == number


def _cron(name: str = "tick", *, schedule: str = "* * * * *", image: str = ENDLESS, **spec: Any) -> dict[str, Any]:
    body = {"schedule": schedule, "jobTemplate": {"spec": job(image=image)["spec"]}, **spec}
    return manifest("batch/v1", "CronJob", name, spec=body)


def test_a_job_runs_to_its_end(jobs: Resource, pods: Resource, namespace: str) -> None:
    jobs.create(job(), namespace=namespace)
    done = until(jobs, namespace, _complete, name="once")
    assert done["status"]["succeeded"] == 1
    assert done["status"]["completionTime"]
    assert condition(done, "SuccessCriteriaMet")["reason"] == condition(done, "Complete")["reason"]
    assert [pod.status.phase for pod in pods.get(namespace=namespace).items] == ["Succeeded"]


def test_a_job_that_fails_says_why(jobs: Resource, namespace: str) -> None:
    jobs.create(job(image=CRASH), namespace=namespace)
    failed = until(jobs, namespace, _failed, name="once")
    assert condition(failed, "Failed")["reason"] == "BackoffLimitExceeded"
    assert failed["status"]["failed"] == 1


def test_a_job_tries_again_as_often_as_it_may(jobs: Resource, pods: Resource, namespace: str) -> None:
    jobs.create(job(image=CRASH, backoffLimit=1), namespace=namespace)
    failed = until(jobs, namespace, _failed, name="once")
    assert failed["status"]["failed"] == 2
    assert [pod.status.phase for pod in pods.get(namespace=namespace).items] == ["Failed"] * 2


def test_a_pod_that_is_restarted_in_its_place_uses_up_the_tries(jobs: Resource, namespace: str) -> None:
    body = job(image=CRASH, backoffLimit=1)
    body["spec"]["template"]["spec"]["restartPolicy"] = "OnFailure"
    jobs.create(body, namespace=namespace)
    failed = until(jobs, namespace, _failed, name="once")
    assert condition(failed, "Failed")["reason"] == "BackoffLimitExceeded"


def test_a_job_runs_some_pods_at_a_time_until_enough_have_succeeded(
    jobs: Resource, pods: Resource, namespace: str
) -> None:
    version = jobs.get(namespace=namespace).metadata.resourceVersion
    jobs.create(job(parallelism=2, completions=5), namespace=namespace)
    most = 0
    for event in jobs.watch(namespace=namespace, resource_version=version, timeout=LIMIT_SECONDS):
        status = event["object"].to_dict().get("status") or {}
        most = max(most, status.get("active", 0))
        if "completionTime" in status:
            break
    assert (most, status["succeeded"]) == (2, 5)
    assert len(pods.get(namespace=namespace).items) == 5


def test_the_pods_of_an_indexed_job_are_numbered(jobs: Resource, pods: Resource, namespace: str) -> None:
    jobs.create(job(parallelism=2, completions=3, completionMode="Indexed"), namespace=namespace)
    done = until(jobs, namespace, _complete, name="once")
    assert (done["status"]["succeeded"], done["status"]["completedIndexes"]) == (3, "0-2")
    found = pods.get(namespace=namespace).items
    assert sorted(pod.metadata.name.rpartition("-")[0] for pod in found) == ["once-0", "once-1", "once-2"]
    for pod in found:
        number = pod.metadata.annotations["batch.kubernetes.io/job-completion-index"]
        assert pod.spec.hostname == f"once-{number}"
        assert pod.spec.containers[0].env[0].name == "JOB_COMPLETION_INDEX"


def test_a_job_that_takes_too_long_fails(jobs: Resource, namespace: str) -> None:
    jobs.create(job(image=ENDLESS, activeDeadlineSeconds=2), namespace=namespace)
    failed = until(jobs, namespace, _failed, name="once")
    assert condition(failed, "Failed")["reason"] == "DeadlineExceeded"
    assert condition(failed, "Failed")["message"] == "Job was active longer than specified deadline"
    assert "active" not in failed["status"]


def test_a_suspended_job_runs_nothing_until_it_is_resumed(jobs: Resource, pods: Resource, namespace: str) -> None:
    jobs.create(job(image=ENDLESS, parallelism=2, completions=2), namespace=namespace)
    until(jobs, namespace, _runs(2), name="once")
    jobs.patch({"spec": {"suspend": True}}, name="once", namespace=namespace, content_type=MERGE)
    paused = until(jobs, namespace, lambda obj: condition(obj, "Suspended").get("status") == "True", name="once")
    assert condition(paused, "Suspended")["reason"] == "JobSuspended"
    assert "active" not in paused["status"]
    assert "failed" not in paused["status"]
    jobs.patch({"spec": {"suspend": False}}, name="once", namespace=namespace, content_type=MERGE)
    resumed = until(jobs, namespace, _runs(2), name="once")
    assert condition(resumed, "Suspended")["reason"] == "JobResumed"


def test_a_job_goes_some_time_after_its_end(jobs: Resource, pods: Resource, namespace: str) -> None:
    version = jobs.get(namespace=namespace).metadata.resourceVersion
    jobs.create(job(ttlSecondsAfterFinished=1), namespace=namespace)
    events = jobs.watch(namespace=namespace, resource_version=version, timeout=LIMIT_SECONDS)
    last = next(event["object"].to_dict() for event in events if event["type"] == "DELETED")
    assert _complete(last)
    assert not pods.get(namespace=namespace).items


def test_a_job_marks_its_pods_as_its_own(jobs: Resource, pods: Resource, namespace: str) -> None:
    made = jobs.create(job(image=ENDLESS), namespace=namespace).to_dict()
    uid = made["metadata"]["uid"]
    assert made["spec"]["selector"] == {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}
    until(jobs, namespace, _runs(1), name="once")
    labels = pods.get(namespace=namespace).items[0].metadata.labels
    assert (labels["batch.kubernetes.io/job-name"], labels["job-name"]) == ("once", "once")
    assert labels["batch.kubernetes.io/controller-uid"] == uid


def test_a_job_deleted_without_a_word_leaves_its_pods_behind(jobs: Resource, pods: Resource, namespace: str) -> None:
    jobs.create(job(), namespace=namespace)
    until(jobs, namespace, _complete, name="once")
    jobs.delete(name="once", namespace=namespace)
    left = pods.get(namespace=namespace).items
    assert len(left) == 1
    until(pods, namespace, lambda pod: not pod["metadata"].get("ownerReferences"), name=left[0].metadata.name)


def test_a_job_never_changes_its_template(jobs: Resource, namespace: str) -> None:
    jobs.create(job(suspend=True), namespace=namespace)
    other = {"spec": {"template": {"spec": {"containers": [container(name="job", image="a:2")]}}}}
    with pytest.raises(ApiException) as refusal:
        jobs.patch(other, name="once", namespace=namespace, content_type=MERGE)
    assert refusal.value.status == 422
    assert "field is immutable" in said(refusal.value)


def test_before_it_has_started_a_job_may_be_sent_to_other_nodes(jobs: Resource, namespace: str) -> None:
    jobs.create(job(suspend=True), namespace=namespace)
    other = {"spec": {"template": {"spec": {"nodeSelector": {"disk": "fast"}}}}}
    moved = jobs.patch(other, name="once", namespace=namespace, content_type=MERGE)
    assert moved.spec.template.spec.nodeSelector.disk == "fast"


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"parallelism": -1}, "spec.parallelism: Invalid value: -1: must be greater than or equal to 0"),
        ({"completionMode": "Odd"}, 'Unsupported value: "Odd": supported values: "NonIndexed", "Indexed"'),
        ({"template": {"spec": {"containers": [container()]}}}, 'Required value: valid values: "OnFailure", "Never"'),
        ({"selector": {"matchLabels": {"app": "x"}}}, "`selector` not auto-generated"),
    ],
)
def test_what_is_wrong_with_a_job_is_told(jobs: Resource, namespace: str, spec: dict[str, Any], words: str) -> None:
    with pytest.raises(ApiException) as refusal:
        jobs.create(job(**spec), namespace=namespace)
    assert words in status_of(refusal.value)["message"]


def test_a_cron_job_waits_for_its_time(crons: Resource, namespace: str) -> None:
    spec = {"schedule": "0 0 1 1 *", "timeZone": "Europe/Berlin", "jobTemplate": {"spec": job()["spec"]}}
    made = crons.create(manifest("batch/v1", "CronJob", "yearly", spec=spec), namespace=namespace).to_dict()
    assert made["spec"]["concurrencyPolicy"] == "Allow"
    assert (made["spec"]["successfulJobsHistoryLimit"], made["spec"]["failedJobsHistoryLimit"]) == (3, 1)
    for wrong in ({"schedule": "every day"}, {"timeZone": "Europe/Nowhere"}, {"concurrencyPolicy": "Perhaps"}):
        with pytest.raises(ApiException) as refusal:
            crons.patch({"spec": wrong}, name="yearly", namespace=namespace, content_type=MERGE)
        assert refusal.value.status == 422, said(refusal.value)


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        ("0 0 * * 7", "end of range (7) above maximum (6): 7"),
        ("0 0 0 * *", "beginning of range (0) below minimum (1): 0"),
        ("5-1 * * * *", "beginning of range (5) beyond end of range (1): 5-1"),
        ("*/0 * * * *", "step of range should be a positive number: */0"),
        ("1-2-3 * * * *", "too many hyphens: 1-2-3"),
        ("often * * * *", "failed to parse int from often"),
        ("* * * *", "expected exactly 5 fields, found 4: [* * * *]"),
        ("@sometimes", "unrecognized descriptor: @sometimes"),
        ("TZ=UTC 0 0 * * *", "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"),
    ],
)
def test_a_cron_line_nobody_can_read_is_refused(crons: Resource, namespace: str, schedule: str, words: str) -> None:
    with pytest.raises(ApiException, match="422") as refusal:
        crons.create(_cron(schedule=schedule), namespace=namespace)
    assert words in said(refusal.value)


@pytest.mark.parametrize("schedule", ["@hourly", "@every 1h30m", "0 0 * FEB mon-fri", "*/15 0 ? * ?", "0 0 31 2 *"])
def test_a_cron_line_may_be_written_in_many_ways(crons: Resource, namespace: str, schedule: str) -> None:
    assert crons.create(_cron(schedule=schedule), namespace=namespace).spec.schedule == schedule


def test_when_its_time_has_come_a_cron_job_makes_a_job(crons: Resource, jobs: Resource, namespace: str) -> None:
    body = _cron(schedule="@every 1s", image="registry.k8s.io/once:1", successfulJobsHistoryLimit=1)
    body["spec"]["jobTemplate"]["metadata"] = {"labels": {"made": "by-the-clock"}}
    crons.create(body, namespace=namespace)
    until(crons, namespace, lambda obj: bool(obj.get("status", {}).get("lastScheduleTime")), name="tick")
    # It makes one after the other, so the times of one job are told apart only when no more come.
    crons.patch({"spec": {"suspend": True}}, name="tick", namespace=namespace, content_type=MERGE)

    def is_over(obj: dict[str, Any]) -> bool:
        return "lastSuccessfulTime" in obj["status"] and not obj["status"].get("active")

    ran = until(crons, namespace, is_over, name="tick")
    assert ran["status"]["lastScheduleTime"] <= ran["status"]["lastSuccessfulTime"]
    made = jobs.get(namespace=namespace, label_selector="made=by-the-clock").items[0].to_dict()["metadata"]
    assert made["name"].startswith("tick-")
    assert made["annotations"]["batch.kubernetes.io/cronjob-scheduled-timestamp"]
    assert made["ownerReferences"][0]["name"] == "tick"


def test_a_suspended_cron_job_makes_none(crons: Resource, jobs: Resource, namespace: str) -> None:
    crons.create(_cron("quiet", schedule="@every 1s", suspend=True), namespace=namespace)
    crons.create(_cron(schedule="@every 1s"), namespace=namespace)
    until(crons, namespace, lambda obj: bool(obj.get("status", {}).get("active")), name="tick")
    assert {row.metadata.ownerReferences[0].name for row in jobs.get(namespace=namespace).items} == {"tick"}
