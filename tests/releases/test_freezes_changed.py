"""A freeze that people change after something waits for it: what holds is the calendar as it is now."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from portal.access import Ref
from portal.access.ref import PLATFORM, RELEASE, TENANT
from portal.operations.performing import perform
from portal.outbox.models import OutboxRow
from releases import changes, clock, thawing
from releases.api.shapes import release_detail
from releases.loading import snapshot_of
from releases.models import Release, Step, StepRun, Target, TimelineEvent
from releases.pages import timeline_figures
from tenants import freezes
from tests import cast
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db
NEW, NEXT = "registry.example.com/shop:2", "registry.example.com/shop:3"


@pytest.fixture
def stage() -> Stage:
    """Release 1 waits for the end of a freeze of two days."""
    stage = Stage()
    stage.frozen(days=2)
    stage.on_app("release.start")
    calendar_heard()
    return stage


def by_alice(stage: Stage, operation: str, **data: Any) -> None:
    perform(operation, actor=cast.actor(stage.people.alice), ref=Ref(TENANT, "boutique"), data=data)
    calendar_heard()


def sets(stage: Stage, **data: Any) -> None:
    stage.frozen(**data)
    calendar_heard()


def calendar_heard() -> None:
    """A worker hears of every change of a calendar so far."""
    for row in OutboxRow.objects.filter(kind=freezes.CHANGED, state="pending").order_by("id"):
        thawing.CalendarChanged().run(row.payload)
        OutboxRow.objects.filter(pk=row.pk).update(state="done")


def held() -> dict[str, datetime | None]:
    """Cluster → when it is woken, of those that wait for the end of a freeze."""
    names = {row.cluster_id: row.cluster_name for row in Target.objects.all()}
    runs = StepRun.objects.filter(state="watching", reason__code="frozen")
    return {names[run.cluster_id]: run.wake_at for run in runs}


def days(count: int) -> datetime:
    return timezone.now() + timedelta(days=count)


def is_near(moment: datetime | None, other: datetime) -> bool:
    return moment is not None and abs(moment - other) < timedelta(minutes=2)


@pytest.mark.parametrize("count", [1, 9], ids=["earlier", "later"])
def test_what_waits_waits_for_the_new_end_and_says_so(stage: Stage, count: int) -> None:
    sets(stage, days=count)
    end = stage.day(count)
    assert is_near(held()["north"], end)
    assert not OutboxRow.objects.filter(kind=freezes.CHANGED, state="pending").exists()
    said = {row["cluster"]: row["reason"] for row in release_detail(stage.release(1))["targets"]}
    assert f"Frozen until {end:%Y-%m-%d %H:%M} UTC" in said["north"]
    assert str(StepRun.objects.get(state="watching").why) == said["north"]


def test_the_clock_lets_it_go_on_at_the_new_end(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    sets(stage, days=1)
    with monkeypatch.context() as later:
        later.setattr(timezone, "now", lambda: datetime.now(tz=timezone.get_current_timezone()) + timedelta(days=1))
        clock.ring(timezone.now())
    assert not held()
    assert stage.work()


def test_a_freeze_made_longer_holds_beyond_its_old_end(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    sets(stage, days=9)
    with monkeypatch.context() as later:
        later.setattr(timezone, "now", lambda: datetime.now(tz=timezone.get_current_timezone()) + timedelta(days=3))
        StepRun.objects.update(wake_at=timezone.now())
        clock.ring(timezone.now())
    assert held()


def test_one_that_is_lifted_or_moved_lets_go_on_at_once(stage: Stage) -> None:
    later = {name: f"{days(count):%Y-%m-%dT%H:%M}" for name, count in (("begins", 5), ("ends", 6))}
    by_alice(stage, "freeze.set", name="Year end", reason="The books are closed", **later)
    assert not held()
    assert stage.work()


def test_another_one_that_is_planned_meanwhile_holds_it(stage: Stage) -> None:
    sets(stage, name="Audit", days=5)
    assert is_near(held()["north"], days(5))
    by_alice(stage, "freeze.lift", name="Audit")
    assert is_near(held()["north"], days(2))


def test_the_platforms_holds_what_waits_for_the_tenants(stage: Stage) -> None:
    olga, span = cast.actor(stage.people.olga), {"begins": "2020-01-01T00:00", "ends": f"{days(7):%Y-%m-%dT%H:%M}"}
    given = {"name": "Move", "reason": "The machines travel", **span, "begins": f"{days(-1):%Y-%m-%dT%H:%M}"}
    perform("platform.freeze", actor=olga, ref=Ref(PLATFORM), data=given)
    calendar_heard()
    assert is_near(held()["north"], days(7))
    perform("platform.thaw", actor=olga, ref=Ref(PLATFORM), data={"name": "Move"})
    calendar_heard()
    assert is_near(held()["north"], days(2))


def test_one_that_is_for_other_apps_now_lets_go_on(stage: Stage) -> None:
    stage.on_tenant("app.create", name="other", image="registry.example.com/other:1")
    sets(stage, only=["other"])
    assert not held()


@pytest.fixture
def half_way() -> Stage:
    """Release 1 is under way on the first cluster; a freeze is planned for later on."""
    stage = Stage()
    sets(stage, begins="2099-01-01T00:00", ends="2099-01-02T00:00")
    stage.on_app("release.start")
    stage.work()
    return stage


def comes_to_the_next(stage: Stage) -> None:
    stage.ready(stage.north)
    stage.work()


def test_a_cluster_that_comes_later_is_held_by_the_calendar_of_then(half_way: Stage) -> None:
    sets(half_way, days=3)
    assert not held()
    comes_to_the_next(half_way)
    assert is_near(held()["south"], days(3))


def test_a_cluster_that_comes_later_is_not_held_by_what_was_lifted_before(half_way: Stage) -> None:
    sets(half_way, days=3)
    by_alice(half_way, "freeze.lift", name="Year end")
    comes_to_the_next(half_way)
    assert not held()
    half_way.finish()
    assert half_way.release(1).state == "succeeded"


def test_what_was_overridden_stays_so(stage: Stage) -> None:
    alice, ref = cast.actor(stage.people.alice), Ref(RELEASE, "boutique", "shop", 1)
    perform("release.override", actor=alice, ref=ref, data={"note": "It repairs the checkout"})
    sets(stage, days=9)
    stage.finish()
    assert stage.release(1).state == "succeeded"


def test_a_freeze_of_another_app_writes_nothing(stage: Stage) -> None:
    stage.on_tenant("app.create", name="other", image="registry.example.com/other:1")
    length = stage.release(1).length
    sets(stage, name="Audit", only=["other"])
    assert stage.release(1).length == length


def test_the_page_tells_who_changed_it_and_what_is_frozen_since(stage: Stage) -> None:
    sets(stage, days=9)
    release = stage.release(1)
    told = timeline_figures.timeline(release, list(release.targets.all()), list(release.steps.all()))
    (item,) = [one for one in told if one["text"] == "the freeze calendar was changed"]
    assert item["who"] == "alice" and f"until {stage.day(9):%Y-%m-%d %H:%M} UTC" in item["note"]
    by_alice(stage, "freeze.lift", name="Year end")
    told = timeline_figures.timeline(release, list(release.targets.all()), list(release.steps.all()))
    assert "Nothing is or will be frozen." in [one["note"] for one in told]


def test_both_ends_of_what_is_frozen_since_are_told_by_the_clocks_of_the_freeze(stage: Stage) -> None:
    span = {"begins": "2099-11-29T08:00", "ends": "2099-12-24T08:00", "time_zone": "Europe/Berlin"}
    by_alice(stage, "freeze.set", name="Audit", reason="The books are read", **span)
    release = stage.release(1)
    told = timeline_figures.timeline(release, list(release.targets.all()), list(release.steps.all()))
    (item,) = [one for one in told if one["text"] == "the freeze calendar was changed"]
    assert "Audit: from 2099-11-29 08:00 until 2099-12-24 08:00 Europe/Berlin" in item["note"].split("; ")


def test_the_timeline_replayed_from_the_plan_gives_the_rows(stage: Stage) -> None:
    first = [row for row in Step.objects.get(kind="freeze").options["freezes"]]
    sets(stage, days=9)
    by_alice(stage, "freeze.lift", name="Year end")
    now = snapshot_of(stage.release(1))
    Release.objects.filter(number=1).update(state="planned", reason=None, after_stop="")
    Target.objects.update(state="waiting", reason=None)
    Step.objects.filter(kind="freeze").update(options={"freezes": first})
    StepRun.objects.all().delete()
    told = [changes.load(event.change) for event in TimelineEvent.objects.order_by("seq")]
    again = changes.replay(snapshot_of(stage.release(1)), told)
    assert (again.state, again.plan, again.runs, again.targets) == (now.state, now.plan, now.runs, now.targets)


def test_what_goes_back_by_the_time_of_its_turn_is_held_by_none() -> None:
    stage = Stage()
    stage.deployed()
    stage.on_app("image.set", process="web", image=NEW)
    stage.deployed(NEW)
    stage.on_app("release.rollback", release=1)
    stage.finish()
    stage.on_app("image.set", process="web", image=NEXT)
    stage.on_app("release.start")
    stage.work()
    sets(stage, name="Later", begins="2099-01-01T00:00", ends="2099-01-02T00:00")
    stage.on_app("release.rollback", release=2, wait=True)
    assert stage.release(5).steps.filter(kind="freeze").exists(), "it is newer than what runs"
    stage.ready(stage.north, image=NEXT)
    stage.work()
    stage.ready(stage.south, image=NEXT)
    stage.work()
    assert stage.release(5).state == "running", "it is older than what runs"
    sets(stage, days=3)
    stage.finish(NEW)
    assert stage.release(5).state == "succeeded"
