"""Whoever skips a step is told what that sets free; whoever rejects, what becomes of what waits behind."""

from __future__ import annotations

from typing import Any

import pytest

from portal.access import Ref
from portal.access.ref import RELEASE
from portal.operations.performing import perform
from releases.models import Release
from tests import cast
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db
NEW = "registry.example.com/shop:2"
ALL = {"kind": "apply", "name": "all"}
BEHIND = "Release 3, started by bob, waits behind it: its turn comes when release 2 is over."


@pytest.fixture
def stage() -> Stage:
    """Release 1 runs."""
    stage = Stage()
    stage.deployed()
    stage.on_app("image.set", process="web", image=NEW)
    return stage


def goes(stage: Stage, *steps: dict[str, Any], across: str = "one-after-another", queue: bool = False) -> None:
    """Release 2 goes by these steps; another one waits behind it if that is asked for."""
    stage.on_app("release.waves", across=across)
    stage.on_app("release.strategy", kind="rolling", steps=list(steps))
    stage.on_app("release.start")
    stage.work()
    if queue:
        stage.on_app("release.start", wait=True)


def note(name: str = "look") -> dict[str, Any]:
    return {"kind": "note", "name": name, "text": "Look."}


def soak() -> dict[str, Any]:
    return {"kind": "soak", "name": "calm", "lasts": 600}


def foretold(stage: Stage, operation: str, **data: Any) -> str:
    ref, alice = Ref(RELEASE, "boutique", "shop", 2), cast.actor(stage.people.alice)
    preview = perform(operation, actor=alice, ref=ref, data=data, dry_run=True).preview
    assert preview is not None
    return preview.happens


def skips(stage: Stage, cluster: str = "north") -> str:
    """Try it, then do it; what the preview said."""
    said = foretold(stage, "release.skip", cluster=cluster)
    stage.on_release("release.skip", 2, cluster=cluster)
    return said


def test_skipping_says_what_waits_behind(stage: Stage) -> None:
    goes(stage, note("one"), note("two"), ALL, queue=True)
    said = skips(stage)
    assert "Then begins: By hand: two." in said and said.endswith(BEHIND)


def test_skipping_says_nothing_of_a_queue_where_nothing_waits(stage: Stage) -> None:
    goes(stage, note("one"), ALL)
    assert "waits behind it" not in skips(stage)


def test_skipping_says_who_else_passes(stage: Stage) -> None:
    goes(stage, note("one"), note("two"), ALL, across="together")
    said = skips(stage)
    assert "It passes on south with that, too." in said
    stage.ready(stage.south)
    step = stage.release(2).steps.get(options__name="one").number
    assert stage.release(2).runs.get(cluster_id=stage.south.pk, step=step).state == "done"


def test_skipping_what_each_cluster_does_by_itself_lets_nobody_else_pass(stage: Stage) -> None:
    goes(stage, ALL, soak(), across="together")
    for cluster in (stage.north, stage.south):
        stage.ready(cluster, image=NEW)
    assert "with that, too" not in skips(stage)
    assert stage.release(2).runs.filter(cluster_id=stage.south.pk, state="watching").exists()


def test_skipping_the_last_step_of_a_cluster_says_what_begins_elsewhere(stage: Stage) -> None:
    stage.on_app("process.restart")
    stage.release(2).steps.filter(kind="prune").delete()  # whatever cleans up ends by itself, and is not skipped
    stage.work()
    said = skips(stage)
    assert "north is through then. On south begins: " in said
    assert stage.release(2).targets.get(cluster_name="north").state == "done"


def test_skipping_the_last_step_of_all_says_that_it_has_succeeded_and_whose_turn_it_is(stage: Stage) -> None:
    stage.on_app("app.stop")
    stage.work()
    stage.on_app("release.start", wait=True)
    said = skips(stage)
    assert "north is through then." in said and "succeeded" not in said
    said = skips(stage, "south")
    assert "south is through then. The release has succeeded then." in said and said.endswith(BEHIND)
    assert (stage.release(2).state, stage.release(3).state) == ("succeeded", "running")


def test_skipping_in_a_release_that_is_paused_says_that_nothing_begins_until_it_is_resumed(stage: Stage) -> None:
    goes(stage, note("one"), note("two"), ALL)
    stage.on_release("release.pause", 2)
    said = skips(stage)
    assert "Then begins" not in said and "It is paused: what comes next begins once it is resumed." in said


def rejects(stage: Stage) -> str:
    """Try it, then do it; what the preview said."""
    said = foretold(stage, "release.reject", comment="Not today")
    ref, alice = Ref(RELEASE, "boutique", "shop", 2), cast.actor(stage.people.alice)
    perform("release.reject", actor=alice, ref=ref, data={"comment": "Not today"})
    return said


def approval() -> dict[str, Any]:
    return {"kind": "approval", "name": "ok"}


def test_rejecting_before_anything_was_changed_says_so_and_what_waits_behind(stage: Stage) -> None:
    goes(stage, approval(), ALL, queue=True)
    said = rejects(stage)
    assert said == (
        "Release 2 ends, and what was to come after this does not begin. It has changed nothing so far, so there is "
        f"nothing to bring back. {BEHIND}"
    )
    assert (stage.release(2).state in ("failed", "rolled_back"), stage.release(3).state) == (True, "running")


@pytest.mark.parametrize(
    ("causes", "words", "state"),
    [
        ([], "What it has changed so far stays, and it counts as failed.", "failed"),
        (["failed-step"], "What ran before is brought back.", "rolling_back"),
    ],
    ids=["holds", "goes back"],
)
def test_rejecting_says_what_becomes_of_what_was_done(stage: Stage, causes: list[str], words: str, state: str) -> None:
    goes(stage, ALL, approval(), queue=True)
    Release.objects.filter(number=2).update(rollback_on=causes)
    stage.ready(stage.north, image=NEW)
    said = rejects(stage)
    assert said == f"Release 2 ends, and what was to come after this does not begin. {words} {BEHIND}"
    assert stage.release(2).state == state
