"""New instances crash while a canary waits: that is told on its page, in the API and before a word; then it fails."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from portal.access import Ref
from portal.access.ref import RELEASE
from portal.operations.performing import perform
from releases import clock
from releases.models import StepRun
from tests import cast
from tests.releases.canary import HOST, Canary
from tests.web.reading import said_on

pytestmark = pytest.mark.django_db
PAGE = "/t/boutique/apps/shop/releases/2/"
CRASHES = "web keeps crashing on north: panic: no such table · exit code 1. Read its log."
TOLD = f"New instances are in trouble. {CRASHES}"
HELD = "The release is paused, so it holds; once it is resumed, it fails for that."
BATCH = {"kind": "batch", "name": "one", "replicas": "1"}
PAUSE = {"kind": "pause", "name": "look", "seconds": -1}
APPROVAL = {"kind": "approval", "name": "ok", "count": 1, "author": True}


@pytest.fixture
def stage() -> Canary:
    """Release 2 waits at its first pause, with a quarter of the traffic on the new instance, on both clusters."""
    return begun()


def begun(*steps: dict[str, Any]) -> Canary:
    """Release 2, by these steps if any, waits on both clusters; it goes back by itself when new instances crash."""
    stage = Canary()
    if steps:
        stage.on_app("release.strategy", kind="canary", steps=list(steps))
    stage.on_app("release.auto_rollback", on=True, crash_loop=True)
    stage.waits()
    return stage


def waiting(stage: Canary) -> StepRun:
    return StepRun.objects.get(release__number=2, cluster_id=stage.north.pk, state="watching")


def in_the_api(stage: Canary) -> str:
    headers = cast.token_header(stage.people.vera, tenant=stage.people.boutique)
    answer = cast.browser().get("/api/v1/tenants/boutique/apps/shop/releases/2", headers=headers).json()
    return str({one["cluster"]: one["reason"] for one in answer["targets"]}["north"])


def warned(stage: Canary, operation: str, **data: Any) -> list[str]:
    ref = Ref(RELEASE, "boutique", "shop", 2)
    preview = perform(operation, actor=stage.bob, ref=ref, data=data, dry_run=True).preview
    return list(preview.warnings) if preview else []


def test_it_is_told_beside_what_it_waits_for(stage: Canary) -> None:
    assert TOLD not in said_on(PAGE, stage.people.bob)
    stage.hurts(stage.north)
    both = f"Waits until somebody lets it go on. {TOLD}"
    assert both in said_on(PAGE, stage.people.bob)
    assert in_the_api(stage) == both


def test_when_it_has_lasted_the_release_goes_back_by_itself(stage: Canary) -> None:
    stage.hurts(stage.north)
    run = waiting(stage)
    assert run.wake_at is not None and run.wake_at - timezone.now() < timedelta(seconds=9)
    clock.ring(timezone.now())
    assert waiting(stage).pk == run.pk
    stage.hurts(stage.north, ago=9)
    release = stage.release(2)
    assert release.state == "rolling_back" and release.why == CRASHES


def test_without_another_word_of_the_cluster_the_clock_sees_to_it(stage: Canary) -> None:
    stage.hurts(stage.north)
    later = timezone.now() + timedelta(seconds=9)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timezone, "now", lambda: later)
        clock.ring(later)
    assert stage.release(2).state == "rolling_back"


def test_an_image_that_is_refused_after_a_while_counts_too(stage: Canary) -> None:
    stage.hurts(stage.north, reason="ImagePullBackOff", ago=21)
    assert stage.release(2).why.startswith("north cannot pull the image of web: ")


def test_old_instances_in_trouble_are_not_the_fault_of_what_is_new(stage: Canary) -> None:
    stage.hurts(stage.north, ago=600, track="stable")
    assert waiting(stage).state == "watching" and stage.release(2).state == "running"
    assert "New instances are in trouble" not in said_on(PAGE, stage.people.bob)
    assert warned(stage, "release.promote") == []


def test_whoever_lets_it_go_on_is_warned(stage: Canary) -> None:
    assert warned(stage, "release.promote") == []
    stage.hurts(stage.north)
    assert warned(stage, "release.promote") == [TOLD]
    assert TOLD in warned(stage, "release.promote_full")
    assert warned(stage, "release.skip", cluster="north") == [TOLD]
    assert warned(stage, "release.skip", cluster="south") == []
    assert warned(stage, "route.weight", host=HOST, canary=50) == [TOLD]
    assert warned(stage, "route.weight", host=HOST, canary=0) == []


def test_so_is_whoever_approves() -> None:
    stage = begun(BATCH, APPROVAL)
    stage.hurts(stage.north)
    ref = Ref(RELEASE, "boutique", "shop", 2)
    told = perform("release.approve", actor=cast.actor(stage.people.alice), ref=ref, data={}, dry_run=True).preview
    assert told is not None and list(told.warnings) == [TOLD]


def test_a_paused_release_holds_and_tells_so(stage: Canary) -> None:
    stage.on_release("release.pause", 2)
    stage.hurts(stage.north, ago=60)
    assert stage.release(2).state == "paused" and waiting(stage).state == "watching"
    assert f"{TOLD} {HELD}" in said_on(PAGE, stage.people.bob)
    assert warned(stage, "release.resume") == [TOLD]
    stage.on_release("release.resume", 2)
    assert stage.release(2).state == "rolling_back"


def test_one_that_is_paused_between_two_steps_tells_it_too(stage: Canary) -> None:
    stage.on_release("release.pause", 2)
    stage.on_release("release.promote", 2)
    stage.hurts(stage.north, ago=60)
    assert f"The next step begins once the release is resumed. {TOLD} {HELD}" in said_on(PAGE, stage.people.bob)


def test_what_is_planned_for_a_failure_comes_first() -> None:
    mourn = {"kind": "note", "name": "mourn", "text": "Tell the shop", "when": "on-failure"}
    stage = begun(BATCH, PAUSE, mourn)
    stage.hurts(stage.north, ago=60)
    assert waiting(stage).why == "Tell the shop" and stage.release(2).state == "running"
    stage.on_release("release.promote", 2)
    assert stage.release(2).state == "rolling_back"
