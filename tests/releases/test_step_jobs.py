"""Steps that run a command in the cluster, on simulated clusters with everything at work."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from releases.gateway import open_gateway
from releases.models import StepRun
from tenants.clusters import OBSERVER
from tests.releases.live import Live, on_two_clusters, wait_for

pytestmark = pytest.mark.django_db(transaction=True)
NEW = "registry.example.com/shop:2"
BATCH = {"kind": "batch", "name": "all", "replicas": "100%"}
JOB = {"kind": "job", "name": "migrate", "process": "web", "command": """echo '{"version": "7"}'"""}


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    with on_two_clusters(tmp_path) as live:
        yield live


def plan(live: Live, *steps: dict[str, Any], image: str = NEW, across: str = "together") -> int:
    """Deploy the first image as it comes, then the next by these steps."""
    live.until(live.deploy(), "succeeded")
    live.on_app("release.waves", across=across)
    live.on_app("release.strategy", kind="canary", steps=[*steps, BATCH])
    return live.deploy(image)


def runs(live: Live, number: int) -> list[StepRun]:
    steps = live.release(number).steps.filter(kind="job").values("number")
    return list(StepRun.objects.filter(release__number=number, release__app=live.app, step__in=steps))


def pods_of_jobs(live: Live, name: str) -> list[dict[str, Any]]:
    with open_gateway(live.clusters[name].pk, role=OBSERVER, tenant=live.tenant) as gateway:
        pods = gateway.list_app(str(live.app.pk))["pods"]
    return [pod for pod in pods if pod["metadata"]["labels"]["slipway.dev/track"] == "job"]


def test_a_command_runs_on_each_cluster_and_what_it_says_last_is_known_to_later_steps(live: Live) -> None:
    then = {
        "kind": "job",
        "name": "tell",
        "process": "web",
        "command": """echo '{"was": "$(VERSION)"}'""",
        "inputs": "VERSION = steps.migrate.output.version",
    }
    number = plan(live, JOB, then)
    live.until(number, "succeeded")
    given = [run.output["output"] for run in runs(live, number)]
    assert sorted(map(json.dumps, given)) == ['{"version": "7"}'] * 2 + ['{"was": "7"}'] * 2
    assert next(run.output["log"] for run in runs(live, number)) == ['{"version": "7"}']


def test_its_instances_are_nobody_elses_and_go_when_the_release_ends(live: Live) -> None:
    number = plan(live, JOB, {"kind": "pause", "name": "look"}, across="one-after-another")
    wait_for(lambda: pods_of_jobs(live, "north"), what=lambda: live.release(number).why)
    waiting = StepRun.objects.filter(release__number=number, reason__code="waits_for_person")
    wait_for(waiting.exists, what=lambda: live.release(number).why)
    assert [pod["metadata"]["labels"]["slipway.dev/process"] for pod in pods_of_jobs(live, "north")] == ["step.migrate"]
    live.on_release("release.promote", number)
    live.until(number, "succeeded")
    wait_for(lambda: not pods_of_jobs(live, "north"), what=lambda: "the pods of jobs are still there")


def test_once_is_on_one_cluster_and_the_others_know_what_it_gave(live: Live) -> None:
    number = plan(live, {**JOB, "once": True})
    live.until(number, "succeeded")
    north, south = sorted(runs(live, number), key=lambda run: run.cluster_id != live.clusters["north"].pk)
    assert (north.sent, south.sent) == (2, 0)
    assert north.output["output"] == south.output["output"] == {"version": "7"}


def test_a_command_that_fails_takes_the_release_back_with_its_own_words(live: Live) -> None:
    live.on_app("release.auto_rollback", on=True)
    job = {**JOB, "command": "bin/migrate", "once": True, "retries": 1, "backoff": 1}
    number = plan(live, job, image="registry.example.com/shop:crash")
    release = live.until(number, "rolled_back")
    assert "exit code 1" in release.why
    tried = [run for run in runs(live, number) if run.sent]
    assert [run.attempt for run in tried][:2] == [1, 2]
    assert all(run.output["log"] for run in tried)


def test_a_command_whose_image_is_not_there_fails_early(live: Live) -> None:
    number = plan(live, {**JOB, "once": True}, image="registry.example.com/shop:missing")
    assert "not found" in live.until(number, "failed").why


INSIDE = {"kind": "http-check", "name": "answers", "process": "web", "path": "/healthz", "lasts": 3, "period": 1}
HALF = {"kind": "batch", "name": "half", "replicas": "50%"}


def test_a_check_inside_asks_new_instances_through_the_cluster(live: Live) -> None:
    number = plan(live, HALF, INSIDE)
    live.until(number, "succeeded")
    steps = live.release(number).steps.filter(kind="http_check").values("number")
    checks = StepRun.objects.filter(release__number=number, step__in=steps)
    assert {run.output["sample"]["words"].rpartition(" ")[2] for run in checks} == {"ok"}
    assert all("--canary-" in run.output["sample"]["words"] for run in checks)


def test_a_check_inside_that_finds_nothing_at_its_path_takes_the_release_back(live: Live) -> None:
    live.on_app("release.auto_rollback", on=True)
    number = plan(live, HALF, {**INSIDE, "path": "/nowhere"})
    assert "404 page not found" in live.until(number, "rolled_back").why


def test_a_check_inside_cannot_leave_the_instance(live: Live) -> None:
    number = plan(live, HALF, {**INSIDE, "path": "/../../../secrets"}, across="one-after-another")
    assert "cannot be asked for" in live.until(number, "failed").why


def test_branches_go_on_at_the_same_time(live: Live) -> None:
    job = {**JOB, "beside": "together/job"}
    number = plan(live, {**HALF, "beside": "together/moves"}, job, {"kind": "pause", "name": "look"})
    held = StepRun.objects.filter(release__number=number, reason__code="waits_for_person")
    wait_for(lambda: held.count() == 2, what=lambda: live.release(number).why)
    steps = live.release(number).steps.filter(options__has_key="beside").values("number")
    begun = StepRun.objects.filter(release__number=number, step__in=steps, cluster_id=live.clusters["north"].pk)
    assert len(set(begun.values_list("started", flat=True))) == 1
    live.on_release("release.promote", number)
    live.until(number, "succeeded")


def test_an_app_that_is_deleted_while_a_command_runs_leaves_nothing(live: Live) -> None:
    number = plan(live, {**JOB, "command": "sleep 100"}, image="registry.example.com/shop:stall")
    wait_for(lambda: pods_of_jobs(live, "north"), what=lambda: live.release(number).why)
    live.on_release("release.abort", number, after="hold")
    live.until(number, "failed")
    live.on_app("app.delete", actor=live.alice, confirm="shop")
    wait_for(lambda: not pods_of_jobs(live, "north"), what=lambda: "the pods of jobs are still there")
