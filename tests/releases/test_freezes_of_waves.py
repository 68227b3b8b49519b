"""Each wave is held by all freezes that hold when it comes: one that was lifted, changed or overridden before says
nothing of the others.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from portal.access import Ref
from portal.access.ref import PLATFORM, RELEASE, TENANT
from portal.audit.models import AuditEntry
from portal.operations.outcome import Outcome
from portal.operations.performing import perform
from portal.outbox.models import OutboxRow
from releases import clock, thawing
from releases.models import Step, StepRun, Target
from releases.pages import timeline_figures
from tenants import freezes
from tests import cast
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    """Two waves, of which the second waits for a word."""
    stage = Stage()
    stage.on_app("release.waves", across="one-after-another", pause=-1)
    return stage


def minutes(begins: int, ends: int) -> dict[str, str]:
    """From so many minutes from now until so many, by the clocks of UTC."""
    spans = {"begins": begins, "ends": ends}
    return {name: f"{timezone.now() + timedelta(minutes=at):%Y-%m-%dT%H:%M}" for name, at in spans.items()}


def of_platform(stage: Stage, **data: Any) -> None:
    olga, given = cast.actor(stage.people.olga), {"name": "YEAREND", "reason": "The books are closed", **data}
    perform("platform.freeze", actor=olga, ref=Ref(PLATFORM), data=given)
    calendar_heard()


def of_tenant(stage: Stage, operation: str = "freeze.set", **data: Any) -> None:
    given = {"reason": "The sale", **data} if operation == "freeze.set" else data
    perform(operation, actor=cast.actor(stage.people.alice), ref=Ref(TENANT, "boutique"), data=given)
    calendar_heard()


def calendar_heard() -> None:
    """A worker hears of every change of a calendar so far."""
    for row in OutboxRow.objects.filter(kind=freezes.CHANGED, state="pending").order_by("id"):
        thawing.CalendarChanged().run(row.payload)
        OutboxRow.objects.filter(pk=row.pk).update(state="done")


def held() -> dict[str, str]:
    """Cluster → by which freeze it is held."""
    names = {row.cluster_id: row.cluster_name for row in Target.objects.all()}
    runs = StepRun.objects.filter(state="watching", reason__code="frozen")
    return {names[run.cluster_id]: run.reason["values"]["name"] for run in runs if run.reason}


def north_goes(stage: Stage) -> None:
    """The first wave comes to its end."""
    assert not held()
    stage.work()
    stage.ready(stage.north)
    stage.work()


def comes(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """So many minutes pass."""
    monkeypatch.setattr(
        timezone, "now", lambda: datetime.now(tz=timezone.get_current_timezone()) + timedelta(minutes=count)
    )


def lifted(stage: Stage) -> None:
    of_tenant(stage, "freeze.lift", name="A")


def shortened(stage: Stage) -> None:
    of_tenant(stage, name="A", only=["shop"], **minutes(-120, 0) | {"ends": minutes(0, 2)["ends"]})


@pytest.mark.parametrize("whose", ["platform", "tenant"])
@pytest.mark.parametrize("lets_go", [lifted, shortened])
def test_a_later_wave_is_held_by_a_freeze_that_nobody_lifted(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, lets_go: Any, whose: str
) -> None:
    if whose == "platform":
        of_platform(stage, only=["boutique"], **minutes(30, 300))
    else:
        of_tenant(stage, name="YEAREND", **minutes(30, 300))
    of_tenant(stage, name="A", only=["shop"], **minutes(-120, 20))
    stage.on_app("release.start")
    assert held() == {"north": "A"}
    lets_go(stage)
    comes(monkeypatch, 3)
    StepRun.objects.filter(state="watching").update(wake_at=timezone.now())
    clock.ring(timezone.now())
    north_goes(stage)
    comes(monkeypatch, 40)
    stage.on_release("release.promote", 1)
    assert held() == {"south": "YEAREND"}
    assert not stage.work()


def overrides(stage: Stage, *, dry_run: bool = False) -> Outcome:
    alice, ref = cast.actor(stage.people.alice), Ref(RELEASE, "boutique", "shop", 1)
    data = {"note": "It repairs the checkout"}
    return perform("release.override", actor=alice, ref=ref, data=data, dry_run=dry_run)


@pytest.fixture
def frozen(stage: Stage) -> Stage:
    """The tenant's freeze holds the first wave, and the platform's is to come."""
    of_platform(stage, only=["boutique"], **minutes(30, 300))
    of_tenant(stage, name="A", only=["shop"], **minutes(-120, 20))
    stage.on_app("release.start")
    return stage


def spans() -> list[str]:
    """When the platform's freeze is, and when the tenant's, in words."""
    rows = sorted(Step.objects.get(kind="freeze").options["freezes"], key=lambda row: str(row["whose"]))
    return [f"{datetime.fromisoformat(row['begins']):%Y-%m-%d %H:%M} until {row['until']}" for row in rows]


def test_the_dry_run_names_each_freeze_that_it_passes_and_where(frozen: Stage) -> None:
    preview, (platforms, tenants) = overrides(frozen, dry_run=True).preview, spans()
    assert preview is not None
    assert preview.happens == (
        "Release 1 goes on with what it waits to do. It goes on at once on north. "
        f"It passes the platform's freeze YEAREND, from {platforms}. "
        f"It passes the tenant's freeze A, from {tenants}. "
        "south, to come later: the same, within these times. "
        "What somebody freezes or prolongs after this holds it again."
    )


def test_in_a_paused_release_it_goes_on_once_that_is_resumed(frozen: Stage) -> None:
    frozen.on_release("release.pause", 1)
    preview = overrides(frozen, dry_run=True).preview
    assert preview is not None and preview.happens.startswith(
        "Release 1 goes on with what it waits to do. It is paused: that begins once it is resumed. It goes on then on "
        "north. "
    )


def test_the_log_and_the_timeline_name_what_was_overridden(frozen: Stage) -> None:
    platforms, tenants = spans()
    overrides(frozen)
    assert AuditEntry.objects.get(operation="release.override").diff == [
        {"label": label, "before": f"from {span}", "after": "overridden", "kind": "changed"}
        for label, span in (("the platform's freeze YEAREND", platforms), ("the tenant's freeze A", tenants))
    ]
    release = frozen.release(1)
    told = timeline_figures.timeline(release, list(release.targets.all()), list(release.steps.all()))
    (item,) = [one for one in told if one["note"].startswith("Overridden: ")]
    assert item["who"] == "alice"
    assert item["note"] == (
        f"Overridden: the platform's freeze YEAREND (from {platforms}), the tenant's freeze A (from {tenants}"
        "). It repairs the checkout"
    )


def test_an_override_passes_the_freezes_that_were_known_when_it_was_given(
    frozen: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    overrides(frozen)
    north_goes(frozen)
    comes(monkeypatch, 40)
    frozen.on_release("release.promote", 1)
    assert not held()
    assert frozen.work()


def test_a_freeze_that_is_set_after_an_override_holds_the_waves_to_come(frozen: Stage) -> None:
    overrides(frozen)
    of_platform(frozen, name="Incident", **minutes(-60, 60))
    north_goes(frozen)
    frozen.on_release("release.promote", 1)
    assert held() == {"south": "Incident"}
    assert not frozen.work()
    happens = overrides(frozen, dry_run=True).preview
    assert happens is not None and "It passes the platform's freeze Incident, from " in happens.happens
    overrides(frozen)
    assert not held() and frozen.work()
    labels = [row["label"] for row in AuditEntry.objects.filter(operation="release.override").latest("id").diff]
    assert "the platform's freeze Incident" in labels


def test_a_freeze_that_is_lifted_after_an_override_does_not_end_it(
    frozen: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    overrides(frozen)
    of_tenant(frozen, "freeze.lift", name="A")
    north_goes(frozen)
    comes(monkeypatch, 40)
    frozen.on_release("release.promote", 1)
    assert not held()
