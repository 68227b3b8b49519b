"""What a release that broke off shall have brought to a cluster is no promise that it is there."""

from __future__ import annotations

import pytest

from releases import standing
from tests.releases.stage import Stage
from tests.releases.test_shares_moved import dips, finish, previewed, turns, weighs

pytestmark = pytest.mark.django_db
IMAGE = "registry.example.com/shop:2"


@pytest.fixture
def stage() -> Stage:
    """Ten instances on north, and none anywhere else."""
    made = Stage()
    made.on_app("release.auto_rollback", on=False)
    made.on_app("process.scale", process="web", replicas=10)
    weighs(made, north=1)
    made.on_app("release.start")
    made.work()
    made.ready(made.north, count=10)
    made.work()
    assert made.release(1).state == "succeeded"
    return made


def fails_on_south(stage: Stage, **weights: int) -> None:
    """Release 2, which brings the app to south for the first time, crashes there."""
    weighs(stage, **weights)
    stage.on_app("release.start")
    stage.work()
    stage.crashes(stage.south, restarts=9)
    stage.work()
    assert stage.release(2).state == "failed"


@pytest.mark.parametrize("weights", [{"north": 1, "south": 9}, {"north": 1, "south": 1}])
def test_a_cluster_on_which_it_failed_is_filled_first(stage: Stage, weights: dict[str, int]) -> None:
    fails_on_south(stage, **weights)
    stage.on_app("image.set", process="web", image=IMAGE)
    assert [wave["clusters"] for wave in previewed(stage)["course"]] == [["south"], ["north"]]
    stage.on_app("release.start")
    assert turns(stage, 3) == [("south", 0), ("north", 1)]


def test_so_it_is_where_it_shall_have_fewer_than_the_one_that_failed(stage: Stage) -> None:
    fails_on_south(stage, north=1, south=9)
    weighs(stage, north=1, south=1)
    stage.on_app("release.start")
    assert turns(stage, 3) == [("south", 0), ("north", 1)]


def test_where_people_named_an_order_the_preview_counts_it_as_nothing(stage: Stage) -> None:
    fails_on_south(stage, north=1, south=9)
    stage.on_app("release.waves", order=[{"clusters": ["north"]}, {"clusters": ["south"]}])
    (sentence,) = dips(previewed(stage))
    assert "web has as few as 1 of 10 instances: north gives up" in sentence


def test_one_that_takes_over_from_a_release_under_way_fills_it_first(stage: Stage) -> None:
    weighs(stage, north=1, south=9)
    stage.on_app("release.start")
    stage.work()
    stage.on_app("image.set", process="web", image=IMAGE)
    assert [wave["clusters"] for wave in previewed(stage, supersede=True)["course"]] == [["south"], ["north"]]
    stage.on_app("release.start", supersede=True)
    assert turns(stage, 3) == [("south", 0), ("north", 1)]


def test_what_failed_there_long_ago_counts_no_more_once_the_app_has_left(stage: Stage) -> None:
    fails_on_south(stage, north=1, south=9)
    stage.on_app("image.set", process="web", image=IMAGE)
    stage.on_app("release.start")
    stage.work()
    stage.ready(stage.south, image=IMAGE, count=9)
    stage.work()
    stage.ready(stage.north, image=IMAGE, count=1)
    stage.work()
    assert stage.release(3).state == "succeeded"
    weighs(stage, north=1)
    stage.on_app("release.start")
    stage.work()
    stage.ready(stage.north, image=IMAGE, count=10)
    stage.work()
    stage.gone(stage.south)
    stage.work()
    assert stage.release(4).state == "succeeded"
    assert standing.numbers(stage.app) == {"north": [{"web": 10}]}
    weighs(stage, north=1, south=9)
    stage.on_app("release.start")
    assert turns(stage, 5) == [("south", 0), ("north", 1)]


def test_a_cluster_that_has_it_whole_still_counts(stage: Stage) -> None:
    weighs(stage, north=9, south=1)
    stage.on_app("release.start")
    finish(stage, south=1, north=9)
    assert stage.release(2).state == "succeeded"
    assert standing.numbers(stage.app) == {"north": [{"web": 9}], "south": [{"web": 1}]}
