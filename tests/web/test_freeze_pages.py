"""The calendars: what is frozen now, what is to come, whose it is, and who may change it."""

from __future__ import annotations

import pytest
from django.test import Client

from portal.access import Ref
from portal.access.ref import PLATFORM
from portal.operations.performing import perform
from tests import cast
from tests.releases.stage import Stage

PAGE = "/t/boutique/freezes/"


@pytest.fixture
def stage(db: None) -> Stage:
    """The tenant has frozen all apps; the platform will freeze the tenant."""
    made = Stage()
    made.frozen()
    over(made, name="Move", reason="The machines travel", only=["boutique"])
    return made


def over(stage: Stage, **given: object) -> None:
    """A freeze of the platform."""
    span = {"begins": "2099-06-01T18:00", "ends": "2099-06-03T08:00", "time_zone": "Europe/Berlin"}
    perform("platform.freeze", actor=cast.actor(stage.people.olga), ref=Ref(PLATFORM), data={**span, **given})


def page(client: Client, path: str = PAGE) -> str:
    return " ".join(client.get(path).text.split())


def test_members_see_the_tenants_freezes_and_those_of_the_platform(stage: Stage) -> None:
    text = page(cast.signed_in(stage.people.vera))
    assert text.index("The books are closed") < text.index("The machines travel")
    assert "Frozen" in text and "To come" in text
    assert "2099-06-01 18:00" in text and "Europe/Berlin" in text
    assert "freeze.set" not in text


def test_in_an_hour_that_comes_twice_the_page_says_which_is_meant(stage: Stage) -> None:
    over(stage, name="Power", reason="Maintenance", begins="2099-10-25T02:30", ends="2099-10-25T03:00")
    assert "2099-10-25 02:30 (UTC+02:00)</time>" in page(cast.signed_in(stage.people.olga), "/platform/freezes/")


def test_members_do_not_see_which_other_tenants_a_freeze_is_for(stage: Stage) -> None:
    over(stage, name="Power", reason="Maintenance", only=["boutique", "harbor"])
    text = page(cast.signed_in(stage.people.vera))
    assert "Maintenance" in text and "harbor" not in text
    assert "boutique, harbor" in page(cast.signed_in(stage.people.olga), "/platform/freezes/")


def test_who_manages_strategies_changes_and_lifts_the_tenants_own(stage: Stage) -> None:
    text = page(cast.signed_in(stage.people.alice))
    assert text.count("do/freeze.lift/?name=Year+end") == 1
    assert "do/freeze.set/?name=Year+end" in text
    assert "lift/?name=Move" not in text


def test_a_form_is_filled_with_the_freeze_it_changes(stage: Stage) -> None:
    alice = cast.signed_in(stage.people.alice)
    text = page(alice, "/t/boutique/do/freeze.set/?name=Year+end")
    assert "The books are closed</textarea>" in text
    assert 'type="datetime-local"' in text


def test_who_operates_the_platform_has_the_calendar_over_all(stage: Stage) -> None:
    text = page(cast.signed_in(stage.people.olga), "/platform/freezes/")
    assert "platform.thaw/?name=Move" in text
    assert "The books are closed" not in text


def test_a_calendar_without_a_freeze_says_what_it_is_for(stage: Stage) -> None:
    assert "Nothing is frozen" in page(cast.signed_in(stage.people.charlie), "/t/harbor/freezes/")


def test_a_release_that_waits_for_a_freeze_waits_for_those_who_may_override_it(stage: Stage) -> None:
    stage.on_app("release.start")
    assert "Override the freeze…" in page(cast.signed_in(stage.people.alice), "/t/boutique/waiting/")
    assert "Nothing waits for you" in page(cast.signed_in(stage.people.bob), "/t/boutique/waiting/")
    assert "Override the freeze…" in page(cast.signed_in(stage.people.alice), "/t/boutique/apps/shop/releases/1/")
