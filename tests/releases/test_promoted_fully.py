"""Going on to the end: what it says before, what it goes past, and where it is offered."""

from __future__ import annotations

import re
from typing import Any

import pytest

from portal.access import Ref
from portal.access.ref import RELEASE
from portal.audit.models import AuditEntry
from portal.errors import Refused
from portal.operations.performing import perform
from portal.operations.subject import Preview
from releases.models import StepRun
from tests import cast
from tests.releases.stage import Stage
from tests.web.test_pages_stuck import found, offered

pytestmark = pytest.mark.django_db
NEW = "registry.example.com/shop:2"
APPROVAL = {"kind": "approval", "name": "ok"}
BRING = {"kind": "apply", "name": "bring"}
PAGE = "/t/boutique/apps/shop/releases/2/"
TITLE = "Go on to the end…"


def pause(name: str, seconds: int = -1) -> dict[str, Any]:
    return {"kind": "pause", "name": name, "seconds": seconds}


@pytest.fixture
def stage() -> Stage:
    """Release 2 waits on both clusters for a word; behind that come an approval and two more pauses."""
    stage = Stage()
    stage.on_app("release.waves", across="together")
    stage.deployed()
    note = {"kind": "note", "name": "call", "text": "Call the shop"}
    steps = [pause("look"), APPROVAL, pause("again", 3_600), note, BRING]
    stage.on_app("release.strategy", kind="rolling", steps=steps)
    stage.on_app("image.set", process="web", image=NEW)
    stage.on_app("release.start")
    stage.work()
    return stage


def waits_for() -> set[str]:
    runs = StepRun.objects.filter(release__number=2, state="watching")
    return set(runs.values_list("reason__code", flat=True))


def shown(stage: Stage) -> Preview:
    ref = Ref(RELEASE, "boutique", "shop", 2)
    preview = perform("release.promote_full", actor=stage.bob, ref=ref, data={}, dry_run=True).preview
    assert preview is not None
    return preview


def test_it_goes_to_the_end_but_for_what_others_have_to_say(stage: Stage) -> None:
    stage.on_release("release.promote_full", 2)
    assert waits_for() == {"waits_for_approval"}
    alice = cast.actor(stage.people.alice)
    perform("release.approve", actor=alice, ref=Ref(RELEASE, "boutique", "shop", 2), data={})
    stage.finish(NEW)
    assert stage.release(2).state == "succeeded"


def test_before_it_is_said_what_it_goes_past_and_where_it_waits_still(stage: Stage) -> None:
    preview = shown(stage)
    words = "past “Wait for a person: look”, “Wait 3600 seconds: again”, “By hand: call”."
    assert preview.happens == f"Release 2 goes on to its end, {words}"
    assert list(preview.warnings) == ["It still waits at “Approval: ok”."]
    stage.on_release("release.pause", 2)
    assert str(shown(stage).happens).endswith("It is paused: that begins once it is resumed.")


def test_it_is_refused_where_it_would_change_nothing(stage: Stage) -> None:
    stage.on_release("release.promote_full", 2)
    with pytest.raises(Refused, match="to its end already: bob said so"):
        stage.on_release("release.promote_full", 2)
    stage.on_app("release.strategy", kind="rolling", steps=[APPROVAL, BRING])
    stage.on_app("release.start", supersede=True)
    stage.work()
    with pytest.raises(Refused, match="Nothing that is left of release 3 waits for somebody who lets it go on"):
        stage.on_release("release.promote_full", 3)


def test_the_log_has_it(stage: Stage) -> None:
    stage.on_release("release.promote_full", 2)
    entry = AuditEntry.objects.filter(operation="release.promote_full").get()
    assert entry.actor_name == "bob"


def test_the_page_and_ctrl_k_lead_to_its_form(stage: Stage) -> None:
    url = offered(stage.people.bob, PAGE)[TITLE]
    assert url in found(stage.people.bob, "go on to the end", at=PAGE)
    assert TITLE not in offered(stage.people.vera, PAGE)
    client = cast.signed_in(stage.people.bob)
    form = client.get(url).text
    assert "It still waits at “Approval: ok”." in re.sub(r"\s+", " ", form)
    assert client.post(url, {"version": 1}).status_code == 303
    assert TITLE not in offered(stage.people.bob, PAGE)
