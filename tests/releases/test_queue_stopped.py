"""What waits behind a stop, or a start, takes the app as it would have left it, or is held: never as it is not."""

from __future__ import annotations

from typing import Any

import pytest

from apps_mgmt.models import AppStatus
from portal.access import Ref
from portal.access.ref import RELEASE
from portal.operations.performing import perform
from releases import holding
from releases.models import Release
from tests import cast
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db
NEW = "registry.example.com/shop:2"
UNDONE = "was made to find shop stopped, and that was undone: release"
STOPPED = "was made to find shop running, and shop is stopped: release"


@pytest.fixture
def stage() -> Stage:
    """Release 1 runs."""
    made = Stage()
    made.deployed()
    return made


def queued(stage: Stage, before: str, after: str = "release.start", **data: Any) -> None:
    """One that stops or starts the app is paused, and another release waits behind it."""
    number = int(stage.on_app(before).result["release"])
    stage.on_release("release.pause", number)
    stage.on_app("image.set", process="web", image=NEW)
    stage.on_app(after, wait=True, **data)


def foretold(stage: Stage, number: int, **data: Any) -> str:
    """What the preview of an abort says."""
    ref = Ref(RELEASE, "boutique", "shop", number)
    preview = perform("release.abort", actor=stage.bob, ref=ref, data=data, dry_run=True).preview
    assert preview is not None
    return str(preview.happens)


def scaled(release: Release) -> set[int]:
    return {row["replicas"] for target in release.targets.all() for row in target.workloads}


@pytest.mark.parametrize("after", ["release.start", "release.rollback", "release.redeploy"])
def test_what_waits_behind_a_stop_takes_nothing_down_when_that_is_undone(stage: Stage, after: str) -> None:
    stage.on_app("env.set", env=[{"name": "COLOUR", "value": "blue"}])
    stage.deployed()
    queued(stage, "app.stop", after, **({"release": 1} if after == "release.rollback" else {}))
    stage.on_release("release.abort", 3)
    stage.finish()

    assert (stage.release(3).state, stage.release(4).state) == ("rolled_back", "waiting")
    assert UNDONE in holding.waits_for(stage.release(4))
    assert not AppStatus.objects.get(app=stage.app).stopped


def test_what_waits_behind_a_start_starts_nothing_when_that_is_undone(stage: Stage) -> None:
    stage.on_app("app.stop")
    stage.stops()
    queued(stage, "app.start")
    stage.on_release("release.abort", 3)
    stage.stops()

    assert (stage.release(3).state, stage.release(4).state) == ("rolled_back", "waiting")
    assert holding.waits_for(stage.release(4)) == (
        f"Release 4 {STOPPED} 4 would start shop. Stop release 4, and begin the same release anew."
    )


@pytest.mark.parametrize(("before", "count"), [("app.stop", 2), ("app.start", 0)])
def test_stopped_and_started_again_it_takes_the_app_as_it_stands(stage: Stage, before: str, count: int) -> None:
    if before == "app.start":
        stage.on_app("app.stop")
        stage.stops()
    queued(stage, before)
    held = Release.objects.filter(app=stage.app).count()
    stage.on_release("release.abort", held - 1)
    for _once in (1, 2):
        stage.stops() if before == "app.start" else stage.finish()
    stage.on_app("release.start", supersede=True)

    assert (stage.release(held).state, stage.release(held + 1).state) == ("superseded", "running")
    assert scaled(stage.release(held + 1)) == {count}


def test_behind_a_stop_that_succeeds_it_keeps_the_app_stopped(stage: Stage) -> None:
    queued(stage, "app.stop")
    stage.on_release("release.resume", 2)
    stage.stops()

    assert (stage.release(2).state, stage.release(3).state) == ("succeeded", "running")
    assert scaled(stage.release(3)) == {0}


def test_behind_a_start_that_succeeds_it_runs(stage: Stage) -> None:
    stage.on_app("app.stop")
    stage.stops()
    queued(stage, "app.start")
    stage.on_release("release.resume", 3)
    stage.finish()

    assert (stage.release(3).state, stage.release(4).state) == ("succeeded", "running")


def test_nothing_is_said_to_be_undone_before_it_is(stage: Stage) -> None:
    queued(stage, "app.stop")

    assert holding.waits_for(stage.release(3)) == "It begins when release 2 is over."


def test_what_queues_behind_a_stop_on_its_way_back_runs(stage: Stage) -> None:
    stage.on_app("app.stop")
    stage.work()
    stage.on_release("release.abort", 2)
    stage.on_app("image.set", process="web", image=NEW)
    stage.on_app("release.start", wait=True)
    assert scaled(stage.release(3)) == {2}
    stage.finish()

    assert (stage.release(2).state, stage.release(3).state) == ("rolled_back", "running")


def test_what_stops_a_stop_begins(stage: Stage) -> None:
    stage.on_app("app.stop")
    stage.work()
    stage.on_app("image.set", process="web", image=NEW)
    stage.on_app("release.start", supersede=True)

    assert (stage.release(2).state, stage.release(3).state) == ("superseded", "running")


def test_a_restart_that_passes_what_is_held_takes_nothing_down(stage: Stage) -> None:
    queued(stage, "app.stop")
    stage.on_release("release.abort", 2)
    stage.finish()
    stage.on_app("process.restart")

    assert (stage.release(3).state, stage.release(4).state) == ("waiting", "running")
    assert scaled(stage.release(4)) == {2}


def test_an_abort_says_before_what_becomes_of_what_waits(stage: Stage) -> None:
    queued(stage, "app.stop")
    said = foretold(stage, 2)
    assert "Release 3, started by bob, waits behind it: its turn comes when release 2 is over." in said
    assert f"It is held then. Release 3 {UNDONE} 3 would take every instance of shop away. " in said
    assert said.endswith("Stop release 3, and begin the same release anew.")
    stage.on_app("release.start", wait=True)
    assert "Release 4" not in foretold(stage, 2) and "Release 4" in foretold(stage, 3)
    assert "held" not in foretold(stage, 3)


def test_an_abort_tells_what_becomes_of_what_waits(stage: Stage) -> None:
    queued(stage, "app.stop")
    stage.on_release("release.resume", 2)
    stage.work()
    told = stage.on_release("release.abort", 2).result["warnings"]

    assert any("Release 3, started by bob, waits behind it" in one and UNDONE in one for one in told)
    assert UNDONE in holding.waits_for(stage.release(3))


def test_an_abort_of_what_nothing_waits_behind_says_nothing_of_it(stage: Stage) -> None:
    stage.on_app("app.stop")
    stage.work()

    assert "waits behind it" not in foretold(stage, 2)
    assert "warnings" not in stage.on_release("release.abort", 2).result


def test_its_page_says_why_it_is_held(stage: Stage) -> None:
    queued(stage, "app.stop")
    stage.on_release("release.abort", 2)
    stage.finish()

    assert UNDONE in cast.signed_in(stage.people.bob).get("/t/boutique/apps/shop/releases/3/").text


def test_an_abort_that_ends_at_once_tells_what_is_held(stage: Stage) -> None:
    stage.on_app("app.stop")
    stage.on_app("image.set", process="web", image=NEW)
    stage.on_app("release.start", wait=True)
    stage.on_app("release.start", wait=True)
    assert "warnings" not in stage.on_release("release.abort", 4).result
    stage.work()
    told = stage.on_release("release.abort", 2, after="hold").result["warnings"]

    assert stage.release(2).is_over
    assert told[0].startswith(f"It is the turn of release 3, started by bob, which is held. Release 3 {UNDONE} 3")
