"""Where instances move from one cluster to another, those that get more go before those that give some up."""

from __future__ import annotations

from typing import Any

import pytest

from portal.access import Ref
from portal.operations.performing import perform
from releases.models import Target
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    return nine_and_one(Stage())


def nine_and_one(stage: Stage) -> Stage:
    """Ten instances: nine on north and one on south."""
    stage.on_app("process.scale", process="web", replicas=10)
    weighs(stage, north=9, south=1)
    stage.on_app("release.start")
    finish(stage, north=9, south=1)
    assert stage.release(1).state == "succeeded"
    return stage


def weighs(stage: Stage, **weights: int) -> None:
    rows = [{"cluster": name, "weight": weight} for name, weight in weights.items()]
    stage.on_app("placement.targets", targets=rows)


def finish(stage: Stage, **counts: int) -> None:
    stage.work()
    for cluster in (stage.north, stage.south) * 2:
        stage.ready(cluster, count=counts[cluster.name])
        stage.work()


def previewed(stage: Stage, operation: str = "release.start", **data: Any) -> Any:
    done = perform(operation, actor=stage.bob, ref=Ref("app", "boutique", "shop"), data=data, dry_run=True)
    return done.as_json()


def turns(stage: Stage, number: int) -> list[tuple[str, int]]:
    rows = Target.objects.filter(release=stage.release(number)).order_by("position")
    return list(rows.values_list("cluster_name", "wave"))


def dips(shown: Any) -> list[str]:
    return [one for one in shown["warnings"] if "as few as" in one]


@pytest.mark.parametrize("across", ["together", "one-after-another", "first-then-rest"])
def test_the_cluster_that_gets_more_goes_first(stage: Stage, across: str) -> None:
    stage.on_app("release.waves", across=across)
    weighs(stage, north=1, south=9)
    shown = previewed(stage)
    assert [wave["clusters"] for wave in shown["course"]] == [["south"], ["north"]]
    assert dips(shown) == []
    stage.on_app("release.start")
    assert turns(stage, 2) == [("south", 0), ("north", 1)]
    assert {row.payload["cluster"] for row in stage.sent()} == {str(stage.south.pk)}
    stage.work()
    stage.ready(stage.south, count=8)
    assert stage.sent() == []
    stage.ready(stage.south, count=9)
    stage.work(on=stage.south)
    assert {row.payload["cluster"] for row in stage.sent()} == {str(stage.north.pk)}


def test_where_nothing_moves_the_order_is_as_it_was(stage: Stage) -> None:
    stage.on_app("process.scale", process="web", replicas=5)
    stage.on_app("release.start")
    assert turns(stage, 2) == [("north", 0), ("south", 1)]


def test_an_order_that_people_named_is_kept_and_the_preview_tells_how_few_there_are(stage: Stage) -> None:
    stage.on_app("release.waves", order=[{"clusters": ["north"]}, {"clusters": ["south"]}])
    weighs(stage, north=1, south=9)
    shown = previewed(stage)
    assert [wave["clusters"] for wave in shown["course"]] == [["north"], ["south"]]
    (sentence,) = dips(shown)
    assert "web has as few as 2 of 10 instances: north gives up" in sentence
    stage.on_app("release.start")
    assert turns(stage, 2) == [("north", 0), ("south", 1)]


def test_clusters_that_people_named_for_one_wave_do_not_wait_for_each_other(stage: Stage) -> None:
    stage.on_app("release.waves", order=[{"clusters": ["north", "south"]}])
    weighs(stage, north=1, south=9)
    assert "as few as 2 of 10" in dips(previewed(stage))[0]


def test_on_the_shrinking_cluster_alone_the_preview_tells_how_few_are_left(stage: Stage) -> None:
    weighs(stage, north=1, south=9)
    (sentence,) = [one for one in previewed(stage, targets=["north"])["warnings"] if "left out" in one]
    assert sentence.startswith("web has 2 of 10 instances afterwards: north gives up its own, and south, which should")
    assert not [one for one in previewed(stage, targets=["south"])["warnings"] if "left out" in one]
    assert not [one for one in previewed(stage)["warnings"] if "left out" in one]


def moved(stage: Stage) -> None:
    """One on north and nine on south, by release 2; release 3 moves them back, and is under way."""
    weighs(stage, north=1, south=9)
    stage.on_app("release.start")
    finish(stage, north=1, south=9)
    assert stage.release(2).state == "succeeded"
    weighs(stage, north=9, south=1)
    stage.on_app("release.start")
    assert turns(stage, 3) == [("north", 0), ("south", 1)]


def test_behind_a_release_that_moves_them_it_counts_what_that_brings(stage: Stage) -> None:
    moved(stage)
    weighs(stage, north=1, south=9)
    assert [wave["clusters"] for wave in previewed(stage, wait=True)["course"]] == [["south"], ["north"]]
    stage.on_app("release.start", wait=True)
    assert turns(stage, 4) == [("south", 0), ("north", 1)]


def test_after_one_that_ended_half_way_it_counts_what_that_may_have_left(stage: Stage) -> None:
    moved(stage)
    stage.work()
    stage.on_release("release.abort", 3, after="hold")
    assert stage.release(3).state == "failed"
    weighs(stage, north=1, south=9)
    stage.on_app("release.start")
    # South, which the release never reached, has what it shall have.
    assert turns(stage, 4) == [("north", 0), ("south", 1)]


def test_going_back_by_itself_fills_first_what_gave_some_up(stage: Stage) -> None:
    weighs(stage, north=1, south=9)
    stage.on_app("release.start")
    stage.work()
    stage.ready(stage.south, count=9)
    stage.work()
    stage.on_release("release.abort", 2, after="roll_back")
    stage.work()
    states = dict(Target.objects.filter(release__number=2).values_list("cluster_name", "state"))
    assert states == {"south": "rolling_back", "north": "rolling_back"}
    assert stage.sent() == []
    stage.ready(stage.north, count=9)
    stage.work(on=stage.north)
    assert {row.payload["cluster"] for row in stage.sent()} == {str(stage.south.pk)}


def test_a_rollback_moves_them_back_the_same_way(stage: Stage) -> None:
    weighs(stage, north=1, south=9)
    stage.on_app("release.start")
    finish(stage, north=1, south=9)
    assert stage.release(2).state == "succeeded"
    weighs(stage, north=9, south=1)
    stage.on_app("release.start")
    finish(stage, north=9, south=1)
    assert stage.release(3).state == "succeeded"
    stage.on_app("release.rollback", release=2)
    assert turns(stage, 4) == [("south", 0), ("north", 1)]


def test_nothing_is_given_up_where_what_should_get_it_failed(stage: Stage) -> None:
    stage.on_app("release.auto_rollback", on=False)
    stage.on_app("release.waves", across="one-after-another", failures=1)
    weighs(stage, north=1, south=9)
    stage.on_app("release.start")
    stage.work()
    stage.crashes(stage.south, restarts=9)
    stage.work()
    states = dict(Target.objects.filter(release__number=2).values_list("cluster_name", "state"))
    assert (stage.release(2).state, states) == ("failed", {"south": "failed", "north": "stopped"})
