"""Discarding where clusters differ: the draft goes back to the newest that stands, then to what is behind it."""

from __future__ import annotations

import pytest

from portal.errors import Refused
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db
ONE, FOUR = "registry.example.com/shop:1", "registry.example.com/shop:4"


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


LAST = "There is nothing to discard: the draft is what stands on south. Deploy it to bring it to north, too."


def test_what_runs_on_one_cluster_alone_goes_back_to_what_runs_on_the_other_and_no_further(stage: Stage) -> None:
    assert stage.on_app("draft.discard").message.endswith("back to revision 1.")
    assert nothing_to_discard(stage) == LAST
    assert image(stage) == ONE


def test_what_is_deployed_nowhere_goes_first(stage: Stage) -> None:
    stage.on_app("process.scale", process="web", replicas=9)
    assert stage.on_app("draft.discard").message.endswith("back to revision 2.")
    assert image(stage) == FOUR
    assert stage.on_app("draft.discard").message.endswith("back to revision 1.")
    assert nothing_to_discard(stage) == LAST


def test_a_change_back_to_what_runs_on_one_is_taken_back_like_any_other(stage: Stage) -> None:
    stage.on_app("image.set", process="web", image=ONE)
    assert stage.on_app("draft.discard").message.endswith("back to revision 2.")
    assert image(stage) == FOUR


def test_where_all_run_the_same_there_is_simply_nothing(stage: Stage) -> None:
    stage.on_app("release.start")
    stage.finish(FOUR)
    assert nothing_to_discard(stage) == "There is nothing to discard: no change waits in the draft."
