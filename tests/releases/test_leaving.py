"""A cluster that an app leaves is emptied once those that get it have what they shall have."""

from __future__ import annotations

from typing import Any

import pytest

from portal.access import Ref
from portal.operations.performing import perform
from releases.models import Target
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db
NEW = "registry.example.com/shop:2"
WAYS: list[dict[str, Any]] = [
    {"across": "together"},
    {"across": "one-after-another"},
    {"across": "first-then-rest"},
    {"across": "together", "order": [{"clusters": ["north", "south"]}]},
    {"across": "one-after-another", "order": [{"clusters": ["north"]}]},
]


@pytest.fixture
def stage() -> Stage:
    return Stage()


def leaves(stage: Stage, *, cluster: str = "south", image: str = NEW, **waves: Any) -> None:
    """The app runs on both clusters, and shall run on one of them alone, with a new image."""
    stage.deployed()
    stage.on_app("release.waves", **waves)
    stage.on_app("placement.targets", targets=[{"cluster": cluster}])
    stage.on_app("image.set", process="web", image=image)


def written(stage: Stage) -> set[str]:
    """The clusters that something is on its way to."""
    names = {str(one.pk): one.name for one in (stage.north, stage.south)}
    return {names[row.payload["cluster"]] for row in stage.sent()}


def states(number: int = 2) -> dict[str, str]:
    return dict(Target.objects.filter(release__number=number).values_list("cluster_name", "state"))


@pytest.mark.parametrize("waves", WAYS)
def test_it_is_emptied_when_the_others_are_ready(stage: Stage, waves: dict[str, Any]) -> None:
    leaves(stage, **waves)
    stage.on_app("release.start")
    assert written(stage) == {"south"}
    stage.work()
    stage.ready(stage.south, image=NEW, count=3)
    assert written(stage) == set()
    stage.ready(stage.south, image=NEW, count=4)
    stage.work(on=stage.south)
    assert written(stage) == {"north"}
    stage.work()
    stage.gone(stage.north)
    stage.work()
    assert stage.release(2).state == "succeeded"


def test_the_preview_tells_that_it_comes_last(stage: Stage) -> None:
    leaves(stage, across="together")
    done = perform("release.start", actor=stage.bob, ref=Ref("app", "boutique", "shop"), data={}, dry_run=True)
    assert [wave["clusters"] for wave in done.as_json()["course"]] == [["south"], ["north"]]


def test_it_stays_where_the_others_fail(stage: Stage) -> None:
    stage.on_app("release.auto_rollback", on=False)
    leaves(stage, across="together")
    stage.on_app("release.start")
    stage.work()
    stage.crashes(stage.south, restarts=9)
    stage.work()
    assert (stage.release(2).state, states()) == ("failed", {"south": "failed", "north": "stopped"})


def test_an_abort_meanwhile_fills_it_before_the_others_lose_theirs(stage: Stage) -> None:
    leaves(stage, across="together")
    stage.on_app("release.start")
    stage.work()
    stage.ready(stage.south, image=NEW, count=4)
    stage.work(on=stage.south)
    stage.on_release("release.abort", 2, after="roll_back")
    stage.work()
    assert states() == {"south": "rolling_back", "north": "rolling_back"}
    assert written(stage) == set()
    stage.ready(stage.north, count=2)
    stage.work(on=stage.north)
    assert written(stage) == {"south"}
    stage.work()
    stage.ready(stage.south, count=2)
    stage.work()
    assert stage.release(2).state == "rolled_back"
    assert states() == {"south": "rolled_back", "north": "rolled_back"}


@pytest.mark.parametrize("across", ["together", "one-after-another"])
def test_nothing_is_emptied_where_all_that_get_the_app_failed(stage: Stage, across: str) -> None:
    stage.on_app("release.auto_rollback", on=False)
    leaves(stage, cluster="north", across=across, failures=1)
    stage.on_app("release.start")
    stage.work()
    stage.crashes(stage.north, restarts=9)
    stage.work()
    assert (stage.release(2).state, states()) == ("failed", {"north": "failed", "south": "stopped"})


def test_a_cluster_that_shall_have_no_instance_makes_up_for_none(stage: Stage) -> None:
    stage.deployed()
    stage.on_app("release.auto_rollback", on=False)
    stage.on_app("release.waves", failures=1)
    stage.on_app("placement.targets", targets=[{"cluster": "north"}, {"cluster": "south", "weight": 0}])
    stage.on_app("image.set", process="web", image=NEW)
    stage.on_app("release.start")
    stage.work()
    stage.crashes(stage.north, restarts=9)
    stage.work()
    assert (stage.release(2).state, states()) == ("failed", {"north": "failed", "south": "stopped"})
