"""A cluster on which a release broke off has no more than was deployed there before, and than it says is ready."""

from __future__ import annotations

import pytest

from releases.observing import observe
from tests.releases.stage import Stage
from tests.releases.test_shares_moved import dips, nine_and_one, previewed, weighs

pytestmark = pytest.mark.django_db
IMAGE = "registry.example.com/shop:2"


@pytest.fixture
def stage() -> Stage:
    """Nine on north and one on south; what fails stays as it is."""
    made = Stage()
    made.on_app("release.auto_rollback", on=False)
    return nine_and_one(made)


def fails_on_south(stage: Stage, *, ready: int) -> None:
    """Release 2, which shall bring nine instances to south, crashes there; so many are ready."""
    weighs(stage, north=1, south=9)
    stage.on_app("release.start")
    stage.work()
    stage.crashes(stage.south, restarts=9)
    stage.work()
    assert stage.release(2).state == "failed"
    said = stage.says(stage.south, image="registry.example.com/shop:crash", count=9)
    said["workloads"][0]["status"] |= {"readyReplicas": ready, "availableReplicas": ready}
    observe(stage.south.pk, stage.app.pk, said)
    stage.on_app("image.set", process="web", image=IMAGE)


def left_out(stage: Stage) -> list[str]:
    return [one for one in previewed(stage, targets=["north"])["warnings"] if "left out" in one]


@pytest.mark.parametrize(("ready", "words"), [(0, "1 of 9"), (1, "2 of 10"), (9, "2 of 10")])
def test_left_out_it_counts_as_what_is_sure(stage: Stage, ready: int, words: str) -> None:
    fails_on_south(stage, ready=ready)
    (sentence,) = left_out(stage)
    assert sentence.startswith(f"web has {words} instances afterwards: north gives up its own, and south, which should")


@pytest.mark.parametrize(("ready", "words"), [(0, "1 of 9"), (1, "2 of 10"), (9, "2 of 10")])
def test_in_an_order_that_people_named_it_does_too(stage: Stage, ready: int, words: str) -> None:
    fails_on_south(stage, ready=ready)
    stage.on_app("release.waves", order=[{"clusters": ["north"]}, {"clusters": ["south"]}])
    (sentence,) = dips(previewed(stage))
    assert f"web has as few as {words} instances: north gives up" in sentence


def test_on_all_clusters_in_the_order_of_its_own_nothing_is_told(stage: Stage) -> None:
    fails_on_south(stage, ready=0)
    shown = previewed(stage)
    assert [wave["clusters"] for wave in shown["course"]] == [["south"], ["north"]]
    assert dips(shown) == []
