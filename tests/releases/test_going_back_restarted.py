"""Restarting brings nothing of its own, so going back passes over it: to what was something else."""

from __future__ import annotations

import pytest
from django.utils import timezone

from portal.errors import Refused
from releases.going_back import source_of
from releases.models import Release
from releases.pages.buttons import rescue_actions
from releases.ways_back import Way, from_last
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db
IMAGE = "registry.example.com/shop:{}"


@pytest.fixture
def stage() -> Stage:
    """Release 1 brought image 1, release 2 image 2, and release 3 was a restart."""
    stage = Stage()
    stage.deployed()
    stage.on_app("image.set", process="web", image=IMAGE.format(2))
    stage.deployed(IMAGE.format(2))
    restarted(stage)
    return stage


def restarted(stage: Stage, *, tag: int = 2) -> None:
    stage.on_app("process.restart")
    stage.finish(IMAGE.format(tag))


def test_after_a_restart_it_goes_back_to_what_was_something_else(stage: Stage) -> None:
    assert source_of(stage.app, 0).number == 1
    restarted(stage)
    number = int(stage.on_app("release.rollback").result["release"])
    assert stage.release(number).revision.spec["processes"][0]["image"] == IMAGE.format(1)


def test_after_stopping_and_starting_as_well(stage: Stage) -> None:
    stage.on_app("app.stop")
    stage.stops()
    stage.on_app("app.start")
    stage.finish(IMAGE.format(2))
    assert stage.release(5).state == "succeeded"
    assert source_of(stage.app, 0).number == 1


def test_after_scaling_it_goes_back_to_the_number_of_before(stage: Stage) -> None:
    stage.on_app("process.scale", process="web", replicas=8)
    stage.on_app("release.start")
    stage.work()
    for cluster in (stage.north, stage.south):
        stage.ready(cluster, image=IMAGE.format(2), count=4)
        stage.work()
    assert stage.release(4).state == "succeeded"
    assert source_of(stage.app, 0).number == 3


def test_where_all_were_restarts_of_the_same_there_is_nothing_older() -> None:
    stage = Stage()
    stage.deployed()
    restarted(stage, tag=1)
    with pytest.raises(Refused, match=r"All releases of shop that succeeded brought the same, but for restarts"):
        source_of(stage.app, 0)


def test_from_a_restart_that_failed_the_way_and_its_button_lead_there_too(stage: Stage) -> None:
    stage.on_app("process.restart")
    stage.work()
    Release.objects.filter(number=4).update(state="failed", ended_at=timezone.now())
    stage.app.status.last_release_state, stage.app.status.last_release = "failed", 4
    assert from_last(stage.app) == [Way(1)]
    assert [one["title"] for one in rescue_actions(stage.app, stage.bob)][1:] == ["Roll back to release 1"]
    assert stage.on_app("release.rollback").result["back_to"] == 1


def test_from_a_deploy_that_failed_it_goes_back_to_what_runs(stage: Stage) -> None:
    stage.on_app("image.set", process="web", image=IMAGE.format("crash"))
    stage.on_app("release.start")
    stage.work()
    Release.objects.filter(number=4).update(state="failed", ended_at=timezone.now())
    assert from_last(stage.app) == [Way(3)]
