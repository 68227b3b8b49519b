"""What is deployed within a freeze waits for its end, for the freeze to be lifted, or for somebody who overrides it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from portal.access import Ref
from portal.access.ref import APP, PLATFORM, RELEASE, TENANT
from portal.audit.models import AuditEntry
from portal.errors import Conflict, Forbidden, Refused
from portal.operations.outcome import Outcome
from portal.operations.performing import perform
from portal.outbox.models import OutboxRow
from releases import clock, thawing
from releases.models import StepRun
from tenants import freezes
from tests import cast
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    return Stage()


def by_alice(stage: Stage, operation: str, **data: Any) -> Outcome:
    return perform(operation, actor=cast.actor(stage.people.alice), ref=Ref(TENANT, "boutique"), data=data)


def by_olga(stage: Stage, operation: str, **data: Any) -> Outcome:
    return perform(operation, actor=cast.actor(stage.people.olga), ref=Ref(PLATFORM), data=data)


def span(begins: int, ends: int) -> dict[str, str]:
    """From so many days from now until so many, by the clocks of UTC."""
    now = timezone.now()
    days = {"begins": begins, "ends": ends}
    return {name: f"{now + timedelta(days=number):%Y-%m-%dT%H:%M}" for name, number in days.items()}


def overrides(stage: Stage, **data: Any) -> Outcome:
    alice, ref = cast.actor(stage.people.alice), Ref(RELEASE, "boutique", "shop", 1)
    return perform("release.override", actor=alice, ref=ref, data={"note": "It repairs the checkout", **data})


def held(number: int = 1) -> list[StepRun]:
    """The runs of a release that wait for the end of a freeze."""
    return list(StepRun.objects.filter(release__number=number, state="watching", reason__code="frozen"))


def calendar_heard() -> None:
    """A worker hears of every change of a calendar so far."""
    for row in OutboxRow.objects.filter(kind=freezes.CHANGED, state="pending").order_by("id"):
        thawing.CalendarChanged().run(row.payload)
        OutboxRow.objects.filter(pk=row.pk).update(state="done")


def test_a_release_begun_within_a_freeze_waits_with_the_reason_and_until_when(stage: Stage) -> None:
    stage.frozen(days=2)
    stage.on_app("release.start")
    assert stage.work() == []
    (run,) = held()
    ends = timezone.now() + timedelta(days=2)
    assert "Year end" in run.why and "The books are closed" in run.why
    assert run.wake_at is not None and abs(run.wake_at - ends) < timedelta(minutes=2)


def test_the_clock_wakes_it_when_the_freeze_is_over(stage: Stage) -> None:
    stage.frozen(days=2)
    stage.on_app("release.start")
    StepRun.objects.update(wake_at=timezone.now() - timedelta(seconds=1))
    clock.ring(timezone.now())
    assert held(), "it looked too early, and waits on"
    step = stage.release(1).steps.get(kind="freeze")
    step.options["freezes"][0]["ends"] = (timezone.now() - timedelta(seconds=1)).isoformat()
    step.save()
    StepRun.objects.update(wake_at=timezone.now() - timedelta(seconds=1))
    clock.ring(timezone.now())
    assert not held()
    assert stage.work()


def test_deploying_says_before_that_it_will_wait(stage: Stage) -> None:
    stage.frozen()
    ref = Ref(APP, "boutique", "shop")
    preview = perform("release.start", actor=stage.bob, ref=ref, data={}, dry_run=True).preview
    assert preview is not None
    assert "Frozen until" in preview.warnings[0] and "The books are closed" in preview.warnings[0]


def test_going_back_restarting_and_stopping_do_not_wait(stage: Stage) -> None:
    stage.deployed()
    stage.on_app("image.set", process="web", image="registry.example.com/shop:2")
    stage.deployed("registry.example.com/shop:2")
    stage.frozen()
    assert stage.deployed_back() == 3
    assert stage.release(3).state == "succeeded"
    stage.on_app("process.restart")
    stage.finish()
    assert stage.release(4).state == "succeeded"
    stage.on_app("app.stop")
    stage.stops()
    assert stage.release(5).state == "succeeded"


def test_a_freeze_of_another_app_holds_nothing(stage: Stage) -> None:
    stage.on_tenant("app.create", name="other", image="registry.example.com/other:1")
    stage.frozen(only=["other"])
    stage.on_app("release.start")
    assert stage.work()


def test_a_freeze_to_come_holds_only_those_that_reach_it(stage: Stage) -> None:
    by_alice(stage, "freeze.set", name="Later", reason="The sale", **span(3, 4))
    stage.on_app("release.start")
    assert not held()
    assert stage.work()


def test_the_platforms_freeze_holds_the_tenants_it_names(stage: Stage) -> None:
    by_olga(stage, "platform.freeze", name="Move", reason="The machines travel", only=["harbor"], **span(-1, 1))
    stage.on_app("release.start")
    assert not held()
    stage.finish()
    by_olga(stage, "platform.freeze", name="Move", reason="The machines travel", only=[], **span(-1, 1))
    stage.on_app("release.redeploy")
    assert "The machines travel" in held(2)[0].why


def test_whoever_may_approve_overrides_it_with_a_reason_that_is_kept(stage: Stage) -> None:
    stage.frozen()
    stage.on_app("release.start")
    overrides(stage)
    assert not held()
    entry = AuditEntry.objects.get(operation="release.override")
    assert (entry.actor_name, entry.resolved["note"]) == ("alice", "It repairs the checkout")
    assert stage.release(1).timeline.filter(cause="Overridden", actor_name="alice").exists()


def test_one_word_overrides_it_on_clusters_that_come_later_too(stage: Stage) -> None:
    stage.frozen()
    stage.on_app("release.start")
    overrides(stage)
    stage.finish()
    assert stage.release(1).state == "succeeded"


def test_it_is_not_overridden_without_a_reason(stage: Stage) -> None:
    stage.frozen()
    stage.on_app("release.start")
    with pytest.raises(Exception, match="blank"):
        overrides(stage, note="")
    assert held()


def test_who_only_deploys_neither_overrides_nor_skips_it(stage: Stage) -> None:
    stage.frozen()
    stage.on_app("release.start")
    with pytest.raises(Forbidden, match=r"release\.approve"):
        stage.on_release("release.override", 1, note="I want to")
    with pytest.raises(Conflict, match="end of a freeze"):
        stage.on_release("release.skip", 1, cluster="north")
    with pytest.raises(Conflict):
        stage.on_release("release.promote", 1)
    assert held()


def test_nothing_is_overridden_where_nothing_is_frozen(stage: Stage) -> None:
    stage.on_app("release.start")
    with pytest.raises(Conflict, match="no freeze"):
        overrides(stage)


def test_lifting_a_freeze_lets_go_on_what_waited_for_it_alone(stage: Stage) -> None:
    stage.frozen(name="Year end")
    stage.frozen(name="Audit", days=5)
    stage.on_app("release.start")
    by_alice(stage, "freeze.lift", name="Audit")
    calendar_heard()
    assert held(), "the other freeze holds it"
    by_alice(stage, "freeze.lift", name="Year end")
    calendar_heard()
    assert not held()
    assert stage.release(1).timeline.filter(cause="FreezesChanged", actor_name="alice").exists()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (span(2, 1), "ends before it begins"),
        (span(-3, -1), "over already"),
        (span(0, 400), "a year at most"),
        ({**span(0, 1), "time_zone": "Moon/Crater"}, "not a time zone"),
        ({**span(0, 1), "time_zone": "localtime"}, "not a time zone"),
        ({**span(0, 1), "only": ["nothing"]}, "no app nothing"),
    ],
    ids=["backwards", "over", "too long", "nowhere", "of this machine", "of no app"],
)
def test_a_span_that_makes_no_sense_is_refused(stage: Stage, data: dict[str, Any], words: str) -> None:
    with pytest.raises(Refused, match=words):
        by_alice(stage, "freeze.set", name="Odd", reason="odd", **data)


def test_the_clocks_of_the_time_zone_count(stage: Stage) -> None:
    begins, ends = "2099-07-01T12:00", "2099-07-01T14:00"
    by_alice(stage, "freeze.set", name="Noon", begins=begins, ends=ends, reason="Lunch", time_zone="Asia/Shanghai")
    stage.people.boutique.refresh_from_db()
    (found,) = freezes.load(stage.people.boutique.freezes)
    assert f"{found.start:%H:%M} {found.end:%H:%M}" == "04:00 06:00"


@pytest.mark.parametrize(
    ("begins", "ends", "field", "words"),
    [
        ("02:00", "03:00", "begins", "go forward then and skip 02:00. Choose 03:00, or a time before they do."),
        ("01:00", "02:30", "ends", "go forward then and skip 02:30. Choose 03:30, or a time before they do."),
    ],
)
def test_a_time_that_the_clocks_skip_is_told_as_that(
    stage: Stage, begins: str, ends: str, field: str, words: str
) -> None:
    data = {"begins": f"2099-03-29T{begins}", "ends": f"2099-03-29T{ends}", "time_zone": "Europe/Berlin"}
    with pytest.raises(Refused) as refused:
        by_alice(stage, "freeze.set", name="Odd", reason="odd", **data)
    assert refused.value.field == field
    assert f"The clocks of Europe/Berlin {words}" in str(refused.value)


def test_around_the_hour_that_the_clocks_skip_a_freeze_is_an_hour_shorter(stage: Stage) -> None:
    data = {"begins": "2099-03-29T01:00", "ends": "2099-03-29T03:00", "time_zone": "Europe/Berlin"}
    by_alice(stage, "freeze.set", name="Night", reason="Sleep", **data)
    stage.people.boutique.refresh_from_db()
    (found,) = freezes.load(stage.people.boutique.freezes)
    assert found.end - found.start == timedelta(hours=1)
