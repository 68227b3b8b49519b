"""Every wait that is open beside another is told, by name: on the lane of its cluster, and in the API. And that a
release which is paused does not go on by itself, whatever time is over.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from releases.clock import ring
from releases.models import StepRun
from tests import cast
from tests.releases.stage import Stage
from tests.web.reading import said_on

pytestmark = pytest.mark.django_db
PAGE = "/t/boutique/apps/shop/releases/2/"
BRING = {"kind": "apply", "name": "bring"}


def begun(*steps: dict[str, Any]) -> Stage:
    """Release 2 waits at the first of these steps on both clusters."""
    stage = Stage()
    stage.on_app("release.waves", across="together")
    stage.deployed()
    stage.on_app("release.strategy", kind="rolling", steps=[*steps, BRING])
    stage.on_app("image.set", process="web", image="registry.example.com/shop:2")
    stage.on_app("release.start")
    stage.work()
    return stage


def told(stage: Stage) -> str:
    """What the API says of north."""
    headers = cast.token_header(stage.people.vera, tenant=stage.people.boutique)
    answer = cast.browser().get("/api/v1/tenants/boutique/apps/shop/releases/2", headers=headers).json()
    return str({one["cluster"]: one["reason"] for one in answer["targets"]}["north"])


def test_where_the_last_branch_ended_first_the_others_are_told() -> None:
    stage = begun(
        {"kind": "approval", "name": "ours", "beside": "g/a"},
        {"kind": "pause", "name": "look", "seconds": -1, "beside": "g/b"},
    )
    both = "Approval: ours: 0 of 1 people have approved. Wait for a person: look: Waits until somebody lets it go on."
    assert both in said_on(PAGE, stage.people.bob) and told(stage) == both
    stage.on_release("release.promote", 2)
    one = "0 of 1 people have approved."
    said = said_on(PAGE, stage.people.bob)
    assert one in said and "Waits until somebody" not in said
    assert told(stage) == one


def test_of_one_wait_alone_the_api_tells_it_too() -> None:
    stage = begun({"kind": "pause", "name": "look", "seconds": -1})
    assert told(stage) == "Waits until somebody lets it go on."


def test_while_it_is_paused_nothing_goes_on_by_itself_and_that_is_said() -> None:
    stage = begun({"kind": "pause", "name": "look", "seconds": 60}, {"kind": "pause", "name": "again", "seconds": -1})
    itself = "Goes on by itself at"
    assert itself in told(stage)
    before = said_on(PAGE, stage.people.bob).count(itself)
    stage.on_release("release.pause", 2)
    said = said_on(PAGE, stage.people.bob)
    assert said.count(itself) == before - 2, "the timeline tells what was, the two lanes what is"
    assert itself not in told(stage)
    assert "but the release is paused: it goes on once that is resumed." in said
    assert "the release is paused" in told(stage)

    over = timedelta(seconds=61)
    for run in StepRun.objects.filter(release__number=2, state="watching"):
        StepRun.objects.filter(pk=run.pk).update(started=run.started - over, wake_at=run.started)
    ring(timezone.now())
    assert not StepRun.objects.filter(release__number=2, state="watching").exists()
    rests = "The next step begins once the release is resumed."
    assert rests in said_on(PAGE, stage.people.bob) and told(stage) == rests
    stage.on_release("release.resume", 2)
    assert told(stage) == "Waits until somebody lets it go on."
