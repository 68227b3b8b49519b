"""What a paused release says of words and times that it keeps for later, and does once it is resumed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from portal.access import Ref
from portal.access.ref import RELEASE
from portal.operations.performing import perform
from releases.clock import ring
from releases.models import StepRun
from releases.reasons import Reason
from tests.releases.stage import Stage
from tests.web.reading import said_on

pytestmark = pytest.mark.django_db
PAGE = "/t/boutique/apps/shop/releases/2/"
JOB = {"kind": "job", "name": "migrate", "process": "web", "command": "migrate", "retries": 1, "backoff": 60}
NEEDS = {"kind": "apply", "name": "needs", "part": "needs"}
BRING = {"kind": "apply", "name": "bring", "part": "workloads"}
LATER = "It is paused: that begins once it is resumed."
HELD = "It is tried again once the release is resumed."


def begun(*steps: dict[str, Any], failures: int = 0) -> Stage:
    """Release 2 waits at the first of these steps on north."""
    stage = Stage()
    stage.deployed()
    stage.on_app("release.waves", failures=failures)
    stage.on_app("release.strategy", kind="rolling", steps=[*steps, BRING])
    stage.on_app("image.set", process="web", image="registry.example.com/shop:crash")
    stage.on_app("release.start")
    return stage


def foretold(stage: Stage, operation: str, **data: Any) -> str:
    ref = Ref(RELEASE, "boutique", "shop", 2)
    preview = perform(operation, actor=stage.bob, ref=ref, data=data, dry_run=True).preview
    assert preview is not None
    return preview.happens


def test_a_job_whose_further_attempt_comes_due_is_made_once_it_is_resumed() -> None:
    stage = begun(NEEDS, JOB)
    stage.tells("RunJob", Reason("refused", {"cluster": "north", "words": "no"}))
    stage.on_release("release.pause", 2)
    assert HELD in said_on(PAGE, stage.people.bob)
    due = timezone.now() - timedelta(seconds=1)
    StepRun.objects.filter(state="watching").update(started=due, wake_at=due)
    ring(timezone.now())
    assert stage.sent() == [] and HELD in said_on(PAGE, stage.people.bob)
    assert StepRun.objects.get(state="watching").why.startswith(HELD)
    stage.on_release("release.resume", 2)
    assert [row.payload["effect"]["effect"] for row in stage.sent()] == ["RunJob"]


def test_the_preview_of_a_pause_says_that_nothing_is_tried_again() -> None:
    assert foretold(begun(NEEDS, JOB), "release.pause") == (
        "No further step of release 2 begins, and none is tried again, until it is resumed; what is under way goes on."
    )


def test_what_is_tried_again_in_a_paused_release_begins_once_it_is_resumed() -> None:
    stage = begun(failures=1)
    stage.work()
    stage.crashes(stage.north, restarts=3)
    stage.work()
    again = "Release 2 attempts the step that failed on north again."
    assert foretold(stage, "release.retry", cluster="north") == again
    stage.on_release("release.pause", 2)
    assert foretold(stage, "release.retry", cluster="north") == f"{again} {LATER}"
    stage.on_release("release.retry", 2, cluster="north")
    assert "The next step begins once the release is resumed." in said_on(PAGE, stage.people.bob)
    runs = StepRun.objects.filter(cluster_id=stage.north.pk)
    known = runs.count()
    stage.on_release("release.resume", 2)
    assert runs.count() == known + 1


def test_whoever_lets_a_paused_release_go_on_is_told_that_it_has_to_be_resumed() -> None:
    stage = begun({"kind": "pause", "name": "look", "seconds": -1})
    stage.work()
    on = "Release 2 goes on with what it waits to do."
    assert foretold(stage, "release.promote") == on
    stage.on_release("release.pause", 2)
    assert foretold(stage, "release.promote") == f"{on} {LATER}"
