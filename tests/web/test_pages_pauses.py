"""A pause that ends by itself is told so, with its time, wherever it is seen."""

from __future__ import annotations

import re

import pytest

from releases.models import Release, StepRun
from tests import cast
from tests.releases.stage import Stage
from tests.web.reading import said_on

pytestmark = pytest.mark.django_db

BY_ITSELF = re.compile(r"Goes on by itself at \d{4}-\d\d-\d\d \d\d:\d\d UTC, or when somebody lets it go on\.")
TOLD = "Waits until somebody lets it go on."
PLACES = ("apps/shop/releases/2/", "releases/")


def waiting(seconds: int) -> Stage:
    stage = Stage()
    stage.deployed()
    stage.on_app("image.set", process="web", image="registry.example.com/shop:2")
    rows = [{"kind": "pause", "name": "look", "seconds": seconds}, {"kind": "batch", "name": "rest", "replicas": "1"}]
    stage.on_app("release.strategy", kind="canary", steps=rows)
    stage.on_app("release.start")
    stage.work()
    return stage


@pytest.mark.parametrize("place", PLACES)
def test_a_pause_with_a_time_tells_its_end(place: str) -> None:
    said = said_on(f"/t/boutique/{place}", waiting(600).people.bob)
    assert BY_ITSELF.search(said) and TOLD not in said


def test_the_lane_counts_down_to_it_and_the_timeline_says_it() -> None:
    stage = waiting(600)
    release, run = Release.objects.get(number=2), StepRun.objects.get(release__number=2, state="watching")
    page = cast.signed_in(stage.people.bob).get("/t/boutique/apps/shop/releases/2/").text
    _before, lanes, timeline = re.split(rf'id="release-{release.pk}-(?:lanes|timeline)"', page)
    assert run.wake_at and f'<time datetime="{run.wake_at.isoformat(timespec="seconds")}"' in lanes
    assert BY_ITSELF.search(lanes) and BY_ITSELF.search(timeline)


@pytest.mark.parametrize("place", PLACES)
def test_a_pause_without_one_waits_for_a_person(place: str) -> None:
    said = said_on(f"/t/boutique/{place}", waiting(-1).people.bob)
    assert TOLD in said and "by itself" not in said


@pytest.mark.parametrize("place", PLACES)
def test_what_was_stored_before_times_were_told_is_still_read(place: str) -> None:
    stage = waiting(600)
    StepRun.objects.filter(state="watching").update(reason={"code": "waits_for_person", "values": {}})
    assert TOLD in said_on(f"/t/boutique/{place}", stage.people.bob)
