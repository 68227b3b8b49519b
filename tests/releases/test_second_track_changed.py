"""What somebody changes of a second track is told as drift, and no release spreads it as its own."""

from __future__ import annotations

from typing import Any

import pytest

from apps_mgmt.models import App
from portal.access import Ref
from portal.access.ref import APP, RELEASE
from portal.operations.performing import perform
from releases import observing
from releases.drift.looking import drifts, open_drifts
from releases.models import StepRun, Target
from tenants.models import Cluster
from tests.releases.canary import NEW, Canary
from tests.releases.stage import IMAGE

pytestmark = pytest.mark.django_db
KEY, EVIL = "Deployment/shop--web--canary", "registry.example.com/evil:1"
STEPS = (
    {"kind": "batch", "name": "one", "replicas": "1"},
    {"kind": "pause", "name": "look", "seconds": -1},
    {"kind": "batch", "name": "all", "replicas": "100%"},
)
SHARES = (STEPS[0], STEPS[1], {"kind": "traffic", "name": "some", "traffic": 25})


def paused(**more: Any) -> Canary:
    """Release 2 waits at its pause with one new instance of two, on both clusters."""
    stage = Canary(**{"steps": STEPS, **more})
    stage.start()
    for cluster in (stage.north, stage.south):
        for stable, canary in ((2, 0), (2, 1), (1, 1), (1, 1)):
            stage.serve(cluster, stable=stable, canary=canary)
    return stage


@pytest.fixture
def stage() -> Canary:
    return paused()


def changed(stage: Canary, cluster: Cluster, *, image: str = EVIL, field: str = IMAGE) -> None:
    """The cluster says that somebody set this of its second track, which has one instance."""
    said = stage.says(cluster, image="registry.example.com/shop:1", count=1)
    second = stage.says(cluster, image=image, count=1)["workloads"][0]
    labels = {**second["metadata"]["labels"], "slipway.dev/track": "canary"}
    second["metadata"] |= {"name": "shop--web--canary", "labels": labels, "uid": f"uid-{cluster.name}"}
    row = {"path": field, "value": image, "shown": True}
    at = "2025-01-01T12:00:00Z"
    second["foreign"] = [{"manager": "kubectl-set", "operation": "Update", "at": at, "fields": [row]}]
    observing.observe(cluster.pk, stage.app.pk, {**said, "workloads": [*said["workloads"], second]})
    stage.work()


def app() -> App:
    return App.objects.get(name="shop")


def promoted(stage: Canary) -> None:
    stage.on_release("release.promote", 2)
    stage.work()


def on(stage: Canary, cluster: Cluster) -> Target:
    return Target.objects.get(release__number=2, cluster_id=cluster.pk)


def test_it_is_told_at_the_pause_with_who_did_it(stage: Canary) -> None:
    assert drifts(app()) == []
    changed(stage, stage.north)
    (found,) = drifts(app())
    assert (found.cluster, found.object, found.field, found.manager) == ("north", KEY, IMAGE, "kubectl-set")
    assert (found.live, found.ours) == (EVIL, NEW)


def test_what_the_release_set_itself_is_none(stage: Canary) -> None:
    changed(stage, stage.north, image=NEW)
    assert drifts(app()) == []
    promoted(stage)
    assert on(stage, stage.north).state == "running"


def test_going_on_fails_there_and_makes_no_more_of_it(stage: Canary) -> None:
    changed(stage, stage.north)
    stage.on_release("release.promote", 2)
    sent = [row.payload["cluster"] for row in stage.sent()]
    assert str(stage.north.pk) not in sent
    why = on(stage, stage.north).why or stage.release(2).why
    assert "kubectl-set changed the image of web" in why and "shop--web--canary" in why and "north" in why


def test_its_preview_says_so(stage: Canary) -> None:
    changed(stage, stage.north)
    ref = Ref(RELEASE, "boutique", "shop", 2)
    told = perform("release.promote", actor=stage.bob, ref=ref, data={}, dry_run=True).preview
    assert told is not None
    (warning,) = told.warnings
    assert "kubectl-set changed the image of web of shop--web--canary on north" in warning


def test_it_is_told_after_the_release_ended_half_way_and_taken_over_with_it(stage: Canary) -> None:
    changed(stage, stage.north)
    promoted(stage)
    assert stage.release(2).is_over
    (found,) = open_drifts(app())
    assert (found.object, found.live, found.ours) == (KEY, EVIL, NEW)
    ref = Ref(APP, "boutique", "shop")
    told = perform("release.start", actor=stage.bob, ref=ref, data={}, dry_run=True).preview
    assert told and any("kubectl-set changed the image of web of shop--web--canary" in one for one in told.warnings)
    number = stage.on_app("drift.take_over", cluster="north", object=KEY).result["release"]
    assert Target.objects.get(release__number=number, cluster_id=stage.north.pk).forced == {KEY: ["kubectl-set"]}


def test_who_leaves_it_lets_the_release_go_on_with_it(stage: Canary) -> None:
    changed(stage, stage.north)
    stage.on_app("drift.leave", cluster="north", object=KEY)
    promoted(stage)
    assert on(stage, stage.north).state == "running" and open_drifts(app()) == []


def test_no_traffic_is_led_to_it() -> None:
    stage = paused(steps=SHARES)
    changed(stage, stage.north)
    promoted(stage)
    assert not StepRun.objects.filter(release__number=2, cluster_id=stage.north.pk, output__share=25).exists()
    failed = StepRun.objects.get(release__number=2, cluster_id=stage.north.pk, state="failed")
    assert failed.reason["code"] == "track_changed"


def first_changed(stage: Canary, cluster: Cluster, *, field: str, value: Any, manager: str = "kubectl-set") -> None:
    """The cluster says that somebody set this of its first track, beside which the second one stands as it was."""
    said = stage.says(cluster, image="registry.example.com/shop:1", count=1)
    second = stage.says(cluster, image=NEW, count=1)["workloads"][0]
    labels = {**second["metadata"]["labels"], "slipway.dev/track": "canary"}
    second["metadata"] |= {"name": "shop--web--canary", "labels": labels, "uid": f"uid-{cluster.name}"}
    row = {"path": field, "value": value, "shown": True}
    owner = {"manager": manager, "operation": "Update", "at": "2025-01-01T12:00:00Z", "fields": [row]}
    said["workloads"][0]["foreign"] = [owner]
    observing.observe(cluster.pk, stage.app.pk, {**said, "workloads": [*said["workloads"], second]})


def warnings(stage: Canary, operation: str) -> tuple[str, ...]:
    ref = Ref(RELEASE, "boutique", "shop", 2)
    told = perform(operation, actor=stage.bob, ref=ref, data={}, dry_run=True).preview
    return tuple(told.warnings) if told else ()


@pytest.mark.parametrize("operation", ["release.promote", "release.promote_full"])
@pytest.mark.parametrize(
    ("field", "value", "called"),
    [(IMAGE, EVIL, "image of web"), (".spec.replicas", 3, "number of instances"), (".spec.replicas", 2, "number of")],
    ids=["image", "number", "the number it had"],
)
def test_whoever_lets_it_go_on_is_told_what_it_meets_of_the_first_track(
    stage: Canary, operation: str, field: str, value: Any, called: str
) -> None:
    first_changed(stage, stage.north, field=field, value=value)
    (warning,) = warnings(stage, operation)
    assert f"kubectl-set changed the {called}" in warning and "of shop--web on north. Release 2 is yet to" in warning


def test_and_of_an_autoscaler_that_came_meanwhile(stage: Canary) -> None:
    first_changed(stage, stage.north, field=".spec.replicas", value=5, manager="kube-controller-manager")
    (warning,) = warnings(stage, "release.promote")
    assert "Release 2 is yet to change it, and fails then: delete the autoscaler there first." in warning


def test_what_the_release_would_write_there_as_well_is_none(stage: Canary) -> None:
    first_changed(stage, stage.north, field=IMAGE, value=NEW)
    assert warnings(stage, "release.promote") == ()


def test_what_was_changed_of_new_instances_is_told_no_more_once_they_are_deleted(stage: Canary) -> None:
    changed(stage, stage.north)
    promoted(stage)
    assert [one.object for one in open_drifts(app())] == [KEY]
    stage.ready(stage.north, count=1)
    assert open_drifts(app()) == []
