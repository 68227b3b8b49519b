"""A step that runs a command, on a real control plane: its Job, its instance, and that both go again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from releases.gateway import open_gateway
from releases.models import StepRun
from tenants.clusters import OBSERVER
from tests.cluster.outsider import connection_by
from tests.cluster.planes import alone, real_cluster
from tests.releases.live import Live, at_work, wait_for

pytestmark = pytest.mark.django_db(transaction=True)
JOB = {"kind": "job", "name": "migrate", "process": "web", "command": "bin/migrate", "timeout": 600}
STEPS = [JOB, {"kind": "pause", "name": "look"}, {"kind": "batch", "name": "all", "replicas": "100%"}]


@pytest.fixture
def live() -> Iterator[Live]:
    with alone(), at_work():
        live = Live([], others={"east": connection_by(real_cluster())})
        yield live
        live.delete()


def jobs(live: Live) -> list[str]:
    """The pods of jobs that are there."""
    with open_gateway(live.clusters["east"].pk, role=OBSERVER, tenant=live.tenant) as gateway:
        pods = gateway.list_app(str(live.app.pk))["pods"]
    return [pod["metadata"]["name"] for pod in pods if pod["metadata"]["labels"]["slipway.dev/track"] == "job"]


def test_a_command_runs_once_and_goes_with_the_release(live: Live) -> None:
    live.until(live.deploy(), "succeeded")
    live.on_app("release.strategy", kind="canary", steps=STEPS)
    number = live.deploy("registry.example.com/shop:2")
    held = StepRun.objects.filter(release__number=number, reason__code="waits_for_person")
    wait_for(held.exists, what=lambda: f"{live.release(number).state} {live.release(number).why}")
    assert len(jobs(live)) == 1
    live.on_release("release.promote", number)
    live.until(number, "succeeded")
    wait_for(lambda: not jobs(live), what=lambda: "the job is still there")


def test_a_command_that_fails_ends_the_release(live: Live) -> None:
    live.until(live.deploy(), "succeeded")
    live.on_app("release.strategy", kind="canary", steps=STEPS)
    release = live.until(live.deploy("registry.example.com/shop:crash"), "failed")
    assert "migrate failed on east" in release.why


def test_a_builder_runs_in_its_own_image_and_its_silence_ends_the_release(live: Live) -> None:
    """Nothing writes a log there, so it names no image."""
    build = {"kind": "build", "name": "make", "processes": "web", "image": "builder:1", "command": "build"}
    needs = {"kind": "apply", "name": "needs", "part": "needs"}
    live.on_app("release.strategy", kind="rolling", steps=[needs, build, {"kind": "apply", "name": "all"}])
    release = live.until(live.deploy(), "failed")
    assert "make made no image" in release.why
    with open_gateway(live.clusters["east"].pk, role=OBSERVER, tenant=live.tenant) as gateway:
        found = gateway.list_app(str(live.app.pk))["pods"]
    assert {one["spec"]["containers"][0]["image"] for one in found} <= {"builder:1"}
