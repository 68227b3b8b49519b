"""Jobs by the clock, as CronJobs."""

from __future__ import annotations

from typing import Any

import pytest

from apps_mgmt.rendering import CLONESET_BETA, GATEWAY_API, render
from apps_mgmt.spec import AppSpec
from tests.pure.golden.specs import facts, rich


def jobs(spec: AppSpec) -> list[dict[str, Any]]:
    made = render(spec, facts(capabilities=frozenset({GATEWAY_API, CLONESET_BETA})))
    return [row for row in made.manifests if row["kind"] == "CronJob"]


def pod(job: dict[str, Any]) -> dict[str, Any]:
    return job["spec"]["jobTemplate"]["spec"]["template"]


def test_a_job_runs_the_processs_image_with_its_variables_and_another_command() -> None:
    (job,) = jobs(rich())
    assert (job["metadata"]["name"], job["spec"]["schedule"]) == ("shop--report", "30 6 * * mon-fri")
    (container,) = pod(job)["spec"]["containers"]
    assert container["image"] == "registry.example.com/shop/web:1.4.2"
    assert container["command"] == ["report"]
    assert len(container["envFrom"]) == 4
    assert not {"args", "ports", "livenessProbe", "readinessProbe", "lifecycle"} & set(container)


def test_no_service_and_no_workload_takes_its_pods() -> None:
    labels = pod(jobs(rich())[0])["metadata"]["labels"]
    assert (labels["slipway.dev/process"], labels["slipway.dev/track"]) == ("report", "job")


def test_a_restart_of_the_process_leaves_its_jobs_alone() -> None:
    assert jobs(rich().with_process("web", restarted_at="2026-01-01T00:00:00Z")) == jobs(rich())


def test_a_job_beside_a_stateful_set_does_not_ask_for_its_volume() -> None:
    job = jobs(rich().with_job("report", cron="0 1 * * *", process="store", command=("redis-cli", "save")))[0]
    spec = pod(job)["spec"]
    there = {volume["name"] for volume in spec["volumes"]}
    assert {mount["name"] for mount in spec["containers"][0]["volumeMounts"]} <= there
    assert "data" not in there


@pytest.mark.parametrize("still", [{"stopped": True}, {"jobs": None}])
def test_a_stopped_app_and_a_suspended_job_do_not_run(still: dict[str, Any]) -> None:
    spec = rich()
    if "jobs" in still:
        still = {"jobs": tuple(job.change(suspended=True) for job in spec.jobs)}
    assert jobs(spec.change(**still))[0]["spec"]["suspend"] is True
    assert jobs(spec)[0]["spec"]["suspend"] is False
