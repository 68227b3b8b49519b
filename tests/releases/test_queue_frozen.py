"""What waits for its turn keeps to the calendar of its turn, not to that of the day on which somebody queued it."""

from __future__ import annotations

from typing import Any

import pytest

from portal.access import Ref
from portal.access.ref import APP, RELEASE, TENANT
from portal.audit.models import AuditEntry
from portal.errors import Forbidden
from portal.operations.performing import perform
from portal.outbox.models import OutboxRow
from releases import holding, thawing
from releases.models import Step, StepRun
from tenants import freezes
from tests import cast
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db
NEW, NEXT = "registry.example.com/shop:2", "registry.example.com/shop:3"


@pytest.fixture
def stage() -> Stage:
    """Release 1 runs; 2, with image 2, is under way, and 3, with image 3, waits behind it."""
    stage = Stage()
    stage.deployed()
    stage.on_app("image.set", process="web", image=NEW)
    stage.on_app("release.start")
    stage.work()
    stage.on_app("image.set", process="web", image=NEXT)
    stage.on_app("release.start", wait=True)
    return stage


def by_alice(stage: Stage, operation: str, ref: Ref, **data: Any) -> Any:
    return perform(operation, actor=cast.actor(stage.people.alice), ref=ref, data=data)


def front_ends(stage: Stage) -> None:
    stage.on_release("release.abort", 2)
    stage.finish()
    assert stage.release(2).state == "rolled_back"


def waits(number: int) -> list[str]:
    """Why the release waits for the end of a freeze; nothing where it does not."""
    return [run.why for run in StepRun.objects.filter(release__number=number, state="watching", reason__code="frozen")]


def kinds(number: int) -> list[str]:
    return list(Step.objects.filter(release__number=number, back=False).values_list("kind", flat=True))


def test_a_freeze_that_came_while_it_waited_holds_it_at_its_turn(stage: Stage) -> None:
    steps = kinds(3)
    stage.frozen()
    front_ends(stage)

    assert "Year end" in waits(3)[0] and "The books are closed" in waits(3)[0]
    assert stage.work() == []
    assert kinds(3) == ["freeze", *steps]


def test_it_goes_on_when_the_freeze_is_lifted(stage: Stage) -> None:
    stage.frozen()
    front_ends(stage)
    by_alice(stage, "freeze.lift", Ref(TENANT, "boutique"), name="Year end")
    for row in OutboxRow.objects.filter(kind=freezes.CHANGED, state="pending").order_by("id"):
        thawing.CalendarChanged().run(row.payload)

    assert not waits(3)
    stage.finish(NEXT)
    assert stage.release(3).state == "succeeded"


def test_whoever_may_approve_overrides_it_and_that_is_kept(stage: Stage) -> None:
    stage.frozen()
    front_ends(stage)
    with pytest.raises(Forbidden, match=r"release\.approve"):
        stage.on_release("release.override", 3, note="I want to")
    by_alice(stage, "release.override", Ref(RELEASE, "boutique", "shop", 3), note="It repairs the checkout")

    assert not waits(3)
    entry = AuditEntry.objects.get(operation="release.override", outcome="done")
    assert (entry.actor_name, entry.resolved["note"]) == ("alice", "It repairs the checkout")
    stage.finish(NEXT)
    assert stage.release(3).state == "succeeded"


def test_a_freeze_that_came_and_went_holds_nothing(stage: Stage) -> None:
    stage.frozen()
    stage.on_app("release.start", wait=True)
    assert "freeze" in kinds(4)
    by_alice(stage, "freeze.lift", Ref(TENANT, "boutique"), name="Year end")
    stage.on_release("release.abort", 3)
    front_ends(stage)

    assert not waits(4)
    stage.finish(NEXT)
    assert stage.release(4).state == "succeeded"


def test_coming_forward_after_what_was_in_front_went_back_waits(stage: Stage) -> None:
    stage.on_release("release.abort", 3)
    stage.finish(NEW)
    assert stage.release(2).state == "succeeded"
    stage.frozen()
    stage.on_app("release.rollback", release=1)
    stage.on_app("release.rollback", release=2, wait=True)
    assert "freeze" not in kinds(5), "it brings what runs now"
    stage.finish()

    assert stage.release(4).state == "succeeded"
    assert waits(5)


def test_what_goes_back_still_does_not_wait(stage: Stage) -> None:
    stage.on_release("release.abort", 3)
    stage.on_app("release.rollback", release=1, wait=True)
    stage.frozen()
    stage.finish(NEW)

    assert (stage.release(2).state, waits(4)) == ("succeeded", [])


def test_its_page_says_before_its_turn_that_it_will_wait(stage: Stage) -> None:
    stage.frozen()

    said = holding.waits_for(stage.release(3))
    assert said.startswith("It begins when release 2 is over. Frozen until")
    assert said.endswith(
        "The release waits until then, or until somebody who may approve releases overrides it (release.override)."
    )


def test_deploying_behind_another_one_in_a_freeze_is_still_told_before(stage: Stage) -> None:
    stage.frozen()
    ref = Ref(APP, "boutique", "shop")
    preview = perform("release.start", actor=stage.bob, ref=ref, data={"wait": True}, dry_run=True).preview
    assert preview is not None
    assert any("Frozen until" in one for one in preview.warnings)
