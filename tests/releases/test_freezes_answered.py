"""Whoever starts a release that waits is answered for what, until when, and what passes it."""

from __future__ import annotations

from typing import Any

import pytest

from portal.access import Ref
from portal.access.ref import APP
from portal.operations.performing import perform
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db
IMAGE = "registry.example.com/shop:{}"
OPERATIONS = [
    ("release.start", {}),
    ("release.rollback", {"release": 2}),
    ("release.redeploy", {}),
    ("release.redeploy", {"release": 2}),
]


@pytest.fixture
def stage() -> Stage:
    """Release 1 brought image 1, release 2 image 2, and release 3 went back to image 1."""
    stage = Stage()
    stage.deployed()
    stage.on_app("image.set", process="web", image=IMAGE.format(2))
    stage.deployed(IMAGE.format(2))
    stage.on_app("release.rollback", release=1)
    stage.finish(IMAGE.format(1))
    return stage


def frozen(stage: Stage) -> str:
    """What is said of a freeze of two days."""
    return (
        f"Frozen until {stage.day(2):%Y-%m-%d %H:%M} UTC: The books are closed. The release "
        "waits until then, or until somebody who may approve releases overrides it (release.override)."
    )


def foretold(stage: Stage, operation: str, **data: Any) -> list[Any]:
    ref = Ref(APP, "boutique", "shop")
    preview = perform(operation, actor=stage.bob, ref=ref, data=data, dry_run=True).preview
    assert preview is not None
    return list(preview.warnings)


@pytest.mark.parametrize(("operation", "data"), OPERATIONS)
def test_what_a_freeze_holds_is_told_before_and_after(stage: Stage, operation: str, data: dict[str, Any]) -> None:
    said = frozen(stage)
    stage.frozen()
    assert said in foretold(stage, operation, **data)
    assert stage.on_app(operation, **data).result["warnings"] == [said]


@pytest.mark.parametrize(("operation", "data"), OPERATIONS)
def test_what_waits_for_its_turn_is_told_so_and_that_a_freeze_comes_then(
    stage: Stage, operation: str, data: dict[str, Any]
) -> None:
    stage.on_app("release.start")
    stage.work()
    said = frozen(stage)
    stage.frozen()
    told = stage.on_app(operation, **data, wait=True).result["warnings"]
    assert told == [f"It begins when release 4 is over. {said}"]


def test_what_waits_for_its_turn_alone_is_told_so(stage: Stage) -> None:
    stage.on_app("release.start")
    assert stage.on_app("release.rollback", release=2, wait=True).result["warnings"] == [
        "It begins when release 4 is over."
    ]


def test_what_takes_the_place_of_another_one_and_is_held_is_told_so(stage: Stage) -> None:
    said = frozen(stage)
    stage.frozen()
    stage.on_app("release.start")
    assert stage.on_app("release.rollback", release=2, supersede=True).result["warnings"] == [said]


def test_what_begins_at_once_is_told_nothing(stage: Stage) -> None:
    stage.on_app("release.rollback", release=2)
    stage.finish(IMAGE.format(2))
    stage.frozen()
    assert "warnings" not in stage.on_app("release.rollback", release=1).result
