"""A release that brings what was deployed already: its preview says what differs all the same."""

from __future__ import annotations

from typing import Any

import pytest

from portal.access import Ref
from portal.access.ref import APP
from portal.operations.performing import perform
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db
CHANGED = "Nothing in the settings differs. What runs on north was changed outside Slipway."
SAME = "Nothing differs from what runs: it is deployed again as it is."


def told(stage: Stage, **data: Any) -> str:
    ref = Ref(APP, "boutique", "shop")
    preview = perform("release.start", actor=stage.bob, ref=ref, data=data, dry_run=True).preview
    assert preview is not None
    return preview.happens


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.deployed()
    return stage


def test_it_is_deployed_again_as_it_is(stage: Stage) -> None:
    assert told(stage) == SAME


def test_but_not_where_somebody_changed_it_there(stage: Stage) -> None:
    stage.edited(stage.north)
    assert told(stage) == CHANGED
    assert told(stage, targets=["south"]) == SAME


def test_nor_where_that_was_left_to_them(stage: Stage) -> None:
    stage.edited(stage.north)
    stage.on_app("drift.leave", cluster="north", object="Deployment/shop--web")
    assert told(stage) == CHANGED


def test_who_set_what_slipway_did_changed_nothing(stage: Stage) -> None:
    stage.put_back(stage.north)
    assert told(stage) == SAME
