"""What is said of an app that runs nowhere as far as releases go, though a cluster may show instances of it."""

from __future__ import annotations

import pytest

from portal.errors import Conflict
from tests import cast
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db
ON_WHAT_RUNS = {"process.restart": {}, "app.stop": {}, "instance.delete": {"instance": "shop--web-1"}}


@pytest.fixture
def stage() -> Stage:
    return Stage()


def refused(stage: Stage, operation: str) -> str:
    with pytest.raises(Conflict) as refusal:
        stage.on_app(operation, **ON_WHAT_RUNS[operation])
    return str(refusal.value)


@pytest.mark.parametrize("operation", ON_WHAT_RUNS)
def test_an_app_whose_first_release_failed_is_said_to_have_none_that_succeeded(stage: Stage, operation: str) -> None:
    assert refused(stage, operation) == "It runs nowhere yet. Deploy it first."
    stage.on_app("release.start")
    stage.work()
    assert refused(stage, operation) == "Its first release is under way. Wait for it to end."

    stage.crashes(stage.north)
    stage.work()
    assert stage.release(1).state == "failed"
    said = "Release 1 failed, and none has succeeded yet. Change what it fails on, then deploy again."
    assert refused(stage, operation) == said
    form = cast.signed_in(stage.people.bob).get(f"/t/boutique/apps/shop/do/{operation}/").text
    assert said in form


def test_where_one_succeeded_before_it_is_possible(stage: Stage) -> None:
    stage.deployed()
    stage.on_app("image.set", process="web", image="registry.example.com/shop:crash")
    stage.on_app("release.start")
    stage.work()
    stage.crashes(stage.north)
    stage.work()
    assert stage.release(2).state == "failed"
    page = cast.signed_in(stage.people.bob).get("/t/boutique/apps/shop/do/process.restart/").text
    assert "none has succeeded yet" not in page
