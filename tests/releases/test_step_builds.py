"""Steps that build an image, on simulated clusters with everything at work and real sockets."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from apps_mgmt import drafts
from apps_mgmt.models import App, Deployed
from portal.access import Ref
from portal.access.ref import PLATFORM
from portal.operations.performing import perform
from releases.gateway import open_gateway
from releases.models import StepRun, Target
from tenants.clusters import OBSERVER
from tenants.models import User
from tests import cast
from tests.releases.live import Live, on_two_clusters
from tests.releases.servers import Asked, Outside, outside

pytestmark = pytest.mark.django_db(transaction=True)
DIGEST, OTHER = f"sha256:{'a1' * 32}", f"sha256:{'b2' * 32}"
SHOP = "registry.example.com/shop"
APPLY = {"kind": "apply", "name": "everything"}
ALL = {"kind": "batch", "name": "all", "replicas": "100%"}
INSIDE = {
    "kind": "build",
    "name": "make",
    "processes": "web",
    "image": "registry.example.com/builder:1",
    "command": f"""echo '{{"digest": "{DIGEST}"}}'""",
}


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    with on_two_clusters(tmp_path) as live:
        yield live


@pytest.fixture
def ci() -> Iterator[Outside]:
    with outside(lambda _asked: (200, {"digest": DIGEST})) as running:
        yield running


def calls(ci: Outside, **row: Any) -> dict[str, Any]:
    return {"kind": "build", "name": "make", "processes": "web", "url": f"{ci.url}/build", **row}


def plan(live: Live, *steps: dict[str, Any], kind: str = "rolling", across: str = "together") -> int:
    live.on_app("release.waves", across=across)
    live.on_app("release.strategy", kind=kind, steps=[*steps])
    return live.deploy()


def images(live: Live, name: str) -> set[str]:
    """What runs on a cluster, as it says itself, without what is going."""
    with open_gateway(live.clusters[name].pk, role=OBSERVER, tenant=live.tenant) as gateway:
        pods = gateway.list_app(str(live.app.pk))["pods"]
    of_app = [pod for pod in pods if pod["metadata"]["labels"]["slipway.dev/track"] != "job"]
    found = [pod for pod in of_app if "deletionTimestamp" not in pod["metadata"]]
    return {one["image"] for pod in found for one in pod["spec"]["containers"]}


def runs(live: Live, number: int) -> list[StepRun]:
    steps = live.release(number).steps.filter(kind="build").values("number")
    return list(StepRun.objects.filter(release__number=number, release__app=live.app, step__in=steps))


def test_what_a_server_builds_is_what_runs_on_every_cluster_and_what_later_steps_know(live: Live, ci: Outside) -> None:
    told = {"kind": "http-call", "name": "tell", "url": f"{ci.url}/done", "body": '{"is": "{IMAGE}"}', "once": True}
    number = plan(live, calls(ci), APPLY, {**told, "inputs": "IMAGE = steps.make.output.image"})
    live.until(number, "succeeded")
    assert images(live, "north") == images(live, "south") == {f"{SHOP}@{DIGEST}"}
    assert [one.path for one in ci.asked] == ["/build", "/done"]
    assert ci.asked[1].body == f'{{"is": "{SHOP}@{DIGEST}"}}'
    assert [run.output["output"]["image"] for run in runs(live, number)] == [f"{SHOP}@{DIGEST}"] * 2


def test_what_was_built_is_frozen_with_the_release_and_is_no_change_of_the_draft(live: Live, ci: Outside) -> None:
    number = plan(live, calls(ci), APPLY)
    live.until(number, "succeeded")
    release, app = live.release(number), App.objects.get(pk=live.app.pk)
    assert release.revision.operation == drafts.BUILT and release.revision.base == app.draft
    assert release.revision.spec["processes"][0]["image"] == f"{SHOP}@{DIGEST}"
    assert app.draft.spec["processes"][0]["image"] == f"{SHOP}:1"
    assert set(Deployed.objects.filter(app=app).values_list("revision", flat=True)) == {release.revision_id}
    assert drafts.undeployed(app).count == 0
    for target in Target.objects.filter(release=release):
        frozen = [one for one in target.manifests if one["kind"] == "Deployment"]
        assert [one["spec"]["template"]["spec"]["containers"][0]["image"] for one in frozen] == [f"{SHOP}@{DIGEST}"]


def test_going_back_and_deploying_again_bring_what_was_built_and_build_nothing(live: Live, ci: Outside) -> None:
    first = plan(live, calls(ci), APPLY)
    live.until(first, "succeeded")
    ci.reply = lambda _asked: (200, {"image": f"{SHOP}:main", "digest": OTHER})
    second = live.deploy()
    live.until(second, "succeeded")
    assert images(live, "north") == {f"{SHOP}:main@{OTHER}"}
    asked = len(ci.asked)
    back = live.on_app("release.rollback", release=first, pace="at-once").result["release"]
    live.until(back, "succeeded")
    assert images(live, "north") == images(live, "south") == {f"{SHOP}@{DIGEST}"}
    again = live.on_app("release.redeploy", release=second).result["release"]
    live.until(again, "succeeded")
    assert images(live, "south") == {f"{SHOP}:main@{OTHER}"}
    assert len(ci.asked) == asked
    assert [run.output["output"]["image"] for run in runs(live, again)] == [f"{SHOP}:main@{OTHER}"] * 2


def test_a_server_that_takes_its_time_is_asked_again_with_the_same_key(live: Live, ci: Outside) -> None:
    ci.reply = lambda _asked: (202, {"queued": True}) if len(ci.asked) < 2 else (200, {"digest": DIGEST})
    live.until(plan(live, calls(ci), APPLY), "succeeded")
    assert len(ci.asked) == 2 and len({one.headers["idempotency-key"] for one in ci.asked}) == 1


def test_a_command_builds_once_for_all_clusters_before_a_canary_begins(live: Live) -> None:
    live.until(live.deploy(), "succeeded")
    number = plan(live, INSIDE, ALL, kind="canary")
    live.until(number, "succeeded")
    assert images(live, "north") == images(live, "south") == {f"{SHOP}@{DIGEST}"}
    assert sorted(run.sent for run in runs(live, number)) == [0, 2]
    assert any(DIGEST in line for run in runs(live, number) for line in run.output.get("log", ()))


NEEDS = {"kind": "apply", "name": "configuration", "part": "needs"}


def fails(live: Live, *steps: dict[str, Any]) -> str:
    return str(live.until(plan(live, *steps, APPLY, across="one-after-another"), "failed").why)


def test_a_command_that_names_no_image_fails_and_writes_no_workload(live: Live) -> None:
    why = fails(live, NEEDS, {**INSIDE, "command": """echo '{"version": "7"}'"""})
    assert "make made no image: It named no image" in why
    assert images(live, "north") == set()


def test_an_image_of_a_registry_that_no_rule_allows_fails(live: Live, ci: Outside) -> None:
    olga = cast.actor(User.objects.get(username="olga"))
    perform("platform.rules", actor=olga, ref=Ref(PLATFORM), data={"registries": SHOP})
    ci.reply = lambda _asked: (200, {"image": f"evil.example.com/shop@{DIGEST}"})
    assert "evil.example.com" in fails(live, calls(ci))


WRONG: dict[str, tuple[int, dict[str, Any], str]] = {
    "no digest": (200, {"digest": "sha256:abc"}, "sha256:abc is not a digest"),
    "a tag": (200, {"image": f"{SHOP}:main"}, "without a digest"),
    "no text": (200, {"image": {"name": "x"}}, "It named no image"),
    "the server's own words": (422, {"error": "no such branch"}, "no such branch"),
}


def _says(status: int, answer: dict[str, Any], _asked: Asked) -> tuple[int, Any]:
    return status, answer


def test_what_a_server_says_instead_of_an_image_is_told(live: Live, ci: Outside) -> None:
    for status, answer, words in WRONG.values():
        ci.reply = partial(_says, status, answer)
        assert words in fails(live, calls(ci))
    assert images(live, "north") == set()


def test_a_server_that_never_comes_to_an_end_runs_out_of_time(live: Live, ci: Outside) -> None:
    ci.reply = lambda _asked: (202, {})
    assert "Waits for the server to make the image of make" in fails(live, calls(ci, timeout=3))
