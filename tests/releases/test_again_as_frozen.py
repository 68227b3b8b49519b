"""What never ran, and was rejected or stopped, is released again as it was frozen: at what people planned for it."""

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

pytestmark = pytest.mark.django_db
OLD, NEW = ("registry.example.com/shop:1", "registry.example.com/shop:2")
APPROVAL = {"kind": "approval", "name": "ok"}
BATCH = {"kind": "batch", "name": "half", "replicas": "50%"}
BUILD = {
    "kind": "build", "name": "make", "processes": "web", "url": "https://ci.example.com/build", "method": "POST",
}  # fmt: skip


@pytest.fixture
def stage() -> Stage:
    """Image 1 with COLOUR red went out by itself; image 2 and blue wait for an approval. Release 3 is the way back of
    the configuration alone, which nobody approved either.
    """
    stage = Stage()
    stage.on_app("release.waves", across="together")
    stage.on_app("env.set", env=[{"name": "COLOUR", "value": "red"}])
    stage.deployed(OLD)
    stage.on_app("release.strategy", kind="canary", steps=[APPROVAL, BATCH])
    stage.on_app("env.set", env=[{"name": "COLOUR", "value": "blue"}])
    stage.on_app("image.set", process="web", image=NEW)
    stage.on_app("release.start")
    stage.work()
    stage.on_app("release.rollback", release=1, what="configuration", supersede=True)
    stage.work()
    assert waits(3)
    return stage


def waits(number: int) -> bool:
    """Whether a release waits for somebody who approves it."""
    return StepRun.objects.filter(release__number=number, state="watching", reason__code="waits_for_approval").exists()


def kinds(number: int) -> list[str]:
    return list(Step.objects.filter(release__number=number, back=False).values_list("kind", flat=True))


def end(stage: Stage, how: str) -> None:
    """Release 3 is over, and nothing of it runs."""
    if how == "abort":
        stage.on_release("release.abort", 3, after="roll_back")
    else:
        alice = cast.actor(stage.people.alice)
        ref = Ref(RELEASE, "boutique", "shop", 3)
        perform("release.reject", actor=alice, ref=ref, data={"comment": "It loses orders"})
    stage.finish(OLD)
    assert stage.release(3).state in ("rolled_back", "failed")


def shown(stage: Stage, operation: str, **data: Any) -> Preview:
    preview = perform(operation, actor=stage.bob, ref=Ref(APP, "boutique", "shop"), data=data, dry_run=True).preview
    assert preview is not None
    return preview


@pytest.mark.parametrize("how", ["reject", "abort"])
def test_a_way_back_that_nobody_approved_is_asked_for_again(stage: Stage, how: str) -> None:
    end(stage, how)
    number = int(stage.on_app("release.redeploy", release=3).result["release"])
    stage.work()
    assert waits(number) and kinds(number) == kinds(3)
    assert stage.release(number).strategy == "canary"


def test_the_page_says_so_before(stage: Stage) -> None:
    end(stage, "reject")
    preview = shown(stage, "release.redeploy", release=3)
    assert "approval" in [step["kind"] for step in preview.course[0]["steps"]]
    assert any("as release 3 was planned" in one for one in preview.warnings)


def test_it_goes_as_it_was_frozen_whatever_the_app_is_at_by_now(stage: Stage) -> None:
    end(stage, "reject")
    stage.on_app("release.strategy", kind="rolling", steps=[])
    number = int(stage.on_app("release.redeploy", release=3).result["release"])
    assert kinds(number) == kinds(3)


def test_so_does_the_one_that_is_released_once_more_after_that(stage: Stage) -> None:
    end(stage, "reject")
    number = int(stage.on_app("release.redeploy", release=3).result["release"])
    stage.work()
    stage.on_release("release.abort", number, after="roll_back")
    stage.finish(OLD)
    third = int(stage.on_app("release.redeploy", release=number).result["release"])
    assert kinds(third) == kinds(3)


def test_taking_over_with_it_waits_for_it_too(stage: Stage) -> None:
    end(stage, "reject")
    stage.edited(stage.north)
    number = int(stage.on_app("drift.take_over", cluster="north", of_release=3).result["release"])
    assert kinds(number) == kinds(3)


def test_the_images_that_come_back_are_not_built_anew(stage: Stage) -> None:
    stage.on_app("release.strategy", kind="rolling", steps=[BUILD, APPROVAL, {"kind": "apply", "name": "write"}])
    number = int(stage.on_app("release.rollback", release=1, what="configuration", supersede=True).result["release"])
    stage.work()
    stage.on_release("release.abort", number, after="roll_back")
    stage.finish(OLD)
    again = int(stage.on_app("release.redeploy", release=number).result["release"])
    (build,) = Step.objects.filter(release__number=again, kind="build")
    assert build.options["kept"]
    assert "approval" in kinds(again)


def test_what_ran_goes_again_by_what_was_planned_for_it(stage: Stage) -> None:
    end(stage, "reject")
    number = int(stage.on_app("release.redeploy", release=1).result["release"])
    assert "approval" not in kinds(number)
    preview = shown(stage, "release.redeploy", release=1, supersede=True)
    assert not any("was planned" in one for one in preview.warnings)
