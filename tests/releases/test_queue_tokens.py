"""A release that a token started waits with what that token may: its person alone is not asked at its turn."""

from __future__ import annotations

import pytest

from tests import cast
from tests.api.caller import Caller
from tests.releases.stage import Stage
from tests.releases.test_queue_held import APPROVER, NEW, PAGE, does

pytestmark = pytest.mark.django_db


def test_a_token_that_reaches_less_far_than_its_person_is_asked_at_its_turn() -> None:
    stage = Stage()
    stage.on_app("release.start")
    stage.on_app("image.set", process="web", image=NEW)
    does(stage, "access.grant", **APPROVER)
    token = Caller(stage.people.bob, stage.people.boutique, permissions=["app.view", "app.deploy"])
    assert token.do("release.start", {"wait": True}).status_code == 200
    does(stage, "cluster.restrict", reason="production")
    stage.finish()

    assert stage.release(2).state == "waiting"
    said = "bob started it with a token that does not have the right release.approve"
    assert said in cast.signed_in(stage.people.alice).get(PAGE).text
    does(stage, "cluster.unrestrict")
    assert stage.release(2).state == "running"


@pytest.mark.parametrize("permissions", [(), ("app.view", "app.deploy", "release.approve")])
def test_a_token_that_reaches_as_far_as_it_takes_holds_nothing(permissions: tuple[str, ...]) -> None:
    stage = Stage()
    stage.on_app("release.start")
    stage.on_app("image.set", process="web", image=NEW)
    does(stage, "access.grant", **APPROVER)
    token = Caller(stage.people.bob, stage.people.boutique, permissions=permissions)
    assert token.do("release.start", {"wait": True}).status_code == 200
    does(stage, "cluster.restrict", reason="production")
    stage.finish()

    assert stage.release(2).state == "running"
