"""Who rejects a release is told before what runs then, and it does."""

from __future__ import annotations

from typing import Any

import pytest

from portal.access import Ref
from portal.access.ref import RELEASE
from portal.operations.outcome import Outcome
from portal.operations.performing import perform
from releases.models import StepRun
from tests import cast
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db
FIRST = {"kind": "batch", "name": "first", "replicas": "1"}
REST = {"kind": "batch", "name": "rest", "replicas": "100%"}
TELL = {"kind": "notify", "name": "tell", "message": "It did not go out.", "when": "on-failure"}
CLEAN = {"kind": "note", "name": "clean", "text": "Put it away.", "when": "always"}


@pytest.fixture
def stage() -> Stage:
    return Stage()


def asking(stage: Stage, *steps: dict[str, Any]) -> None:
    """Release 1, started by bob, waits for an approval on both clusters."""
    stage.on_app("release.waves", across="together")
    stage.on_app("release.auto_rollback", on=False)
    stage.on_app("release.strategy", kind="canary", steps=[{"kind": "approval", "name": "ok"}, *steps, REST])
    stage.on_app("release.start")
    stage.work()


def ref() -> Ref:
    return Ref(RELEASE, "boutique", "shop", 1)


def says(stage: Stage, operation: str, **data: Any) -> Outcome:
    return perform(operation, actor=cast.actor(stage.people.alice), ref=ref(), data=data)


def happens(stage: Stage) -> str:
    data = {"comment": "no"}
    shown = perform("release.reject", actor=cast.actor(stage.people.alice), ref=ref(), data=data, dry_run=True)
    assert shown.preview
    return shown.preview.happens


def ran(stage: Stage, name: str) -> list[str]:
    number = stage.release(1).steps.get(options__name=name).number
    return [run.state for run in StepRun.objects.filter(release=stage.release(1), step=number)]


def test_what_is_planned_for_a_failure_runs_when_an_approval_is_rejected(stage: Stage) -> None:
    asking(stage, TELL)
    assert "First runs what is planned for a failure: “Tell: tell”. Release 1 ends" in happens(stage)
    says(stage, "release.reject", comment="not on a Friday")
    release = stage.release(1)
    assert ran(stage, "tell") == ["done"] * 2
    assert (release.state, release.why) == ("failed", "alice rejected it: not on a Friday")


def test_a_release_that_waits_for_people_to_put_it_away_ends_after_that(stage: Stage) -> None:
    asking(stage, TELL, CLEAN)
    says(stage, "release.pause")
    assert "“Tell: tell”, “By hand: clean”. It is paused: that begins once it is resumed." in happens(stage)
    says(stage, "release.resume")
    says(stage, "release.reject", comment="not on a Friday")
    assert (stage.release(1).state, ran(stage, "clean")) == ("running", ["watching"] * 2)
    says(stage, "release.promote")
    assert (stage.release(1).state, stage.release(1).why) == ("failed", "alice rejected it: not on a Friday")


def test_without_anything_planned_for_that_nothing_is_said_of_it(stage: Stage) -> None:
    asking(stage)
    assert happens(stage).startswith("Release 1 ends")
