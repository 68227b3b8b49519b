"""Approvals beside each other are told apart by their names, on the rail and in the timeline of a release."""

from __future__ import annotations

import pytest

from tests.releases.stage import Stage
from tests.web.reading import said_on

pytestmark = pytest.mark.django_db


def test_each_has_its_name() -> None:
    stage = Stage()
    stage.on_app("release.waves", across="together")
    steps = [{"kind": "approval", "name": name, "beside": f"g/{name}"} for name in ("ours", "theirs")]
    stage.on_app("release.strategy", kind="rolling", steps=[*steps, {"kind": "apply", "name": "bring"}])
    stage.on_app("release.start")
    stage.work()
    said = said_on("/t/boutique/apps/shop/releases/1/", stage.people.bob)
    rail, _sep, timeline = said.partition("Timeline")
    for name in ("ours", "theirs"):
        assert f"Approval: {name}" in rail and f"Approval: {name}" in timeline
