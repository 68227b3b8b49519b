"""Who takes the place of what is under way is told before of all that is stopped for that."""

from __future__ import annotations

import pytest

from portal.access import Ref
from portal.access.ref import APP
from portal.operations.performing import perform
from tests import cast
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db
ACTIVE = "Release 1, started by bob, is stopped where it is, and this one goes on from there."
QUEUED = "Release {number}, started by {who}, waits for its turn, and never begins."


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_all_that_is_superseded_is_named_before(stage: Stage) -> None:
    stage.on_app("release.start")
    alice, ref = cast.actor(stage.people.alice), Ref(APP, "boutique", "shop")
    perform("release.start", actor=alice, ref=ref, data={"wait": True})
    stage.on_app("release.start", wait=True)
    shown = perform("release.start", actor=stage.bob, ref=ref, data={"supersede": True}, dry_run=True).preview
    assert shown
    told = [ACTIVE, QUEUED.format(number=2, who="alice"), QUEUED.format(number=3, who="bob")]
    assert [one for one in shown.warnings if one.startswith("Release ")] == told
    stage.on_app("release.start", supersede=True)
    assert [stage.release(number).state for number in (2, 3)] == ["superseded"] * 2
