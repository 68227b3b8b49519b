"""What goes back in part keeps the rest of the release it waits behind: whoever stops that is told what it means."""

from __future__ import annotations

from typing import Any

import pytest

from portal.access import Ref
from portal.access.ref import RELEASE
from portal.operations.performing import perform
from releases import holding
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db
TURN = "Release 3, started by bob, waits behind it: its turn comes when release 2 is over."


def queued(*, changes: bool = True, **data: Any) -> Stage:
    """Release 2 brings another image, and another setting if it `changes` that; release 3 goes back behind it."""
    stage = Stage()
    stage.deployed()
    stage.on_app("image.set", process="web", image="registry.example.com/shop:2")
    if changes:
        stage.on_app("env.set", env=[{"name": "COLOUR", "value": "blue"}])
    stage.on_app("release.start")
    stage.work()
    stage.on_app("release.rollback", release=1, wait=True, **data)
    return stage


def foretold(stage: Stage, after: str) -> str:
    ref = Ref(RELEASE, "boutique", "shop", 2)
    preview = perform("release.abort", actor=stage.bob, ref=ref, data={"after": after}, dry_run=True).preview
    assert preview is not None
    return preview.happens


@pytest.mark.parametrize("after", ["hold", "roll_back"])
@pytest.mark.parametrize(("what", "kept"), [("image", "configuration"), ("configuration", "images")])
def test_an_abort_says_that_what_keeps_a_part_of_it_is_held(after: str, what: str, kept: str) -> None:
    stage = queued(what=what)
    said = foretold(stage, after)
    assert f"{TURN} It is held then. Release 2, whose {kept} it keeps, did not succeed, so" in said
    stage.on_release("release.abort", 2, after=after)
    for _round in range(3):
        stage.finish()
    assert stage.release(3).state == "waiting"
    assert holding.waits_for(stage.release(3)) in said


def test_it_says_nothing_of_that_where_what_runs_comes_to_the_same() -> None:
    assert foretold(queued(changes=False, what="image"), "hold").endswith(TURN)


def test_nor_of_what_goes_back_whole() -> None:
    assert foretold(queued(what="both"), "hold").endswith(TURN)
