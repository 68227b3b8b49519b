"""An abort goes back to what ran before, whatever was forbidden since: whoever asks for it is told so."""

from __future__ import annotations

from typing import Any

import pytest

from portal.access import Ref
from portal.access.ref import PLATFORM, RELEASE
from portal.operations.performing import perform
from releases.models import Release
from tests import cast
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db
LET_THROUGH = "Going back to what ran last is let through all the same."


@pytest.fixture
def stage() -> Stage:
    """Release 2 is under way over release 1."""
    made = Stage()
    made.deployed()
    made.on_app("image.set", process="web", image="registry.example.com/shop:2")
    made.on_app("release.start")
    made.work()
    return made


def warnings(stage: Stage, operation: str = "release.abort", **data: Any) -> list[str]:
    ref = Ref(RELEASE, "boutique", "shop", 2)
    preview = perform(operation, actor=cast.actor(stage.people.alice), ref=ref, data=data, dry_run=True).preview
    assert preview is not None
    return list(preview.warnings)


def test_an_abort_says_that_what_comes_back_is_forbidden_and_why(stage: Stage) -> None:
    assert warnings(stage, after="roll_back") == []
    stage.on_app("release.forbid", release=1, reason="It loses orders.")
    assert warnings(stage, after="roll_back") == [
        "On north, south it goes back to release 1. What release 1 brought is forbidden: It loses orders (bob).",
        LET_THROUGH,
    ]
    assert warnings(stage, after="hold") == []


def test_an_abort_says_which_rule_of_the_platform_what_comes_back_breaks(stage: Stage) -> None:
    data = {"registries": "other.example.com"}
    perform("platform.rules", actor=cast.actor(stage.people.olga), ref=Ref(PLATFORM), data=data)
    rule, let_through = warnings(stage, after="roll_back")
    assert "other.example.com" in rule and let_through == LET_THROUGH


def test_what_is_forbidden_comes_back_all_the_same(stage: Stage) -> None:
    stage.on_app("release.forbid", release=1, reason="It loses orders.")
    stage.on_release("release.abort", 2, after="roll_back")
    stage.work()
    assert Release.objects.get(number=2).state == "rolling_back"


def test_where_the_forbidden_one_ran_on_one_cluster_alone_that_is_told() -> None:
    stage = Stage()
    stage.deployed()
    stage.on_app("image.set", process="web", image="registry.example.com/shop:3")
    stage.on_app("release.start", targets=["north"])
    stage.finish("registry.example.com/shop:3")
    stage.on_app("release.forbid", release=1, reason="It loses orders.")
    stage.on_app("image.set", process="web", image="registry.example.com/shop:4")
    stage.on_app("release.start")
    stage.work()
    ref = Ref(RELEASE, "boutique", "shop", 3)
    preview = perform("release.abort", actor=stage.bob, ref=ref, data={"after": "roll_back"}, dry_run=True).preview
    assert preview is not None
    assert [one.split(".")[0] for one in preview.warnings][:-1] == ["On south it goes back to release 1"]
