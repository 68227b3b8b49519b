"""A stopped app has no instances, and none come until somebody starts it."""

from __future__ import annotations

import pytest

from apps_mgmt.models import AppStatus, Deployed
from portal.access import Ref
from portal.errors import Conflict, Refused
from portal.operations.performing import perform
from releases.models import Release, Target
from tests import cast
from tests.releases.stage import Stage
from tests.web.reading import said_on

pytestmark = pytest.mark.django_db
AUTOSCALER = "HorizontalPodAutoscaler"


@pytest.fixture
def stage() -> Stage:
    made = Stage()
    made.deployed()
    return made


def stopped(stage: Stage) -> None:
    stage.on_app("app.stop")
    stage.stops()


def status(stage: Stage) -> AppStatus:
    return AppStatus.objects.get(app=stage.app)


def kinds(release: Release) -> list[set[str]]:
    """What each cluster is to have, by kind."""
    return [{one["kind"] for one in target.manifests} for target in release.targets.all()]


def scaled(release: Release) -> list[list[int]]:
    """How many instances each cluster is to have."""
    return [[row["replicas"] for row in target.workloads] for target in release.targets.all()]


def why(release: Release) -> str:
    """What the step under way waits for."""
    return str(release.runs.get(state="watching").why)


def test_a_stop_takes_every_instance_and_nothing_else(stage: Stage) -> None:
    before = kinds(stage.release(1))
    stage.on_app("app.stop")
    assert sorted(stage.work()) == ["Prune", "Prune", "SetReplicas", "SetReplicas"]
    release = stage.release(2)
    assert (release.kind, scaled(release)) == ("stop", [[0], [0]])
    assert kinds(release) == before


def test_a_stopped_app_is_shown_as_such_with_the_revision_it_has(stage: Stage) -> None:
    stopped(stage)
    assert stage.release(2).state == "succeeded"
    assert (status(stage).state, status(stage).stopped) == ("stopped", True)
    assert {row.revision_id for row in Deployed.objects.all()} == {stage.release(1).revision_id}


def test_what_is_stopped_is_not_stopped_again(stage: Stage) -> None:
    stopped(stage)
    with pytest.raises(Conflict, match="stopped already"):
        stage.on_app("app.stop")


def test_a_start_brings_the_former_number_back(stage: Stage) -> None:
    stopped(stage)
    stage.on_app("app.start")
    stage.finish()
    assert stage.release(3).state == "succeeded"
    assert scaled(stage.release(3)) == scaled(stage.release(1))
    assert (status(stage).state, status(stage).stopped) == ("healthy", False)


def test_what_runs_is_not_started(stage: Stage) -> None:
    with pytest.raises(Conflict, match="not stopped"):
        stage.on_app("app.start")


def test_an_autoscaler_goes_with_the_stop_and_comes_with_the_start(stage: Stage) -> None:
    revision = stage.app.revisions.get(number=1)
    revision.spec["processes"][0]["autoscaler"] = {"least": 2, "most": 5, "cpu": 80}
    revision.save()
    stage.deployed()
    assert all(AUTOSCALER in there for there in kinds(stage.release(2)))
    stopped(stage)
    assert not any(AUTOSCALER in there for there in kinds(stage.release(3)))
    stage.on_app("app.start")
    assert all(AUTOSCALER in there for there in kinds(stage.release(4)))
    assert "SetReplicas" in stage.work()


def test_what_supersedes_a_stop_that_has_taken_nothing_yet_does_not_say_that_it_is_stopped(stage: Stage) -> None:
    stage.on_app("app.stop")
    stage.on_app("image.set", process="web", image="registry.example.com/shop:2")
    data = {"note": "", "supersede": True}
    ref = Ref("app", "boutique", "shop")
    preview = perform("release.start", actor=stage.bob, ref=ref, data=data, dry_run=True).preview
    said = " ".join(map(str, preview.warnings)) if preview else ""
    assert "was told to stop, and that holds, though not all of it has stopped yet" in said
    assert "is stopped, and stays so" not in said


@pytest.mark.parametrize("operation", ["app.stop", "app.start"])
def test_it_is_refused_before_as_it_would_be_behind_another_release(stage: Stage, operation: str) -> None:
    if operation == "app.start":
        stopped(stage)
    stage.on_app("release.start")
    number = stage.app.releases.count()
    ref = Ref("app", "boutique", "shop")
    for dry_run in (True, False):
        with pytest.raises(Conflict) as refused:
            perform(operation, actor=stage.bob, ref=ref, data={}, dry_run=dry_run)
        assert str(refused.value) == (
            f"Release {number}, started by bob, is still under way. Try again when it is over, or stop it."
        )


def test_before_what_is_forbidden_is_stopped_it_is_said_that_nobody_starts_it(stage: Stage) -> None:
    stage.on_app("release.forbid", release=1, reason="It loses orders")
    preview = perform("app.stop", actor=stage.bob, ref=Ref("app", "boutique", "shop"), data={}, dry_run=True).preview
    assert preview
    assert any("Once stopped it is not started again: Release 1 is forbidden" in one for one in preview.warnings)


def test_a_deploy_keeps_it_stopped_and_says_so(stage: Stage) -> None:
    stopped(stage)
    stage.on_app("image.set", process="web", image="registry.example.com/shop:2")
    ref = Ref("app", "boutique", "shop")
    preview = perform("release.start", actor=stage.bob, ref=ref, data={"note": ""}, dry_run=True).preview
    assert preview is not None and any("is stopped, and stays so" in one for one in preview.warnings)
    stage.on_app("release.start")
    assert scaled(stage.release(3)) == [[0], [0]]
    stage.stops()
    assert (stage.release(3).state, status(stage).stopped) == ("succeeded", True)
    stage.on_app("app.start")
    assert stage.release(4).revision_id == stage.release(3).revision_id


def test_what_is_deleted_of_a_stopped_app_is_not_missed_though_it_was_deployed_since(stage: Stage) -> None:
    stopped(stage)
    stage.on_app("image.set", process="web", image="registry.example.com/shop:2")
    stage.on_app("release.start")
    stage.stops()
    stage.gone(stage.north)

    assert (status(stage).state, stage.release(3).state) == ("stopped", "succeeded")
    assert "Deploy makes it again" not in said_on("/t/boutique/apps/shop/", stage.people.bob)


def test_what_queues_behind_a_start_runs(stage: Stage) -> None:
    stopped(stage)
    stage.on_app("app.start")
    stage.on_app("release.start", wait=True)
    assert scaled(stage.release(4)) == scaled(stage.release(1))


def test_a_stopped_app_is_not_restarted(stage: Stage) -> None:
    stopped(stage)
    with pytest.raises(Conflict, match="Start it instead"):
        stage.on_app("process.restart")


def test_a_stop_that_is_aborted_brings_all_back(stage: Stage) -> None:
    stage.on_app("app.stop")
    stage.work()
    stage.on_release("release.abort", 2, after="roll_back")
    stage.finish()
    assert stage.release(2).state == "rolled_back"
    assert not Deployed.objects.filter(stopped=True).exists()


def test_a_start_that_is_aborted_leaves_it_stopped(stage: Stage) -> None:
    stopped(stage)
    stage.on_app("app.start")
    stage.work()
    stage.on_release("release.abort", 3, after="roll_back")
    stage.stops()
    assert stage.release(3).state == "rolled_back"
    assert Deployed.objects.filter(stopped=True).count() == 2


def test_going_back_means_a_release_that_brought_something(stage: Stage) -> None:
    stage.on_app("image.set", process="web", image="registry.example.com/shop:2")
    stage.deployed("registry.example.com/shop:2")
    stopped(stage)
    with pytest.raises(Refused, match="brought revision 2, so there is nothing older to go back to"):
        Release.objects.filter(number=1).update(state="failed")
        stage.on_app("release.rollback")


def test_an_instance_is_deleted_by_name_and_by_nothing_else(stage: Stage) -> None:
    stage.runs_on(stage.north)
    assert stage.on_app("instance.delete", instance="shop--web-2").result["release"] == 2
    rows = [row.payload["effect"] for row in stage.sent()]
    assert rows == [
        {"effect": "DeleteInstance", "name": "shop--web-2", "uid": "p2", "workload": "Deployment/shop--web"}
    ]
    assert [one.cluster_name for one in Target.objects.filter(release__number=2)] == ["north"]


def test_the_release_of_an_instance_ends_when_another_one_is_ready(stage: Stage) -> None:
    stage.runs_on(stage.north)
    stage.on_app("instance.delete", instance="shop--web-2")
    stage.work()
    stage.runs_on(stage.north)
    assert stage.release(2).state == "running"
    stage.runs_on(stage.north, "shop--web-1")
    assert (stage.release(2).state, why(stage.release(2))) == ("running", "1 of 2 instances are ready.")
    stage.runs_on(stage.north, "shop--web-1", "shop--web-3")
    assert stage.release(2).state == "succeeded"
    assert {row.revision_id for row in Deployed.objects.all()} == {stage.release(1).revision_id}


def test_an_instance_that_nobody_knows_is_not_deleted(stage: Stage) -> None:
    with pytest.raises(Refused, match="No instance shop--web-9"):
        stage.on_app("instance.delete", instance="shop--web-9")


def test_a_stopped_app_offers_to_start_and_not_to_restart(stage: Stage) -> None:
    bob = cast.signed_in(stage.people.bob)
    page = "/t/boutique/apps/shop/"
    assert "do/app.stop/" in bob.get(page).text
    stopped(stage)
    text = bob.get(page).text
    assert "do/app.start/" in text
    assert "do/process.restart/" not in text and "do/app.stop/" not in text
