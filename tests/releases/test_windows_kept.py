"""Nothing passes a window before its time but the override, with the right to it and a reason that is kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from portal.access import Actor, Ref
from portal.access.ref import RELEASE
from portal.audit.models import AuditEntry
from portal.errors import Conflict, Forbidden
from portal.operations.outcome import Outcome
from portal.operations.performing import perform
from releases.models import StepRun
from tests import cast
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db
BATCH = {"kind": "batch", "name": "rest", "replicas": "100%"}
PAGE = "/t/boutique/apps/shop/releases/1/"


@pytest.fixture
def stage() -> Stage:
    return Stage()


def waiting(stage: Stage, *names: str, override: bool = True) -> None:
    """Release 1, started by bob, waits for a window that opens in three days, on both clusters; one for each name."""
    day = f"{timezone.now() + timedelta(days=3):%a}"
    windows = [{"kind": "window", "name": name, "days": day} for name in names or ("later",)]
    stage.on_app("release.waves", across="together")
    stage.on_app("release.strategy", kind="canary", steps=[*windows, BATCH])
    stage.on_app("release.start")
    stage.work()
    for step in stage.release(1).steps.filter(kind="window"):
        step.options["override"] = override
        step.save()
    assert closed()


def closed() -> bool:
    return StepRun.objects.filter(state="watching", reason__code="window_closed").count() == 2


def says(operation: str, who: Actor, *, dry_run: bool = False, **data: Any) -> Outcome:
    return perform(operation, actor=who, ref=Ref(RELEASE, "boutique", "shop", 1), data=data, dry_run=dry_run)


@pytest.mark.parametrize("who", ["bob", "alice"])
@pytest.mark.parametrize("dry_run", [True, False], ids=["tried", "done"])
def test_neither_going_on_nor_skipping_passes_it(stage: Stage, who: str, *, dry_run: bool) -> None:
    waiting(stage)
    actor = cast.actor(getattr(stage.people, who))
    with pytest.raises(Conflict, match="may approve releases can override that"):
        says("release.promote", actor, dry_run=dry_run)
    with pytest.raises(Conflict, match="can override it"):
        says("release.skip", actor, dry_run=dry_run, cluster="north")
    assert closed()


def test_the_override_passes_it_on_all_clusters_with_a_reason_that_is_kept(stage: Stage) -> None:
    waiting(stage)
    with pytest.raises(Forbidden, match=r"release\.approve"):
        says("release.override", stage.bob, note="I want to")
    assert closed()
    says("release.override", cast.actor(stage.people.alice), note="It repairs the checkout")
    assert not StepRun.objects.filter(reason__code="window_closed").exists()
    assert (
        AuditEntry.objects.get(operation="release.override", actor_name="alice").resolved["note"]
        == "It repairs the checkout"
    )


@pytest.mark.parametrize("dry_run", [True, False], ids=["tried", "done"])
def test_a_window_that_lets_nobody_through_says_so(stage: Stage, *, dry_run: bool) -> None:
    waiting(stage, override=False)
    alice = cast.actor(stage.people.alice)
    with pytest.raises(Conflict, match="lets nobody through before its time"):
        says("release.override", alice, dry_run=dry_run, note="It repairs the checkout")
    with pytest.raises(Conflict, match="lets nobody through before its time"):
        says("release.promote", alice, dry_run=dry_run)
    says("release.reject", alice, dry_run=dry_run, comment="Not this week")
    assert closed() is dry_run


def test_its_page_offers_the_override_to_who_has_the_right(stage: Stage) -> None:
    waiting(stage)
    for page in (PAGE, "/t/boutique/waiting/"):
        alice, bob = (cast.signed_in(one).get(page).text for one in (stage.people.alice, stage.people.bob))
        assert "Override the window…" in alice and "do/release.override/" in alice
        assert "release.override" not in bob
        assert "release.promote" not in alice + bob


def test_its_page_offers_no_override_of_a_window_that_lets_nobody_through(stage: Stage) -> None:
    waiting(stage, override=False)
    shown = cast.signed_in(stage.people.alice).get(PAGE).text
    assert "release.override" not in shown and "release.promote" not in shown
    assert "do/release.reject/" in shown


def test_the_override_of_one_window_does_not_count_for_the_next(stage: Stage) -> None:
    waiting(stage, "one", "two")
    alice, at = cast.actor(stage.people.alice), StepRun.objects.filter(state="watching").values_list("step", flat=True)
    looked_at = at[0]
    says("release.override", alice, note="It repairs the checkout", step=looked_at)
    assert closed()
    with pytest.raises(Conflict, match=f"The release does not wait at step {looked_at}, so"):
        says("release.override", alice, note="It repairs the checkout", step=looked_at)
    assert closed()
