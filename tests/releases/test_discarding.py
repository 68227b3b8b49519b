"""Discarding where clusters differ: the draft becomes the newest that stands on any of them, and stays that."""

from __future__ import annotations

import pytest

from portal.errors import Refused
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db
FOUR = "registry.example.com/shop:4"


@pytest.fixture
def stage() -> Stage:
    """Revision 1 runs on south, and revision 2 on north."""
    stage = Stage()
    stage.deployed()
    stage.on_app("image.set", process="web", image=FOUR)
    stage.on_app("release.start", targets=["north"])
    stage.finish(FOUR)
    assert stage.release(2).state == "succeeded"
    return stage


def image(stage: Stage) -> str:
    stage.app.refresh_from_db()
    assert stage.app.draft is not None
    return str(stage.app.draft.spec["processes"][0]["image"])


def nothing_to_discard(stage: Stage) -> str:
    with pytest.raises(Refused) as refusal:
        stage.on_app("draft.discard")
    return str(refusal.value)


def test_what_runs_on_one_cluster_already_is_no_change_to_discard(stage: Stage) -> None:
    said = "There is nothing to discard: the draft is what stands on north. Deploy it to bring it to south, too."
    assert nothing_to_discard(stage) == said
    assert image(stage) == FOUR


def test_a_change_beyond_goes_and_once_only(stage: Stage) -> None:
    stage.on_app("process.scale", process="web", replicas=9)
    assert stage.on_app("draft.discard").message.endswith("back to revision 2.")
    assert "north" in nothing_to_discard(stage) and image(stage) == FOUR


def test_a_draft_that_was_taken_back_to_the_older_one_goes_to_the_newest_once(stage: Stage) -> None:
    stage.on_app("image.set", process="web", image="registry.example.com/shop:1")
    assert stage.on_app("draft.discard").message.endswith("back to revision 2.")
    assert "north" in nothing_to_discard(stage) and image(stage) == FOUR


def test_where_all_run_the_same_there_is_simply_nothing(stage: Stage) -> None:
    stage.on_app("release.start")
    stage.finish(FOUR)
    assert nothing_to_discard(stage) == "There is nothing to discard: no change waits in the draft."
