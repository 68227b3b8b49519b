"""What queues and is not placed on a cluster empties it, though what is in front comes there only afterwards."""

from __future__ import annotations

from typing import Any

import pytest

from apps_mgmt.models import Deployed
from portal.access import Ref
from portal.access.ref import APP
from portal.operations.performing import perform
from portal.operations.subject import Preview
from portal.outbox.models import OutboxRow
from releases import engine
from releases.models import Target
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db
OLD, NEW, NEXT = (f"registry.example.com/shop:{tag}" for tag in (1, 2, 3))
STEPS = ({"kind": "pause", "name": "look"}, {"kind": "apply", "name": "write"})
NORTH, BOTH = ([{"cluster": name} for name in names] for names in (["north"], ["north", "south"]))


@pytest.fixture
def stage() -> Stage:
    """Release 1 runs on north; 2, for north and south, waits on north; the draft is for north alone."""
    stage = Stage()
    stage.on_app("placement.targets", targets=NORTH)
    stage.on_app("release.start")
    only_on_north(stage, OLD)
    assert stage.release(1).state == "succeeded"
    stage.on_app("placement.targets", targets=BOTH)
    stage.on_app("release.waves", order=[{"clusters": ["north"]}, {"clusters": ["south"]}])
    stage.on_app("release.strategy", kind="rolling", steps=list(STEPS))
    stage.on_app("image.set", process="web", image=NEW)
    stage.on_app("release.start")
    stage.work()
    stage.on_app("release.waves", order=[])
    stage.on_app("placement.targets", targets=NORTH)
    stage.on_app("release.strategy", kind="rolling", steps=[])
    stage.on_app("image.set", process="web", image=NEXT)
    return stage


def only_on_north(stage: Stage, image: str) -> None:
    stage.work()
    stage.ready(stage.north, image=image, count=4)
    stage.work()


def front_ends(stage: Stage) -> None:
    """Release 2 comes to both clusters, and to its end."""
    stage.on_release("release.promote", 2)
    stage.finish(NEW)
    assert stage.release(2).state == "succeeded"


def lanes(number: int) -> dict[str, bool]:
    """The clusters that a release goes to, and whether it brings something there."""
    return {one.cluster_name: bool(one.object_keys) for one in Target.objects.filter(release__number=number)}


def done_on_south(stage: Stage, number: int) -> list[str]:
    """The effects of a release there."""
    rows = OutboxRow.objects.filter(kind=engine.EFFECT, payload__release=str(stage.release(number).pk))
    return [str(row.payload["effect"]["effect"]) for row in rows.filter(payload__cluster=str(stage.south.pk))]


def shown(stage: Stage, **data: Any) -> Preview:
    ref = Ref(APP, "boutique", "shop")
    preview = perform("release.start", actor=stage.bob, ref=ref, data=data, dry_run=True).preview
    assert preview is not None
    return preview


def test_what_the_one_in_front_brings_there_is_removed(stage: Stage) -> None:
    stage.on_app("release.start", wait=True)
    assert lanes(3) == {"north": True, "south": False}
    front_ends(stage)
    only_on_north(stage, NEXT)

    assert "Prune" in done_on_south(stage, 3)
    assert stage.release(3).state == "succeeded"
    assert [row.cluster_name for row in Deployed.objects.filter(app=stage.app)] == ["north"]


def test_going_back_to_what_was_on_fewer_clusters_removes_it_too(stage: Stage) -> None:
    stage.on_app("release.rollback", release=1, wait=True)

    assert lanes(3) == {"north": True, "south": False}


def test_behind_several_all_that_they_bring_is_removed(stage: Stage) -> None:
    stage.on_app("process.scale", process="web", replicas=6)
    stage.on_app("release.start", wait=True)
    stage.on_app("process.scale", process="web", replicas=8)
    stage.on_app("release.start", wait=True)

    assert lanes(4) == {"north": True, "south": False}


def test_where_nothing_came_in_the_end_there_is_nothing_to_do(stage: Stage) -> None:
    stage.on_app("release.start", wait=True)
    stage.on_release("release.abort", 2)
    only_on_north(stage, OLD)
    assert stage.release(2).state == "rolled_back"
    only_on_north(stage, NEXT)

    assert stage.release(3).state == "succeeded"
    assert [row.cluster_name for row in Deployed.objects.filter(app=stage.app)] == ["north"]


def test_what_stops_the_one_in_front_goes_only_where_that_had_come(stage: Stage) -> None:
    stage.on_app("release.start", supersede=True)

    assert lanes(3) == {"north": True}


def test_the_preview_shows_that_the_cluster_is_emptied(stage: Stage) -> None:
    foreseen = [name for wave in shown(stage, wait=True).course for name in wave["clusters"]]

    assert sorted(foreseen) == ["north", "south"]
