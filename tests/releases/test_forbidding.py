"""What is forbidden is released by nobody: not by deploying it, not by going back; whoever tries is told why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from portal.errors import Refused
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db
TWO = "registry.example.com/shop:2"


@pytest.fixture
def stage() -> Stage:
    """Releases 1 and 2 have succeeded; 1 is forbidden."""
    made = Stage()
    made.deployed()
    made.on_app("image.set", process="web", image=TWO)
    made.deployed(TWO)
    made.on_app("release.forbid", release=1, reason="It loses orders.")
    return made


@pytest.mark.parametrize(
    ("operation", "data"),
    [("release.rollback", {"release": 1}), ("release.redeploy", {"release": 1})],
    ids=["going back", "again"],
)
def test_it_is_not_released_again_and_the_reason_is_told(stage: Stage, operation: str, data: Mapping[str, Any]) -> None:
    with pytest.raises(Refused, match=r"Release 1 is forbidden.*It loses orders \(bob\)"):
        stage.on_app(operation, **data)


def test_a_draft_that_is_the_same_is_not_deployed(stage: Stage) -> None:
    stage.on_app("image.set", process="web", image="registry.example.com/shop:1")
    with pytest.raises(Refused, match="Release 1 is forbidden"):
        stage.on_app("release.start")


def test_going_back_without_a_number_passes_it_over(stage: Stage) -> None:
    stage.on_app("image.set", process="web", image="registry.example.com/shop:3")
    stage.deployed("registry.example.com/shop:3")
    stage.on_app("release.forbid", release=2, reason="So does this")
    with pytest.raises(
        Refused, match=r"succeeded earlier is forbidden \(releases 2, 1\), so there is nothing to go back to"
    ):
        stage.on_app("release.rollback")


@pytest.fixture
def restarted(stage: Stage) -> Stage:
    """What release 2 brought runs, restarted by release 3, and is forbidden; release 1 is not any more."""
    stage.on_app("process.restart", process="web")
    stage.finish(TWO)
    stage.on_app("release.forbid", release=1, allow=True)
    stage.on_app("release.forbid", release=2, reason="It loses carts")
    return stage


@pytest.mark.parametrize("operation", ["release.rollback", "release.redeploy"], ids=["going back", "again"])
def test_its_restart_is_not_released_either(restarted: Stage, operation: str) -> None:
    with pytest.raises(Refused, match=r"Release 2 is forbidden.*It loses carts"):
        restarted.on_app(operation, release=3)


def test_its_draft_is_not_deployed_after_a_restart(restarted: Stage) -> None:
    with pytest.raises(Refused, match="Release 2 is forbidden"):
        restarted.on_app("release.start")


def test_going_back_passes_over_its_restart(restarted: Stage) -> None:
    restarted.on_app("image.set", process="web", image="registry.example.com/shop:3")
    restarted.deployed("registry.example.com/shop:3")
    assert restarted.on_app("release.rollback").result["back_to"] == 1


def test_what_runs_of_it_is_restarted_all_the_same(restarted: Stage) -> None:
    restarted.on_app("process.restart", process="web")
    assert restarted.release(4).kind == "restart"


def test_the_same_operation_allows_it_again(stage: Stage) -> None:
    stage.on_app("release.forbid", release=1, allow=True)
    assert stage.on_app("release.rollback", release=1).result["back_to"] == 1


def test_what_is_not_forbidden_cannot_be_allowed(stage: Stage) -> None:
    with pytest.raises(Refused, match="Release 2 is not forbidden"):
        stage.on_app("release.forbid", release=2, allow=True)


def test_nobody_forbids_without_a_reason(stage: Stage) -> None:
    with pytest.raises(Refused, match="Say why"):
        stage.on_app("release.forbid", release=2)


def test_a_release_that_is_not_there_cannot_be_forbidden(stage: Stage) -> None:
    with pytest.raises(Refused, match="no release 9"):
        stage.on_app("release.forbid", release=9, reason="It is not there")


def test_what_is_stopped_and_forbidden_is_not_started(stage: Stage) -> None:
    stage.on_app("release.forbid", release=2, reason="It burns money")
    stage.on_app("app.stop")
    stage.stops()
    with pytest.raises(Refused, match="It burns money"):
        stage.on_app("app.start")


def test_what_runs_is_deployed_again_as_it_is(stage: Stage) -> None:
    stage.on_app("process.scale", process="web", replicas=5)
    stage.on_app("release.redeploy")
    release = stage.release(3)
    assert (release.kind, release.revision_id) == ("deploy", stage.release(2).revision_id)


def test_an_older_release_is_deployed_again_with_its_secrets(stage: Stage) -> None:
    stage.on_app("secret.set", name="KEY", value="first value", process="web")
    stage.deployed(TWO)
    stage.on_app("secret.set", name="KEY", value="second value", process="web")
    stage.deployed(TWO)
    stage.on_app("release.redeploy", release=3)
    assert stage.release(5).revision_id == stage.release(3).revision_id
