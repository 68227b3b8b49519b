"""Stopping, starting and deleting an instance bring nothing: going back starts from what stands half way behind."""

from __future__ import annotations

import pytest

from apps_mgmt.models import AppStatus
from releases.reasons import Reason
from releases.ways_back import Way, from_last
from tests.releases.held import Held, has
from tests.web.reading import said_on

pytestmark = pytest.mark.django_db
PAGE = "/t/boutique/apps/shop/"


@pytest.fixture
def stage() -> Held:
    return Held()


def deleted(stage: Held, *, fails: bool = False) -> None:
    """An instance of the first track is deleted on north."""
    stage.lists(stage.north, stable={"a": True}, canary={"c": True})
    assert stage.asked("instance.delete", instance="a").number == 4
    if fails:
        stage.tells("DeleteInstance", Reason("refused", {"words": "no right", "cluster": "north"}))
        assert stage.release(4).state == "failed"
        return
    stage.work()
    stage.lists(stage.north, stable={"b": True}, canary={"c": True})
    assert stage.release(4).state == "succeeded"


def test_behind_a_stop_it_goes_back_to_what_was_whole_last(stage: Held) -> None:
    stage.is_stopped()
    assert from_last(stage.app) == [Way(2)]
    assert has(stage.asked("release.rollback")) == ("1", "blue")


def test_behind_the_deletion_of_an_instance_it_goes_back_to_what_was_whole_last(stage: Held) -> None:
    deleted(stage)
    assert from_last(stage.app) == [Way(2)]
    assert [way.number for way in from_last(stage.app)] == [2]
    assert has(stage.asked("release.rollback", targets=["north"])) == ("1", "blue")


def test_the_banner_stays_behind_the_deletion_of_an_instance(stage: Held) -> None:
    deleted(stage)
    assert AppStatus.objects.get(app=stage.app).last_release_state == "succeeded"
    for page in (PAGE, f"{PAGE}_rescue", "/t/boutique/overview/"):
        assert "Roll back to release 2" in said_on(page, stage.people.bob), page
    assert "Release 3 stands half way on north, south" in said_on(PAGE, stage.people.bob)
    assert "Roll back to release 2" in said_on(f"{PAGE}releases/3/", stage.people.bob)


def test_behind_one_that_failed_it_goes_back_wherever_something_stands_half_way(stage: Held) -> None:
    deleted(stage, fails=True)
    assert from_last(stage.app) == [Way(2)]
    assert stage.asked("release.rollback").targets.count() == 2
