"""While what another release left on the second track goes, the page of the next says so of traffic and instances."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from releases import observation
from releases.models import Observation
from releases.observation import Instance
from tests import cast
from tests.releases.canary import NEW, Canary
from tests.releases.test_tracks_cleared import APPROVED, superseded

pytestmark = pytest.mark.django_db
WEIGHED = (*APPROVED, {"kind": "traffic", "name": "some", "traffic": 25})
LEFT = "instances that another release left may be led to until they are gone. New ones come after that."


def part(stage: Canary, number: int, begin: str, end: str) -> str:
    page = cast.signed_in(stage.people.bob).get(f"/t/boutique/apps/shop/releases/{number}/").text
    return page[page.index(begin) : page.index(end)]


def traffic(stage: Canary, number: int) -> str:
    return part(stage, number, "-traffic", "-lanes")


@pytest.fixture
def stage() -> Canary:
    """Release 2 waits with one new instance of two, which gets a quarter of the traffic, on both clusters."""
    stage = Canary()
    stage.waits()
    return stage


@pytest.mark.parametrize(("kind", "plan"), [("canary", {"steps": list(WEIGHED)}), ("blue-green", {"keep": 600})])
def test_the_bar_says_who_is_led_to_until_it_is_gone(stage: Canary, kind: str, plan: dict[str, Any]) -> None:
    said = traffic(stage, superseded(stage, kind=kind, **plan))
    assert f"On north, south {LEFT}" in said and "new · 0 %" in said
    assert "Routes lead to the old" not in said and "All of it goes" not in said and "are old" not in said


def tone(stage: Canary, number: int) -> str:
    """How the page of a release draws an instance of the second track on north: as a new one, or an old one."""
    row = Observation.objects.get(cluster_id=stage.north.pk)
    facts = observation.load(row.facts)
    assert facts
    one = Instance(name="second-1", uid="c", image=NEW, phase="Running", ready=True, current=True)
    tracks = (replace(each, instances=(one,) if each.track == "canary" else ()) for each in facts.workloads)
    row.facts = observation.dump(replace(facts, workloads=tuple(tracks)))
    row.save()
    drawn = part(stage, number, "-lanes", "-timeline")
    found = re.search(r'class="([^"]*)"[^>]*second-1', drawn)
    assert found, drawn[:3000]
    return found[1]


def test_its_instances_are_none_of_the_new_ones(stage: Canary) -> None:
    number = superseded(stage, steps=list(WEIGHED))
    left = tone(stage, number)
    for canary in (1, 0, 0):
        stage.serve(stage.north, stable=2, canary=canary)
    assert ("old" in left, "old" in tone(stage, number)) == (True, False)


def test_where_it_is_gone_on_one_cluster_the_other_is_named(stage: Canary) -> None:
    number = superseded(stage, steps=list(WEIGHED))
    for canary in (1, 0, 0):
        stage.serve(stage.north, stable=2, canary=canary)
    said = traffic(stage, number)
    assert f"On south {LEFT}" in said and "Routes lead to the old instances alone" in said
    assert "all instances are old" not in said


def test_once_it_is_gone_nothing_is_said_of_it(stage: Canary) -> None:
    number = superseded(stage, steps=list(WEIGHED))
    for cluster in (stage.north, stage.south):
        for canary in (1, 0, 0):
            stage.serve(cluster, stable=2, canary=canary)
    said = traffic(stage, number)
    assert "Routes lead to the old instances alone" in said and "another release" not in said
