"""Deleting an app: every cluster is emptied, one that was away as soon as it is back, and none is forgotten."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps_mgmt.deleting import APP_DELETED
from apps_mgmt.models import App, AppStatus, Deployed
from portal.access import Ref
from portal.access.ref import APP, RELEASE
from portal.errors import Conflict, Refused
from portal.operations.performing import perform
from portal.outbox import claims
from portal.outbox.handlers import handler_of
from portal.outbox.models import OutboxRow
from releases import engine, observing
from releases.clock import ring
from releases.gateway.trimming import trim
from releases.models import Release, StepRun
from releases.states import ReleaseKind
from releases.sweep import sweep
from tenants.clusters import mark
from tenants.models import Cluster, Reservation
from tests import cast
from tests.releases.stage import Stage
from tests.web.reading import said_on

pytestmark = pytest.mark.django_db

CONFIRMED = {"confirm": "shop"}


@pytest.fixture
def stage() -> Stage:
    return Stage()


def follow_up() -> None:
    """What a worker does of its own accord, without any cluster."""
    while row := OutboxRow.objects.filter(kind__in=[APP_DELETED, engine.SETTLE], state="pending").first():
        handler = handler_of(row.kind)
        assert handler is not None
        handler.finish(row.payload, handler.run(row.payload))
        OutboxRow.objects.filter(pk=row.pk).update(state="done")


def delete(stage: Stage) -> None:
    perform("app.delete", actor=cast.actor(stage.people.alice), ref=Ref(APP, "boutique", "shop"), data=CONFIRMED)
    follow_up()


def emptied(stage: Stage, *clusters: Cluster) -> None:
    """These clusters do as they are told."""
    for cluster in clusters:
        stage.work(on=cluster)
        stage.gone(cluster)
    follow_up()


def gives_up_on(cluster: Cluster) -> None:
    """The time a cluster has to take a change runs out."""
    past = timezone.now() - timedelta(seconds=1)
    StepRun.objects.filter(cluster_id=cluster.pk, ended=None).update(wake_at=past, deadline=past)
    ring(timezone.now())
    OutboxRow.objects.filter(kind=engine.EFFECT, state="pending", payload__cluster=str(cluster.pk)).update(state="done")
    follow_up()


def deletions() -> list[tuple[str, list[str]]]:
    """Every release that deletes: its state, and its clusters."""
    releases = Release.objects.filter(kind=ReleaseKind.DELETE).order_by("number")
    return [(one.state, [target.cluster_name for target in one.targets.all()]) for one in releases]


def after(**pause: float) -> None:
    """A sweep that much later."""
    sweep(timezone.now() + timedelta(**pause))


def test_a_cluster_that_is_away_keeps_no_other_from_being_emptied(stage: Stage) -> None:
    stage.deployed()
    delete(stage)
    gives_up_on(stage.north)
    emptied(stage, stage.south)
    assert list(Deployed.objects.values_list("cluster_name", flat=True)) == ["north"]
    assert AppStatus.objects.get(app=stage.app).state == "deleting"
    with pytest.raises(Refused, match="still being deleted"):
        stage.on_tenant("app.create", name="shop", image="registry.example.com/shop:1", port=8080, replicas=1)


def test_what_is_left_goes_as_soon_as_its_cluster_is_back(stage: Stage) -> None:
    stage.deployed()
    delete(stage)
    gives_up_on(stage.north)
    emptied(stage, stage.south)
    observing.cluster_back(stage.south.pk)
    assert len(deletions()) == 1
    observing.cluster_back(stage.north.pk)
    observing.cluster_back(stage.north.pk)
    assert deletions()[1:] == [("running", ["north"])]
    again = Release.objects.get(number=3)
    assert (again.actor_name, again.actor_id) == ("alice", stage.people.alice.pk)

    emptied(stage, stage.north)
    assert deletions()[1:] == [("succeeded", ["north"])]
    assert not Deployed.objects.exists()
    assert not Reservation.objects.filter(app_id=stage.app.pk, amount__gt=0).exists()
    stage.on_tenant("app.create", name="shop", image="registry.example.com/shop:1", port=8080, replicas=1)
    assert App.objects.filter(name="shop").count() == 2


def test_where_every_cluster_failed_the_clock_tries_again_after_a_growing_pause(stage: Stage) -> None:
    stage.deployed()
    delete(stage)
    gives_up_on(stage.north)
    gives_up_on(stage.south)
    after(seconds=50)
    assert deletions() == [("failed", ["north", "south"])]
    after(seconds=70)
    assert deletions()[1:] == [("running", ["north", "south"])]
    after(hours=2)
    assert len(deletions()) == 2, "one at a time"
    gives_up_on(stage.north)
    gives_up_on(stage.south)
    after(seconds=70)
    assert len(deletions()) == 2
    after(seconds=130)
    assert len(deletions()) == 3


def test_the_clock_does_not_ask_a_cluster_that_is_away(stage: Stage) -> None:
    stage.deployed()
    delete(stage)
    mark(stage.north.pk, state="away", reason="no route")
    gives_up_on(stage.north)
    emptied(stage, stage.south)
    after(days=2)
    assert len(deletions()) == 1
    mark(stage.north.pk, state="ready")
    after(days=2)
    assert len(deletions()) == 2


def test_a_deletion_that_left_nothing_is_the_last(stage: Stage) -> None:
    stage.deployed()
    delete(stage)
    emptied(stage, stage.north, stage.south)
    after(days=2)
    observing.cluster_back(stage.north.pk)
    assert deletions() == [("succeeded", ["north", "south"])]
    assert AppStatus.objects.get(app=stage.app).state == "new"


def test_a_deletion_nobody_began_is_begun_by_the_clock(stage: Stage) -> None:
    stage.deployed()
    perform("app.delete", actor=cast.actor(stage.people.alice), ref=Ref(APP, "boutique", "shop"), data=CONFIRMED)
    OutboxRow.objects.filter(kind=APP_DELETED).update(state="poison")
    after(minutes=5)
    assert deletions() == [("running", ["north", "south"])]


def test_instances_that_are_seen_after_the_deletion_are_deleted_as_well(stage: Stage) -> None:
    stage.deployed()
    delete(stage)
    emptied(stage, stage.north, stage.south)
    stage.ready(stage.south)
    assert AppStatus.objects.get(app=stage.app).state == "deleting"
    after(minutes=5)
    assert deletions()[1:] == [("running", ["south"])]


def test_what_a_release_made_before_it_failed_is_deleted_although_nothing_ever_ran(stage: Stage) -> None:
    stage.on_app("release.start")
    gives_up_on(stage.north)
    assert stage.release(1).state == "failed"
    delete(stage)
    assert deletions() == [("running", ["north"])]


def test_what_goes_is_told_of_every_cluster_that_a_release_under_way_may_have_reached(stage: Stage) -> None:
    stage.on_app("release.start")
    alice, app = cast.actor(stage.people.alice), Ref(APP, "boutique", "shop")
    told = perform("app.delete", actor=alice, ref=app, data={}, dry_run=True).preview
    assert told and [str(one) for one in told.warnings] == [
        "Everything of shop on north.",
        "Everything of shop on south.",
        "Release 1, started by bob, is stopped where it is.",
    ]
    assert perform("app.delete", actor=alice, ref=app, data=CONFIRMED).result["clusters"] == ["north", "south"]


def test_the_name_stays_taken_while_a_release_of_the_deleted_app_is_being_stopped(stage: Stage) -> None:
    stage.on_app("release.start")
    delete(stage)
    assert stage.release(1).state == "aborting"
    assert AppStatus.objects.get(app=stage.app).state == "deleting"


def test_a_deletion_begins_on_a_cluster_when_the_last_effect_of_an_older_release_has_ended_there(stage: Stage) -> None:
    stage.on_app("release.start")
    slow = claims.claim()
    assert slow is not None and slow.kind == engine.EFFECT
    delete(stage)
    gives_up = timezone.now() - timedelta(seconds=1)
    StepRun.objects.filter(state="stopping").update(wake_at=gives_up)
    ring(timezone.now())
    assert [stage.release(1).state, stage.release(2).state] == ["superseded", "running"]
    follow_up()
    assert claims.claim() is None, "the first release still writes"
    claims.done(slow)
    prune = claims.claim()
    assert prune is not None and prune.payload["effect"]["effect"] == "Prune"


def test_an_effect_that_waits_out_a_backoff_does_not_hold_up_the_release_that_follows(stage: Stage) -> None:
    stage.on_app("release.start")
    row = OutboxRow.objects.get(kind=engine.EFFECT)
    OutboxRow.objects.filter(pk=row.pk).update(attempts=9, not_before=timezone.now() + timedelta(minutes=1))
    delete(stage)
    StepRun.objects.filter(state="stopping").update(wake_at=timezone.now() - timedelta(seconds=1))
    ring(timezone.now())
    follow_up()
    taken = claims.claim()
    assert taken is not None and taken.id == row.pk


def test_the_answer_names_all_clusters_that_are_emptied(stage: Stage) -> None:
    """What was brought to a cluster by a release that was stopped and held there counts as what is deployed does."""
    stage.on_app("release.start", targets=["north"])
    stage.finish()
    stage.on_app("release.start", targets=["south"])
    stage.work(on=stage.south)
    stage.on_release("release.abort", 2, after="hold")
    stage.work()
    ref, alice = Ref(APP, "boutique", "shop"), cast.actor(stage.people.alice)
    said = perform("app.delete", actor=alice, ref=ref, data=CONFIRMED, dry_run=True).preview
    assert said is not None and "Everything of shop on south." in said.warnings
    assert perform("app.delete", actor=alice, ref=ref, data=CONFIRMED).result["clusters"] == ["north", "south"]


def test_a_deletion_cannot_be_aborted_since_the_app_would_not_come_back(stage: Stage) -> None:
    stage.deployed()
    delete(stage)
    release = Release.objects.get(kind=ReleaseKind.DELETE)
    alice, ref = cast.actor(stage.people.alice), Ref(RELEASE, "boutique", "shop", release.number)
    for dry_run in (True, False):
        with pytest.raises(Conflict, match="the deletion goes on until nothing of it is left"):
            perform("release.abort", actor=alice, ref=ref, data={}, dry_run=dry_run)
    page = cast.signed_in(stage.people.alice).get(f"/t/boutique/apps/shop/releases/{release.number}/").text
    assert "/do/release.pause/" in page and "/do/release.abort/" not in page


def held(stage: Stage, cluster: Cluster) -> None:
    """The cluster says that the workload was deleted, and that a finalizer of somebody else holds it."""
    said = stage.says(cluster, image="registry.example.com/shop:1", count=0)
    metadata = said["workloads"][0]["metadata"]
    metadata |= {"deletionTimestamp": "2030-01-01T00:00:00Z", "finalizers": ["foregroundDeletion", "example.com/keep"]}
    said["workloads"][0] = trim(said["workloads"][0], kind="Deployment")
    observing.observe(cluster.pk, stage.app.pk, said)


def test_a_finalizer_that_holds_what_is_deleted_is_named_while_it_waits_and_when_it_gave_up(stage: Stage) -> None:
    stage.deployed()
    delete(stage)
    stage.work()
    held(stage, stage.north)
    told = "Deployment shop--web waits for the finalizer example.com/keep; whoever put it there takes it out."
    assert told in said_on("/t/boutique/apps/shop/releases/2/", stage.people.alice)
    gives_up_on(stage.north)
    said = said_on("/t/boutique/apps/shop/releases/2/", stage.people.alice)
    assert f"north made no progress for 600 seconds. 1 object is still going. {told}" in said


def test_an_app_that_is_being_deleted_is_in_the_list_of_those_that_are(stage: Stage) -> None:
    stage.deployed()
    delete(stage)
    gives_up_on(stage.north)
    assert "/t/boutique/apps/shop/" not in page_of("/t/boutique/apps/", stage.people.bob)
    text = page_of("/t/boutique/apps/?state=deleting", stage.people.bob)
    assert "No app like that" not in text and 'href="/t/boutique/apps/shop/releases/2/"' in text
    assert cast.signed_in(stage.people.bob).get("/t/boutique/apps/shop/releases/2/").status_code == 200
    emptied(stage, stage.south)
    observing.cluster_back(stage.north.pk)
    emptied(stage, stage.north)
    assert "No app like that" in page_of("/t/boutique/apps/?state=deleting", stage.people.bob)


def page_of(path: str, user: Any) -> str:
    return str(cast.signed_in(user).get(path).text)
