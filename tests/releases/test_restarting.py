"""A restart is no change of the draft: nothing takes it back, and whoever deploys something else repeats it not."""

from __future__ import annotations

import pytest

from apps_mgmt import drafts
from apps_mgmt.models import App
from portal.access import Ref
from portal.access.ref import APP
from portal.operations.performing import perform
from releases.models import Release
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.deployed()
    return stage


def app(stage: Stage) -> App:
    return App.objects.select_related("draft").get(pk=stage.app.pk)


def stamp(release: Release) -> str:
    return str(release.revision.spec["processes"][0].get("restarted_at", ""))


def restarted(stage: Stage) -> Release:
    number = int(stage.on_app("process.restart", process="web").result["release"])
    stage.finish()
    release = stage.release(number)
    assert (release.state, bool(stamp(release))) == ("succeeded", True)
    return release


def rows(stage: Stage) -> list[str]:
    data = {"note": "Why"}
    shown = perform("release.start", actor=stage.bob, ref=Ref(APP, "boutique", "shop"), data=data, dry_run=True)
    assert shown.preview
    return [one["path"] for one in shown.preview.spec]


def test_who_deploys_what_was_drafted_before_a_restart_restarts_nothing(stage: Stage) -> None:
    stage.on_app("env.set", env=[{"name": "A", "value": "b"}])
    restart = restarted(stage)

    assert rows(stage) == ["env.A"]
    number = int(stage.on_app("release.start").result["release"])
    assert stamp(stage.release(number)) == stamp(restart)
    stage.finish()
    assert drafts.undeployed(app(stage)).count == 0


def test_what_was_drafted_on_a_restarted_app_is_deployed_as_it_is(stage: Stage) -> None:
    restart = restarted(stage)
    assert drafts.undeployed(app(stage)).count == 0
    stage.on_app("env.set", env=[{"name": "A", "value": "b"}])

    assert [one.operation for one in drafts.undeployed(app(stage)).changes] == ["env.set"]
    assert rows(stage) == ["env.A"]
    number = stage.deployed()
    assert stamp(stage.release(number)) == stamp(restart)
    assert drafts.undeployed(app(stage)).count == 0


def test_a_restart_that_was_taken_back_comes_with_no_deploy(stage: Stage) -> None:
    number = int(stage.on_app("process.restart", process="web").result["release"])
    stage.work()
    stage.on_release("release.abort", number, after="roll_back")
    stage.finish()
    assert stage.release(number).state == "rolled_back"
    assert drafts.undeployed(app(stage)).count == 0

    again = restarted(stage)
    stage.on_app("env.set", env=[{"name": "A", "value": "b"}])
    number = stage.deployed()
    assert stamp(stage.release(number)) == stamp(again)


@pytest.mark.parametrize("operation", ["draft.undo", "draft.discard"])
def test_who_takes_back_an_edit_takes_back_no_restart(stage: Stage, operation: str) -> None:
    stage.on_app("env.set", env=[{"name": "A", "value": "b"}])
    restart = restarted(stage)
    stage.on_app(operation)

    assert drafts.undeployed(app(stage)).count == 0
    stage.on_app("env.set", env=[{"name": "B", "value": "c"}])
    number = int(stage.on_app("release.start").result["release"])
    assert stamp(stage.release(number)) == stamp(restart)
    assert [one["name"] for one in stage.release(number).revision.spec["env"]] == ["B"]


def test_who_queues_behind_a_restart_brings_it_too(stage: Stage) -> None:
    stage.on_app("env.set", env=[{"name": "A", "value": "b"}])
    restart = stage.release(int(stage.on_app("process.restart", process="web").result["release"]))

    queued = stage.release(int(stage.on_app("release.start", wait=True).result["release"]))
    assert (queued.state, stamp(queued)) == ("waiting", stamp(restart))
