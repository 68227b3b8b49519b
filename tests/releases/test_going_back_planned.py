"""Going back to a mix that never ran: it goes as a deploy does, by what people planned for the app."""

from __future__ import annotations

from typing import Any

import pytest

from apps_mgmt.spec import load
from portal.access import Ref
from portal.access.ref import APP, RELEASE
from portal.errors import Forbidden, Refused
from portal.operations.performing import perform
from portal.operations.subject import Preview
from releases import holding
from releases.models import Step, StepRun
from tests import cast
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db
OLD, NEW = ("registry.example.com/shop:1", "registry.example.com/shop:2")
APPROVAL = {"kind": "approval", "name": "ok"}
APPLY = {"kind": "apply", "name": "write"}
BATCH = {"kind": "batch", "name": "rest", "replicas": "100%"}
CALL = {"kind": "http-call", "name": "tell", "url": "https://ci.example.com/x", "condition": "false"}
SAID = "never ran together"
PARTS = ["image", "configuration"]


@pytest.fixture
def stage() -> Stage:
    """Deployed is image 1 with COLOUR red; image 2 and COLOUR blue wait for an approval, as release 2."""
    stage = Stage()
    stage.on_app("release.waves", across="together")
    stage.on_app("env.set", env=[{"name": "COLOUR", "value": "red"}])
    stage.deployed(OLD)
    stage.on_app("release.strategy", kind="canary", steps=[APPROVAL, BATCH])
    stage.on_app("env.set", env=[{"name": "COLOUR", "value": "blue"}])
    stage.on_app("image.set", process="web", image=NEW)
    stage.on_app("release.start")
    stage.work()
    assert asks(2)
    return stage


def asks(number: int) -> bool:
    """Whether a release waits for somebody who approves it."""
    return StepRun.objects.filter(release__number=number, state="watching", reason__code="waits_for_approval").exists()


def back(stage: Stage, **data: Any) -> int:
    return int(stage.on_app("release.rollback", **data).result["release"])


def shown(stage: Stage, **data: Any) -> Preview:
    ref = Ref(APP, "boutique", "shop")
    preview = perform("release.rollback", actor=stage.bob, ref=ref, data=data, dry_run=True).preview
    assert preview is not None
    return preview


def alice(stage: Stage, operation: str, number: int, **data: Any) -> None:
    perform(operation, actor=cast.actor(stage.people.alice), ref=Ref(RELEASE, "boutique", "shop", number), data=data)


def planned(preview: Preview) -> list[str]:
    return [step["kind"] for step in preview.course[0]["steps"]]


def kinds(number: int) -> list[str]:
    return list(Step.objects.filter(release__number=number, back=False).values_list("kind", flat=True))


@pytest.mark.parametrize("what", PARTS)
def test_a_part_of_what_nobody_approved_is_asked_for_again(stage: Stage, what: str) -> None:
    number = back(stage, what=what, supersede=True)
    assert "Apply" in stage.work()
    assert asks(number) and stage.release(number).strategy == "canary"
    assert stage.release(2).state == "superseded"


def test_it_comes_once_somebody_else_approved_it(stage: Stage) -> None:
    stage.on_app("release.strategy", kind="rolling", steps=[APPROVAL, APPLY])
    number = back(stage, what="configuration", supersede=True)
    stage.work()
    with pytest.raises(Forbidden):
        stage.on_release("release.approve", number)
    alice(stage, "release.approve", number)
    stage.finish(NEW)
    assert stage.release(number).state == "succeeded"
    assert not any(SAID in one for one in shown(stage, release=number).warnings), "it ran by now"


@pytest.mark.parametrize("what", PARTS)
def test_the_page_says_so_before(stage: Stage, what: str) -> None:
    preview = shown(stage, what=what, supersede=True)
    assert any(SAID in one and "canary" in one for one in preview.warnings)
    assert "approval" in planned(preview)


@pytest.mark.parametrize("what", PARTS)
def test_where_it_ended_half_way_too(stage: Stage, what: str) -> None:
    alice(stage, "release.approve", 2)
    stage.work()
    stage.on_release("release.abort", 2, after="hold")
    number = back(stage, what=what)
    stage.work()
    assert asks(number)


def test_what_ran_as_a_whole_comes_back_at_once(stage: Stage) -> None:
    preview = shown(stage, supersede=True)
    assert not any(SAID in one for one in preview.warnings) and "approval" not in planned(preview)
    number = back(stage, supersede=True)
    stage.finish(OLD)
    assert stage.release(number).state == "succeeded"


def test_a_part_that_makes_what_ran_comes_back_at_once(stage: Stage) -> None:
    alice(stage, "release.reject", 2, comment="It loses orders")
    stage.on_app("env.set", env=[{"name": "COLOUR", "value": "red"}])
    stage.on_app("release.start")
    stage.work()
    number = back(stage, what="image", supersede=True)
    assert not asks(number) and stage.release(number).strategy == "rolling"


def test_it_goes_as_the_app_would_be_deployed_now_not_as_what_comes_back_was(stage: Stage) -> None:
    stage.on_app("release.hooks", before=[CALL])
    stage.on_app("release.waves", across="one-after-another", pause=-1)
    number = back(stage, what="configuration", supersede=True)
    assert {"approval", "http_call", "gate"} <= set(kinds(number))
    brought = load(stage.release(number).revision.spec).release
    assert (brought.strategy.kind, brought.hooks.before) == ("rolling", ()), "how it goes is no part of what it brings"


def test_what_does_not_fit_the_plan_is_refused_with_what_to_do(stage: Stage) -> None:
    draft = stage.release(2).revision
    web = draft.spec["processes"][0]
    draft.spec["processes"] = [web, {**web, "name": "worker"}]
    draft.save()
    job = {"kind": "job", "name": "migrate", "process": "worker", "command": "true"}
    stage.on_app("release.strategy", kind="canary", steps=[job, APPROVAL, BATCH])
    stage.on_app("release.start", supersede=True)
    with pytest.raises(Refused, match=r"never ran together.*worker.*whole release"):
        stage.on_app("release.rollback", what="configuration", supersede=True)


def test_what_was_taken_on_while_the_app_was_stopped_never_ran(stage: Stage) -> None:
    alice(stage, "release.reject", 2, comment="It loses orders")
    stage.on_app("app.stop")
    stage.stops()
    stage.on_app("release.strategy", kind="rolling", steps=[])
    number = int(stage.on_app("release.start").result["release"])
    stage.stops()
    assert stage.release(number).state == "succeeded"
    back(stage, release=1)
    stage.stops()
    stage.on_app("app.start")
    stage.finish(OLD)
    stage.on_app("release.strategy", kind="canary", steps=[APPROVAL, BATCH])
    forward = back(stage, release=number)
    stage.work()
    assert asks(forward)


def test_a_part_that_queued_behind_what_is_rejected_does_not_begin(stage: Stage) -> None:
    told = " ".join(map(str, shown(stage, what="configuration", wait=True).warnings))
    assert "The images stay those of release 2" in told and "If that does not succeed, this does not begin" in told
    number = back(stage, what="configuration", wait=True)
    alice(stage, "release.reject", 2, comment="It loses orders")
    assert stage.release(number).state == "waiting" and stage.work() == []
    words = holding.kept_by(stage.release(number))
    assert "Release 2" in words and "did not succeed" in words and "Stop it, and roll shop back anew" in words


def test_nor_behind_what_ended_half_way(stage: Stage) -> None:
    number = back(stage, what="image", wait=True)
    stage.on_release("release.abort", 2, after="hold")
    assert stage.release(number).state == "waiting" and holding.kept_by(stage.release(number))


def test_behind_what_succeeds_it_begins_and_is_asked_for(stage: Stage) -> None:
    stage.on_app("release.strategy", kind="rolling", steps=[APPROVAL, APPLY])
    stage.on_app("release.start", supersede=True)
    number = back(stage, what="configuration", wait=True)
    assert holding.kept_by(stage.release(number)) == "", "what is in front of it may succeed yet"
    alice(stage, "release.approve", 3)
    stage.finish(NEW)
    stage.work()
    assert stage.release(3).state == "succeeded" and asks(number)


def test_what_queues_keeps_what_the_last_one_in_front_of_it_brings(stage: Stage) -> None:
    third = "registry.example.com/shop:3"
    stage.on_app("image.set", process="web", image=third)
    stage.on_app("release.start", wait=True)
    number = back(stage, release=1, what="configuration", wait=True)
    assert load(stage.release(number).revision.spec).processes[0].image == third


def test_a_whole_release_that_queues_waits_for_its_turn_alone(stage: Stage) -> None:
    number = back(stage, release=1, wait=True)
    alice(stage, "release.reject", 2, comment="It loses orders")
    stage.finish(OLD)
    assert stage.release(number).state == "succeeded"
