"""What a release that queues is compared with, and what the banner says of a release that left the draft behind."""

from __future__ import annotations

from typing import Any

import pytest

from portal.access import Ref
from portal.access.ref import APP
from portal.operations.performing import perform
from portal.operations.subject import Preview
from tests import cast
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db
PAGE = "/t/boutique/apps/shop/"


@pytest.fixture
def stage() -> Stage:
    """Release 1 stands on both clusters; release 2, with three instances more, is under way."""
    stage = Stage()
    stage.on_app("release.start")
    arrive(stage)
    stage.on_app("process.scale", process="web", replicas=7)
    stage.on_app("release.start")
    return stage


def arrive(stage: Stage, *, count: int = 2) -> None:
    """The release under way succeeds on one cluster after the other."""
    for cluster in (stage.north, stage.south):
        stage.work()
        stage.ready(cluster, count=count)
        stage.work()


def queued(stage: Stage, **data: Any) -> Preview:
    given = {"wait": True, **data}
    found = perform("release.start", actor=stage.bob, ref=Ref(APP, "boutique", "shop"), data=given, dry_run=True)
    assert found.preview is not None
    return found.preview


def rows(stage: Stage, **data: Any) -> list[tuple[Any, Any]]:
    return [(row["before"], row["after"]) for row in queued(stage, **data).spec]


def test_what_queues_is_compared_with_what_the_release_in_front_brings(stage: Stage) -> None:
    stage.on_app("process.scale", process="web", replicas=9)

    assert rows(stage) == [("7", "9")]


def test_what_queues_is_told_what_it_is_compared_with(stage: Stage) -> None:
    said = queued(stage).warnings[0]

    assert said == (
        "This begins when release 2, started by bob, has ended. Compared with what release 2 brings, if it succeeds."
    )


def test_what_stops_the_release_under_way_is_compared_with_what_stands(stage: Stage) -> None:
    assert rows(stage, wait=False, supersede=True) == [("4", "7")]


def test_behind_several_the_last_one_counts(stage: Stage) -> None:
    stage.on_app("process.scale", process="web", replicas=8)
    stage.on_app("release.start", wait=True)
    stage.on_app("process.scale", process="web", replicas=9)

    assert rows(stage) == [("8", "9")]


def test_where_the_one_in_front_goes_elsewhere_what_stands_counts(stage: Stage) -> None:
    stage.on_app("process.scale", process="web", replicas=8)
    stage.on_app("release.start", wait=True, targets=["south"])
    stage.on_app("process.scale", process="web", replicas=9)

    assert sorted(rows(stage)) == [("7", "9"), ("8", "9")]


def test_behind_one_that_goes_back_what_stood_before_counts(stage: Stage) -> None:
    stage.on_release("release.abort", 2)

    assert rows(stage) == [("4", "7")]


def test_an_undo_of_what_is_being_released_is_said_on_the_page_of_the_app(stage: Stage) -> None:
    stage.on_app("draft.undo")
    page = cast.signed_in(stage.people.bob).get(PAGE).text

    assert "brings something that is not in the draft" in page


def test_a_draft_that_goes_on_from_what_is_being_released_is_not_beside_it(stage: Stage) -> None:
    stage.on_app("process.scale", process="web", replicas=9)
    page = cast.signed_in(stage.people.bob).get(PAGE).text

    assert "brings something that is not in the draft" not in page
