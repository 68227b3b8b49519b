"""What waits in its first steps is asked again when it is about to bring something, as what waits in the queue is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps_mgmt.app_subject import APP_UNLOCKED
from portal.access import Ref
from portal.access.ref import RELEASE, TENANT
from portal.operations.performing import perform
from portal.outbox import handlers
from portal.outbox.models import OutboxRow
from releases import clock
from releases.models import StepRun
from tenants.records import RESUMED
from tests import cast
from tests.releases.stage import Stage
from tests.releases.test_queue_held import CAUSES, NODES, Doing, does

pytestmark = pytest.mark.django_db
NEW = "registry.example.com/shop:2"
APPROVAL = {"kind": "approval", "name": "look", "count": 1}
KEPT = [one for one in CAUSES if one.id != "isolated"]
causes = pytest.mark.parametrize(("cause", "cure", "words"), KEPT)


def by(stage: Stage, person: str, operation: str, ref: Ref, **data: Any) -> None:
    perform(operation, actor=cast.actor(getattr(stage.people, person)), ref=ref, data=data)


def heard(stage: Stage, *kinds: str) -> None:
    """A worker does what waits of these kinds."""
    for row in OutboxRow.objects.filter(kind__in=kinds, state="pending").order_by("id"):
        handler = handlers.handler_of(row.kind)
        assert handler is not None
        handler.run(row.payload)
        OutboxRow.objects.filter(pk=row.pk).update(state="done")


def thaws(stage: Stage) -> None:
    """The freeze comes to its end, and the clock rings."""
    step, past = stage.release(1).steps.get(kind="freeze"), timezone.now() - timedelta(seconds=1)
    freezes = [{**row, "ends": past.isoformat()} for row in step.options["freezes"]]
    stage.release(1).steps.filter(pk=step.pk).update(options={**step.options, "freezes": freezes})
    StepRun.objects.filter(state="watching", reason__code="frozen").update(wake_at=past)
    clock.ring(timezone.now())


def suspends(stage: Stage) -> None:
    by(stage, "olga", "tenant.suspend", Ref(TENANT, "boutique"), reason="invoice 2211 is open", confirm="boutique")


def resumes(stage: Stage) -> None:
    by(stage, "olga", "tenant.resume", Ref(TENANT, "boutique"))
    heard(stage, RESUMED)


def kept(number: int = 1) -> list[str]:
    """Why runs of the release wait to begin on their clusters."""
    return [
        run.why for run in StepRun.objects.filter(release__number=number, state="watching", reason__code="kept_back")
    ]


@pytest.fixture
def stage() -> Stage:
    """Release 1 waits for the end of a freeze on both clusters; nothing of it is anywhere."""
    stage = Stage()
    stage.on_app("release.waves", across="together")
    stage.frozen()
    stage.on_app("release.start")
    assert stage.work() == []
    return stage


@causes
def test_the_end_of_a_freeze_lets_nothing_pass_that_may_not_begin(
    stage: Stage, cause: Doing, cure: Doing, words: str
) -> None:
    does(stage, cause[0], **cause[1])
    thaws(stage)

    assert stage.work() == []
    assert stage.release(1).state == "running"
    assert any(words in one for one in kept()), kept()


@causes
def test_it_goes_on_by_itself_when_the_cause_is_gone(stage: Stage, cause: Doing, cure: Doing, words: str) -> None:
    does(stage, cause[0], **cause[1])
    thaws(stage)
    does(stage, cure[0], **cure[1])

    assert not kept()
    stage.finish()
    assert stage.release(1).state == "succeeded"


def test_a_cause_that_came_and_went_within_the_freeze_holds_nothing(stage: Stage) -> None:
    does(stage, "platform.rules", registries="other.example.com")
    does(stage, "platform.rules", registries="")
    thaws(stage)
    stage.finish()

    assert stage.release(1).state == "succeeded"


def test_a_suspended_tenant_gets_nothing_until_it_is_resumed(stage: Stage) -> None:
    suspends(stage)
    thaws(stage)
    assert stage.work() == []
    assert "The tenant is suspended." in cast.signed_in(stage.people.bob).get("/t/boutique/apps/shop/releases/1/").text

    resumes(stage)
    stage.finish()
    assert stage.release(1).state == "succeeded"


def test_a_locked_app_gets_nothing_until_it_is_unlocked(stage: Stage) -> None:
    stage.on_app("app.lock", reason="Audit")
    thaws(stage)
    assert stage.work() == []
    assert any("Locked: Audit" in one for one in kept())

    stage.on_app("app.unlock")
    heard(stage, APP_UNLOCKED)
    stage.finish()
    assert stage.release(1).state == "succeeded"


def test_what_was_made_for_another_isolation_is_not_brought(stage: Stage) -> None:
    does(stage, "tenant.isolate", **NODES)
    thaws(stage)

    assert stage.work() == []
    release = stage.release(1)
    assert release.state == "failed"
    assert "The isolation of the tenant was changed after this release was made" in release.why
    assert "Deploy again, so that what it brings is isolated." in release.why


def test_whoever_overrides_the_freeze_lets_nothing_pass_that_may_not_begin_and_is_told(stage: Stage) -> None:
    does(stage, "platform.rules", registries="other.example.com")
    ref, data = Ref(RELEASE, "boutique", "shop", 1), {"note": "It repairs the checkout"}
    alice = cast.actor(stage.people.alice)
    preview = perform("release.override", actor=alice, ref=ref, data=data, dry_run=True).preview
    told = perform("release.override", actor=alice, ref=ref, data=data).result["warnings"]

    assert stage.work() == []
    assert kept() and sorted(told) == sorted(kept())
    assert preview and "It is held before it brings anything to north, south." in preview.warnings[0]


def test_one_that_was_paused_asks_when_it_is_resumed(stage: Stage) -> None:
    suspends(stage)
    thaws(stage)
    stage.on_release("release.pause", 1)
    resumes(stage)
    assert stage.work() == [], "nothing begins while it is paused"

    stage.on_release("release.resume", 1)
    stage.finish()
    assert stage.release(1).state == "succeeded"


def test_what_is_held_can_be_stopped_and_leaves_nothing(stage: Stage) -> None:
    suspends(stage)
    thaws(stage)
    stage.on_release("release.abort", 1)

    assert stage.work() == []
    assert stage.release(1).state == "rolled_back"


def test_time_lets_it_pass_no_more_than_people(stage: Stage) -> None:
    suspends(stage)
    thaws(stage)
    StepRun.objects.filter(state="watching").update(wake_at=timezone.now() - timedelta(seconds=1))
    clock.ring(timezone.now())
    for cluster in (stage.north, stage.south):
        stage.gone(cluster)

    assert stage.work() == []
    assert len(kept()) == 2


def test_an_approval_lets_nothing_pass_that_may_not_begin() -> None:
    stage = Stage()
    stage.on_app("release.strategy", kind="rolling", steps=[APPROVAL, {"kind": "apply", "name": "go"}])
    stage.on_app("release.start")
    assert stage.work() == []
    does(stage, "platform.rules", registries="other.example.com")
    by(stage, "alice", "release.approve", Ref(RELEASE, "boutique", "shop", 1))

    assert stage.work() == []
    assert "It begins when that is allowed again" in kept()[0]
    does(stage, "platform.rules", registries="")
    stage.finish()
    assert stage.release(1).state == "succeeded"


@pytest.fixture
def first_done() -> Stage:
    """Release 2 has gone out on north alone, south comes after it; release 1 ran on both."""
    stage = Stage()
    stage.deployed()
    stage.on_app("image.set", process="web", image=NEW)
    stage.on_app("release.start")
    stage.work()
    return stage


def states(stage: Stage, number: int = 2) -> dict[str, str]:
    return dict(stage.release(number).targets.values_list("cluster_name", "state"))


def test_the_next_cluster_is_not_begun_while_the_tenant_is_suspended(first_done: Stage) -> None:
    suspends(first_done)
    first_done.ready(first_done.north, image=NEW)
    assert "Prune" in first_done.work(on=first_done.north), "what is under way goes on to its end there"

    assert first_done.work() == []
    assert states(first_done) == {"north": "done", "south": "running"}
    assert "The tenant is suspended." in kept(2)[0]

    resumes(first_done)
    first_done.finish(NEW)
    assert states(first_done) == {"north": "done", "south": "done"}


def test_the_way_back_is_never_held(first_done: Stage) -> None:
    suspends(first_done)
    first_done.ready(first_done.north, image=NEW)
    first_done.work()
    first_done.on_release("release.abort", 2)
    first_done.finish()

    assert first_done.release(2).state == "rolled_back"


def test_a_cluster_that_is_done_does_not_hold_the_next_one(first_done: Stage) -> None:
    first_done.ready(first_done.north, image=NEW)
    olga = cast.actor(first_done.people.olga)
    data = {"reason": "production"}
    perform("cluster.restrict", actor=olga, ref=Ref("cluster", cluster="north"), data=data)
    first_done.finish(NEW)

    assert first_done.release(2).state == "succeeded"
