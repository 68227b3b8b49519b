"""What a stopped app takes on holds at what people planned, but for what only instances can tell."""

from __future__ import annotations

from typing import Any

import pytest

from portal.access import Ref
from portal.access.ref import APP, RELEASE
from portal.operations.performing import perform
from portal.operations.subject import Preview
from releases.models import Step, StepRun
from tests import cast
from tests.releases.stage import Stage
from tests.web.reading import said_on

pytestmark = pytest.mark.django_db
OLD, NEW = ("registry.example.com/shop:1", "registry.example.com/shop:2")
BATCH = {"kind": "batch", "name": "quarter", "replicas": "25%"}
APPROVAL = {"kind": "approval", "name": "ok"}
JOB = {"kind": "job", "name": "migrate", "process": "web", "command": "migrate"}


@pytest.fixture
def stage() -> Stage:
    """Image 1 was deployed and stopped; the draft has image 2."""
    stage = Stage()
    stage.on_app("release.waves", across="together")
    stage.deployed(OLD)
    stage.on_app("app.stop")
    stage.stops()
    stage.on_app("image.set", process="web", image=NEW)
    return stage


def plan(stage: Stage, *steps: dict[str, Any], kind: str = "canary", **data: Any) -> None:
    stage.on_app("release.strategy", kind=kind, steps=list(steps), **data)


def shown(stage: Stage, operation: str = "release.start", **data: Any) -> Preview:
    preview = perform(operation, actor=stage.bob, ref=Ref(APP, "boutique", "shop"), data=data, dry_run=True).preview
    assert preview is not None
    return preview


def said(stage: Stage, **data: Any) -> str:
    return " ".join(map(str, shown(stage, **data).warnings))


def kinds(number: int) -> list[str]:
    return list(Step.objects.filter(release__number=number, back=False).values_list("kind", flat=True))


def waits(number: int, code: str = "waits_for_approval") -> bool:
    return StepRun.objects.filter(release__number=number, state="watching", reason__code=code).exists()


def start(stage: Stage) -> int:
    number = int(stage.on_app("release.start").result["release"])
    stage.work()
    return number


def approve(stage: Stage, number: int) -> None:
    alice, ref = cast.actor(stage.people.alice), Ref(RELEASE, "boutique", "shop", number)
    perform("release.approve", actor=alice, ref=ref, data={})


def test_an_approval_is_asked_for_and_a_job_runs_before_anything_is_written(stage: Stage) -> None:
    plan(stage, BATCH, APPROVAL, JOB)
    number = start(stage)
    assert waits(number)
    assert kinds(number) == ["apply", "approval", "job", "apply", "set_replicas", "wait_ready", "apply", "prune"]
    approve(stage, number)
    ended = {"ended": {"well": True, "words": ""}, "output": {}}
    for _cluster in (stage.north, stage.south):
        stage.tells("RunJob", ended)
    stage.stops()
    assert stage.release(number).state == "succeeded"
    assert [row["replicas"] for target in stage.release(number).targets.all() for row in target.workloads] == [0, 0]


def test_whoever_rejects_it_leaves_what_was_there_to_be_started(stage: Stage) -> None:
    plan(stage, BATCH, APPROVAL)
    number = start(stage)
    alice, ref = cast.actor(stage.people.alice), Ref(RELEASE, "boutique", "shop", number)
    perform("release.reject", actor=alice, ref=ref, data={"comment": "It loses orders"})
    assert stage.release(number).state == "failed"
    stage.on_app("app.start")
    stage.finish(OLD)
    assert stage.release(number + 1).revision_id == stage.release(1).revision_id


def test_the_page_says_what_is_left_out(stage: Stage) -> None:
    plan(stage, BATCH, APPROVAL, {"kind": "soak", "name": "look", "lasts": 60})
    told = said(stage)
    assert "is stopped, and stays so" in told
    assert "Left out, because it is stopped: quarter, look" in told
    assert [step["kind"] for step in shown(stage).course[0]["steps"]][:2] == ["apply", "approval"]


def told_of(stage: Stage, number: int) -> tuple[str, list[str]]:
    """What the page of a release, and the API, tell of it."""
    api = cast.signed_in(stage.people.bob).get(f"/api/v1/tenants/boutique/apps/shop/releases/{number}").json()
    return said_on(f"/t/boutique/apps/shop/releases/{number}/", stage.people.bob), api["left_out"]


def test_its_page_still_says_what_was_left_out_once_it_is_over(stage: Stage) -> None:
    check = {"kind": "http-check", "name": "probe", "process": "web"}
    plan(stage, BATCH, check, APPROVAL, {**JOB, "condition": "steps.probe.output.failures == 0"})
    number = start(stage)
    approve(stage, number)
    stage.stops()
    assert stage.release(number).state == "succeeded"
    stage.on_app("app.start")
    stage.finish(NEW)
    sentences = [
        "Left out, because the app was stopped: quarter, probe. That takes instances that run.",
        "Left out, because it uses what these would have given: migrate.",
    ]
    page, by_api = told_of(stage, number)
    assert by_api == sentences and all(one in page for one in sentences)
    page, by_api = told_of(stage, number + 1)
    assert by_api == [] and "Left out" not in page


def test_nothing_is_said_to_be_left_out_of_what_ran(stage: Stage) -> None:
    page, by_api = told_of(stage, 1)
    assert by_api == [] and "Left out" not in page


@pytest.mark.parametrize("kind", ["batches", "blue-green"])
def test_the_page_says_that_there_is_nothing_to_replace(stage: Stage, kind: str) -> None:
    stage.on_app("release.strategy", kind=kind)
    assert f"It does not go by its strategy ({kind})" in said(stage)
    number = start(stage)
    assert "trade" not in kinds(number)
    (sentence,) = told_of(stage, number)[1]
    assert sentence == f"It went without its strategy ({kind}): nothing ran that could be replaced bit by bit."


def test_what_uses_an_output_that_is_left_out_goes_with_it_and_who_has_to_be_asked_is_asked(stage: Stage) -> None:
    check = {"kind": "http-check", "name": "probe", "process": "web"}
    reads = "steps.probe.output.failures == 0"
    plan(stage, BATCH, check, {**JOB, "condition": reads}, {**APPROVAL, "condition": reads})
    told = said(stage)
    assert "quarter, probe" in told and "migrate" in told and "ok" in told
    number = start(stage)
    assert waits(number) and not {"job", "http_check"} & set(kinds(number))


def test_what_goes_back_and_never_ran_holds_as_well(stage: Stage) -> None:
    stage.on_app("app.start")
    stage.finish(OLD)
    stage.on_app("env.set", env=[{"name": "COLOUR", "value": "blue"}])
    stage.deployed(NEW)
    stage.on_app("app.stop")
    stage.stops()
    plan(stage, BATCH, APPROVAL)
    number = int(stage.on_app("release.rollback", release=1, what="image").result["release"])
    stage.work()
    assert waits(number)
    assert "Left out, because it is stopped: quarter" in " ".join(
        map(str, shown(stage, "release.rollback", release=1, what="image", supersede=True).warnings)
    )


def test_what_ran_comes_back_at_once(stage: Stage) -> None:
    plan(stage, BATCH, APPROVAL)
    number = int(stage.on_app("release.rollback", release=1).result["release"])
    stage.stops()
    assert stage.release(number).state == "succeeded"
