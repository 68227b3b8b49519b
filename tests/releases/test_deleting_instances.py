"""Deleting an instance of a release that was held: it ends when that track has all of its instances again."""

from __future__ import annotations

import pytest

from releases.models import Release
from tests.releases.held import Held
from tests.web.reading import said_on

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Held:
    stage = Held()
    stage.lists(stage.north, stable={"a": True}, canary={"c": True})
    return stage


def why(release: Release) -> str:
    return str(release.runs.get(state="watching").why)


@pytest.mark.parametrize(("track", "name", "other"), [("stable", "a", "canary"), ("canary", "c", "stable")])
def test_it_ends_when_the_track_has_as_many_ready_ones_as_before(
    stage: Held, track: str, name: str, other: str
) -> None:
    stays = {other: {"c" if other == "canary" else "a": True}}
    release = stage.asked("instance.delete", instance=name)
    stage.work()
    stage.lists(stage.north, **{track: {}}, **stays)
    assert why(stage.release(release.number)) == "0 of 1 instances are ready."
    stage.lists(stage.north, **{track: {"new": False}}, **stays)
    assert stage.release(release.number).state == "running"
    stage.lists(stage.north, **{track: {"new": True}}, **stays)
    assert stage.release(release.number).state == "succeeded"


def test_the_other_track_is_not_waited_for(stage: Held) -> None:
    release = stage.asked("instance.delete", instance="a")
    stage.work()
    stage.lists(stage.north, stable={"new": True}, canary={"c": False})
    assert stage.release(release.number).state == "succeeded"


def test_its_page_says_that_nothing_in_the_settings_changes(stage: Held) -> None:
    release = stage.asked("instance.delete", instance="a")
    said = said_on(f"/t/boutique/apps/shop/releases/{release.number}/", stage.people.bob)
    assert "Nothing in the settings changes; another instance comes in the place of the one that was deleted." in said
    assert "strategy" not in said.partition("What changes")[2].partition("History")[0].lower()
