"""What a release left half way on a cluster, a second track with it, is told before it is taken away, and where."""

from __future__ import annotations

from typing import Any

import pytest

from portal.access import Ref
from portal.access.ref import APP
from portal.errors import Refused
from portal.operations.performing import perform
from portal.operations.subject import Preview
from releases import standing
from tests.releases.canary import Canary

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Canary:
    """Release 2 waits at its first pause with one new instance of two, on both clusters."""
    stage = Canary()
    stage.waits()
    return stage


def foretold(stage: Canary, operation: str = "release.rollback", **data: Any) -> Preview:
    ref = Ref(APP, "boutique", "shop")
    preview = perform(operation, actor=stage.bob, ref=ref, data=data, dry_run=True).preview
    assert preview is not None
    return preview


def said(preview: Preview) -> str:
    return " ".join(map(str, [preview.happens, *preview.warnings]))


def holds(stage: Canary) -> None:
    stage.on_release("release.abort", 2, after="hold")
    stage.work()
    assert stage.release(2).is_over


def test_going_back_from_a_track_that_was_held_says_what_it_takes_away(stage: Canary) -> None:
    holds(stage)
    words = said(foretold(stage))
    assert "Release 2 stands half way on north, south: its instances there (shop:2) are taken away." in words
    assert "deployed again as it is" not in words


def test_on_the_clusters_that_it_goes_to_and_no_other(stage: Canary) -> None:
    holds(stage)
    assert "Release 2 stands half way on north: its" in said(foretold(stage, release=1, targets=["north"]))


def test_going_back_while_it_is_under_way_says_so_as_well(stage: Canary) -> None:
    words = said(foretold(stage, supersede=True))
    assert "Release 2 stands half way on north, south: its instances there (shop:2) are taken away." in words
    assert "deployed again as it is" not in words


def test_what_queues_behind_it_is_told_nothing_of_it(stage: Canary) -> None:
    assert "half way" not in said(foretold(stage, "release.redeploy", wait=True))


def test_deploying_the_same_again_brings_it_to_its_end(stage: Canary) -> None:
    holds(stage)
    words = said(foretold(stage, "release.start"))
    assert "Release 2 stands half way on north, south: what it brought there is brought to its end." in words
    assert "Its instances beside the old ones are taken away first, and come anew." in words


def test_a_release_that_has_begun_and_made_no_instance_yet_stands_nowhere() -> None:
    stage = Canary()
    stage.on_app("release.start")
    assert "half way" not in said(foretold(stage, supersede=True))


def test_nothing_restarts_over_it(stage: Canary) -> None:
    holds(stage)
    assert [one.half_way for one in standing.places(stage.app)] == [True, True]
    with pytest.raises(Refused, match="Release 2 ended half way on north, south"):
        stage.on_app("process.restart")


def test_who_brings_another_number_of_the_same_is_not_told_that_instances_go() -> None:
    stage = Canary()
    stage.on_app("release.strategy", kind="rolling", steps=[])
    stage.on_app("release.start")
    stage.work()
    stage.on_release("release.abort", 2, after="hold")
    stage.work()
    assert [one.half_way for one in standing.places(stage.app)] == [True, True]
    stage.on_app("process.scale", process="web", replicas=6)
    words = said(foretold(stage, "release.start"))
    assert "Release 2 stands half way on north" in words and "taken away" not in words
    assert "its instances there are the same as those of this one, but for how many there are." in words
    assert "its instances there (shop:2) are taken away" in said(foretold(stage))
