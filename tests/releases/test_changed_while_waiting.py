"""Somebody changes what a release wrote while that waits for it: it does not take what they made of it for its own."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps_mgmt.models import App, Deployed, Revision
from portal.access import Ref
from portal.access.ref import APP
from portal.operations.performing import perform
from releases import observing
from releases.drift.looking import open_drifts
from releases.loading import snapshot_of
from releases.models import StepRun, Target
from tenants.models import Cluster
from tests.releases.stage import IMAGE, Stage

pytestmark = pytest.mark.django_db
NEW, EVIL = "registry.example.com/shop:2", "registry.example.com/evil:1"
COMMAND = '.spec.template.spec.containers[name="web"].command'
KEY = "Deployment/shop--web"


@pytest.fixture
def stage() -> Stage:
    """Release 2 has written its image on north, and waits there until all is ready; south comes after it."""
    stage = Stage()
    revision = Revision.objects.get(app=stage.app, number=1)
    revision.spec["processes"][0]["command"] = ["serve"]
    revision.save()
    stage.deployed()
    stage.on_app("image.set", process="web", image=NEW)
    stage.on_app("release.start")
    stage.work()
    return stage


def changes(
    stage: Stage, cluster: Cluster, field: str = IMAGE, value: Any = EVIL, *, manager: str = "kubectl-set", **row: Any
) -> None:
    """The cluster says that somebody set this after the last write, and that all of it is ready."""
    stage.generation[str(cluster.pk)] += 1
    says(stage, cluster, field, value, manager=manager, **row)
    stage.work()


def says(
    stage: Stage, cluster: Cluster, field: str = IMAGE, value: Any = EVIL, *, manager: str = "kubectl-set", **row: Any
) -> None:
    said = stage.says(cluster, image=value if field == IMAGE else NEW, count=2)
    told = {"path": field, "value": value, "shown": value is not None, **row}
    owner = {"manager": manager, "operation": "Update", "at": "2025-01-01T12:00:00Z", "fields": [told]}
    said["workloads"][0]["foreign"] = [owner]
    observing.observe(cluster.pk, stage.app.pk, said)


def on(stage: Stage, cluster: Cluster, *, number: int = 2) -> Target:
    return Target.objects.get(release__number=number, cluster_id=cluster.pk)


def test_another_image_is_not_taken_for_the_one_of_the_release(stage: Stage) -> None:
    changes(stage, stage.north)
    assert stage.release(2).state == "failed"
    assert on(stage, stage.south).state != "done"
    assert not StepRun.objects.filter(release__number=2, cluster_id=stage.south.pk).exists()
    assert Deployed.objects.get(app=stage.app, cluster_id=stage.north.pk).release_id == stage.release(1).pk
    why = on(stage, stage.north).why
    assert "kubectl-set changed the image of web of shop--web on north, outside Slipway, after the release" in why


def test_neither_is_another_value_that_nobody_is_shown(stage: Stage) -> None:
    changes(stage, stage.north, COMMAND, None)
    assert stage.release(2).state == "failed"
    assert "kubectl-set changed the" in on(stage, stage.north).why and "command" in on(stage, stage.north).why


def test_nor_one_that_somebody_took_away(stage: Stage) -> None:
    changes(stage, stage.north, COMMAND, None, manager="", gone=True)
    assert "somebody changed the" in on(stage, stage.north).why


def test_what_it_wrote_itself_goes_on(stage: Stage) -> None:
    changes(stage, stage.north, IMAGE, NEW)
    assert on(stage, stage.north).state == "done" and on(stage, stage.south).state == "running"


@pytest.mark.parametrize(
    ("field", "value", "more"),
    [
        (".spec.strategy.rollingUpdate.maxSurge", 3, {}),
        (".metadata.annotations.example.com/owner", None, {}),
        ('.spec.template.spec.containers[name="helper"]', "registry.example.com/helper:1", {}),
        (".spec.template.metadata.annotations.kubectl.kubernetes.io/restartedAt", None, {}),
        (COMMAND, None, {"shared": True}),
    ],
    ids=["no template", "annotation", "added", "restarted there", "set too"],
)
def test_what_the_release_did_not_set_in_its_instances_goes_on(
    stage: Stage, field: str, value: Any, more: dict[str, Any]
) -> None:
    changes(stage, stage.north, field, value, **more)
    assert on(stage, stage.north).state == "done" and on(stage, stage.south).state == "running"


def test_what_is_told_of_the_time_before_it_was_written_is_no_change_since(stage: Stage) -> None:
    """The release took the command over where it had the same value, which makes no generation."""
    counted = StepRun.objects.filter(release__number=2, cluster_id=stage.north.pk, output__has_key="objects").last()
    assert counted is not None
    stage.generation[str(stage.north.pk)] -= 1  # as many as before, so that was no change
    counted.output["objects"][KEY]["generation"] -= 1
    counted.save()
    says(stage, stage.north, COMMAND, None)
    stage.work()
    assert on(stage, stage.north).state == "done"


def test_who_left_it_lets_the_release_go_on_with_it(stage: Stage) -> None:
    left = [{"cluster": "north", "object": KEY, "field": IMAGE, "manager": "kubectl-set"}]
    App.objects.filter(name="shop").update(left=left)
    changes(stage, stage.north)
    assert on(stage, stage.north).state == "done" and on(stage, stage.south).state == "running"


def test_it_is_told_as_drift_and_taken_over_with_the_release_that_met_it(stage: Stage) -> None:
    changes(stage, stage.north)
    app = App.objects.get(name="shop")
    (found,) = open_drifts(app)
    assert (found.object, found.field, found.live, found.ours, found.release) == (KEY, IMAGE, EVIL, NEW, 2)
    ref = Ref(APP, "boutique", "shop")
    data = {"cluster": "north", "object": KEY, "of_release": 2}
    number = perform("drift.take_over", actor=stage.bob, ref=ref, data=data).result["release"]
    assert on(stage, stage.north, number=number).forced == {KEY: ["kubectl-set"]}
    assert on(stage, stage.north, number=number).release.revision == stage.release(2).revision


def test_what_goes_back_is_not_back_either_where_somebody_changed_it(stage: Stage) -> None:
    stage.on_release("release.abort", 2)
    stage.work()
    changes(stage, stage.north, IMAGE, EVIL)
    assert stage.release(2).state == "failed"
    assert "kubectl-set changed the image of web of shop--web on north" in stage.release(2).why


def test_what_others_have_costs_no_query_where_it_is_left_to_them() -> None:
    stage = Stage()
    stage.deployed()
    stage.edited(stage.north)
    stage.on_app("drift.leave", cluster="north", object=KEY)
    stage.on_app("env.set", process="web", env=[{"name": "MODE", "value": "fast"}])
    stage.on_app("release.start")
    stage.work()
    stage.generation[str(stage.north.pk)] += 1
    with CaptureQueriesContext(connection) as alone:
        snapshot_of(stage.release(2))
    stage.edited(stage.north)
    stage.work()
    assert on(stage, stage.north).state == "done"
    with CaptureQueriesContext(connection) as beside:
        snapshot_of(stage.release(2))
    assert len(beside) == len(alone)
