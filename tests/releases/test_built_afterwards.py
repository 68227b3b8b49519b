"""What comes after a release that built an image: restarts, edits, and how the draft is seen meanwhile."""

from __future__ import annotations

import pytest

from apps_mgmt import drafts
from apps_mgmt.models import App
from portal.outbox.models import OutboxRow
from releases import engine
from releases.ahead import brings_beside, brings_draft
from releases.effects import CallHttp, load
from releases.events import EffectDone
from releases.snapshot import RunRef
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db
DIGEST = f"sha256:{'a1' * 32}"
IMAGE = f"registry.example.com/shop@{DIGEST}"
BUILD = {"kind": "build", "name": "make", "processes": "web", "url": "https://ci.example.com/build"}


class Building(Stage):
    """The server has built the image whenever it is asked."""

    def _answer(self, row: OutboxRow) -> None:
        payload = row.payload
        if not isinstance(load(payload["effect"]), CallHttp):
            super()._answer(row)
            return
        run = RunRef(payload["cluster"], payload["step"], payload["attempt"])
        given = {"ended": {"well": True, "words": ""}, "output": {"image": IMAGE, "digest": DIGEST}}
        engine.dispatch(payload["release"], EffectDone(run=run, key=payload["key"], output=given))
        OutboxRow.objects.filter(pk=row.pk).update(state="done")


@pytest.fixture
def stage() -> Stage:
    stage = Building()
    stage.on_app("release.waves", across="together")
    stage.on_app("release.strategy", kind="rolling", steps=[BUILD, {"kind": "apply", "name": "everything"}])
    return stage


def app(stage: Stage) -> App:
    return App.objects.select_related("draft").get(pk=stage.app.pk)


def image(stage: Stage, number: int) -> str:
    return str(stage.release(number).revision.spec["processes"][0]["image"])


def test_a_restart_keeps_what_was_built_and_leaves_the_draft_alone(stage: Stage) -> None:
    stage.deployed(IMAGE)
    draft = app(stage).draft_id
    stage.on_app("process.restart", process="web")
    assert (image(stage, 1), image(stage, 2)) == (IMAGE, IMAGE)
    assert app(stage).draft_id == draft
    assert drafts.undeployed(app(stage)).count == 0


def test_an_edit_after_it_is_the_one_change_that_waits(stage: Stage) -> None:
    stage.deployed(IMAGE)
    stage.on_app("process.scale", process="web", replicas=2)
    assert [one.operation for one in drafts.undeployed(app(stage)).changes] == ["process.scale"]


def test_while_it_rolls_the_draft_is_what_is_under_way(stage: Stage) -> None:
    stage.on_app("release.start")
    stage.work()
    release = stage.release(1)
    assert (release.state, image(stage, 1)) == ("running", IMAGE)
    assert brings_draft(app(stage), release) and not brings_beside(app(stage), release)
    stage.on_app("process.scale", process="web", replicas=2)
    assert not brings_draft(app(stage), stage.release(1))
