"""Releases that change no setting say what they do all the same."""

from __future__ import annotations

import pytest

from tests.releases.stage import Stage
from tests.web.reading import said_on

pytestmark = pytest.mark.django_db
RELEASES = "/t/boutique/apps/shop/releases/"
STAY = "instances that run already stay"


def test_a_stop_takes_all_instances_and_a_start_brings_them_back() -> None:
    stage = Stage()
    stage.deployed()
    stage.on_app("app.stop")
    said = said_on(f"{RELEASES}2/", stage.people.bob)
    assert "all instances go, and come back once the app is started" in said and STAY not in said
    stage.stops()
    stage.on_app("app.start")
    said = said_on(f"{RELEASES}3/", stage.people.bob)
    assert "the instances come back" in said and STAY not in said


def test_where_instances_stay_it_still_says_so() -> None:
    stage = Stage()
    stage.deployed()
    stage.on_app("release.redeploy")
    assert STAY in said_on(f"{RELEASES}2/", stage.people.bob)
