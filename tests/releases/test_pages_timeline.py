"""The timeline of a release as its page tells it."""

from __future__ import annotations

import pytest

from releases.pages import release_figures
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db


def test_why_it_failed_is_said_once() -> None:
    stage = Stage()
    stage.deployed()
    stage.on_app("image.set", process="web", image="registry.example.com/shop:crash")
    stage.on_app("release.start")
    stage.work()
    stage.crashes(stage.north)

    items = release_figures.full(stage.release(2))["timeline"]
    bad = [one for one in items if one["tone"] == "bad"]
    assert len(bad) >= 3
    assert len([one for one in bad if "panic: no such table" in one["note"]]) == 1
