"""What is written down as running on each cluster: it follows a release forward and back."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from apps_mgmt import drafts
from apps_mgmt.models import AppStatus, Deployed
from portal.access import Ref
from portal.access.ref import APP
from portal.errors import Conflict, Refused
from portal.operations.performing import perform
from portal.outbox.running import drain
from releases.models import Target
from tenants.clusters import mark
from tenants.models import Cluster, Reservation
from tests import cast
from tests.api.caller import Caller
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db
NEW = "registry.example.com/shop:2"


@pytest.fixture
def stage() -> Stage:
    return Stage()


def running() -> dict[str, int]:
    return dict(Deployed.objects.values_list("cluster_name", "revision__number"))


def start(stage: Stage, *, image: str, targets: Sequence[str] = ()) -> int:
    stage.on_app("image.set", process="web", image=image)
    number = int(stage.on_app("release.start", targets=list(targets)).result["release"])
    stage.work()
    return number


def reaches(stage: Stage, cluster: Cluster, *, image: str) -> None:
    stage.ready(cluster, image=image)
    stage.work()


def goes_back(stage: Stage, number: int) -> None:
    stage.on_release("release.abort", number)
    for _round in range(3):
        stage.work()
        for cluster in (stage.north, stage.south):
            stage.ready(cluster)
    assert stage.release(number).state == "rolled_back"


def test_a_cluster_that_was_done_and_went_back_runs_the_old_revision_again(stage: Stage) -> None:
    stage.deployed()
    number = start(stage, image=NEW)
    reaches(stage, stage.north, image=NEW)
    assert running() == {"north": 2, "south": 1}

    goes_back(stage, number)

    assert running() == {"north": 1, "south": 1}
    undeployed = drafts.undeployed(stage.app.__class__.objects.get())
    assert [one.number for one in undeployed.changes] == [2]


def test_the_next_release_would_go_back_to_what_really_runs(stage: Stage) -> None:
    stage.deployed()
    number = start(stage, image=NEW)
    reaches(stage, stage.north, image=NEW)
    goes_back(stage, number)

    third = start(stage, image="registry.example.com/shop:3")

    befores = Target.objects.filter(release=stage.release(third)).values_list("cluster_name", "before__release__number")
    assert dict(befores) == {"north": 1, "south": 1}


def test_a_first_deploy_that_went_back_leaves_nothing_running_and_no_quota(stage: Stage) -> None:
    number = int(stage.on_app("release.start").result["release"])
    stage.work()
    reaches(stage, stage.north, image="registry.example.com/shop:1")
    assert running() == {"north": 1}

    goes_back(stage, number)
    drain()

    assert running() == {}
    assert not Reservation.objects.exclude(source="draft").exists()


def test_addresses_are_those_of_what_runs_on_any_cluster(stage: Stage) -> None:
    stage.deployed()
    for cluster, host in (("north", "shop.example.com"), ("south", "south.example.com")):
        route = {"kind": "HTTPRoute", "metadata": {"name": "shop"}, "spec": {"hostnames": [host]}}
        Target.objects.filter(release__number=1, cluster_name=cluster).update(manifests=[route])
    number = start(stage, image=NEW)
    reaches(stage, stage.north, image=NEW)
    assert AppStatus.objects.get().addresses == ["south.example.com"]

    goes_back(stage, number)

    assert AppStatus.objects.get().addresses == ["shop.example.com", "south.example.com"]


def test_what_somebody_deleted_on_a_cluster_is_told_with_how_much_is_missing(stage: Stage) -> None:
    stage.deployed()
    stage.gone(stage.south)
    drain()
    status = AppStatus.objects.get()
    told = [(one["name"], one["state"], one["ready"], one["wanted"]) for one in status.clusters]
    assert told == [("north", "healthy", 2, 2), ("south", "failing", 0, 2)]
    assert status.state == "degraded"


def test_deploy_tells_what_is_new_on_each_cluster_where_they_run_different_revisions(stage: Stage) -> None:
    stage.deployed()
    number = start(stage, image=NEW, targets=["south"])
    reaches(stage, stage.south, image=NEW)
    assert stage.release(number).state == "succeeded" and running() == {"north": 1, "south": 2}

    both, south, north = (rows_of(stage, targets=one) for one in ([], ["south"], ["north"]))

    assert both == ["web · image (north)"] and south == [] and north == ["web · image"]
    stage.on_app("image.set", process="web", image="registry.example.com/shop:1")
    assert rows_of(stage) == ["web · image (south)"]
    assert [one.number for one in drafts.undeployed(stage.app.__class__.objects.get()).changes] == [3]


def rows_of(stage: Stage, *, targets: Sequence[str] = ()) -> list[str]:
    ref = Ref(APP, "boutique", "shop")
    found = perform("release.start", actor=stage.bob, ref=ref, data={"targets": list(targets)}, dry_run=True).preview
    assert found is not None
    places = {one["cluster"] for one in found.manifests}
    assert bool(places) == bool(found.spec)
    return [str(row["label"]) for row in found.spec]


def half_way(stage: Stage) -> int:
    """A release that is stopped where it is, when the new image is on the north."""
    stage.deployed()
    number = start(stage, image=NEW)
    stage.on_release("release.abort", number, after="hold")
    stage.work()
    return number


def test_where_a_release_ended_half_way_a_restart_would_bring_the_old_image_and_is_refused(stage: Stage) -> None:
    number = half_way(stage)
    for dry_run in (True, False):
        with pytest.raises(Refused, match=f"Release {number} ended half way on north. Deploy or roll back first"):
            ref = Ref(APP, "boutique", "shop")
            perform("process.restart", actor=stage.bob, ref=ref, data={"process": "web"}, dry_run=dry_run)


def test_where_a_release_ended_half_way_deploy_compares_with_what_it_brought(stage: Stage) -> None:
    half_way(stage)

    assert rows_of(stage) == ["web · image (south)"]


def test_going_back_settles_where_a_release_ended_half_way(stage: Stage) -> None:
    half_way(stage)
    number = int(stage.on_app("release.rollback").result["release"])
    for _round in range(3):
        stage.work()
        for cluster in (stage.north, stage.south):
            stage.ready(cluster)

    assert stage.release(number).state == "succeeded"
    stage.on_app("process.restart", process="web")


def test_a_workload_of_no_instances_that_somebody_deleted_is_told_too(stage: Stage) -> None:
    stage.on_app("process.scale", process="web", replicas=0)
    stage.on_app("release.start")
    for _round in range(3):
        stage.work()
        for cluster in (stage.north, stage.south):
            stage.ready(cluster, count=0)
    drain()
    assert AppStatus.objects.get().state == "stopped"

    stage.gone(stage.south)
    drain()

    status = AppStatus.objects.get()
    assert {one["name"]: one["trouble"] for one in status.clusters} == {"north": {}, "south": {"gone": 1}}
    assert status.state == "degraded"


def test_deploy_tells_that_it_makes_again_what_somebody_deleted(stage: Stage) -> None:
    stage.deployed()
    stage.gone(stage.south)
    drain()

    ref = Ref(APP, "boutique", "shop")
    found = perform("release.start", actor=stage.bob, ref=ref, data={}, dry_run=True).preview
    assert found and found.happens == "Nothing in the settings differs. What was deleted on south is made again."


def test_what_is_deployed_on_one_cluster_only_can_be_undone_and_discarded(stage: Stage) -> None:
    stage.deployed()
    start(stage, image=NEW, targets=["south"])
    reaches(stage, stage.south, image=NEW)
    for operation in ("draft.undo", "draft.discard"):
        shown = perform(operation, actor=stage.bob, ref=Ref(APP, "boutique", "shop"), data={}, dry_run=True).preview
        assert shown and [row["label"] for row in shown.spec] == ["web · image"]


def test_where_all_clusters_stand_half_way_the_draft_brings_nothing_and_differs_once_it_is_taken_back(
    stage: Stage,
) -> None:
    stage.deployed()
    number = start(stage, image=NEW, targets=["north"])
    stage.on_release("release.abort", number, after="hold")
    stage.work()
    app = stage.app.__class__.objects.get()
    assert drafts.undeployed(app).on == {"north": 2, "south": 1}

    stage.on_app("draft.undo")

    found = drafts.undeployed(stage.app.__class__.objects.get())
    assert (list(found.changes), found.count, found.on) == ([], 1, {"north": 2, "south": 1})
    assert rows_of(stage) == ["web · image (north)"]


def test_leaving_a_cluster_shows_all_that_is_removed_there(stage: Stage) -> None:
    stage.deployed()
    ref, stays = Ref(APP, "boutique", "shop"), {"targets": [{"cluster": "north"}]}
    shown = perform("placement.targets", actor=stage.bob, ref=ref, data=stays, dry_run=True).preview
    assert shown and {one["kind"] for one in shown.manifests if one["cluster"] == "south"} >= {"Deployment", "Service"}
    assert "When this is deployed, everything that shop has on south is removed." in shown.warnings

    stage.on_app("placement.targets", **stays)
    deploys = perform("release.start", actor=stage.bob, ref=ref, data={}, dry_run=True).preview
    assert deploys and {one["state"] for one in deploys.manifests if one["cluster"] == "south"} == {"removed"}


def test_whoever_could_not_queue_is_not_told_to(stage: Stage) -> None:
    stage.deployed()
    start(stage, image=NEW)
    with pytest.raises(Conflict, match="Try again when it is over, or stop it") as caught:
        stage.on_app("process.restart", process="web")
    assert not caught.value.fields


def test_a_cluster_that_a_deploy_left_out_is_told_until_it_gets_something(stage: Stage) -> None:
    bob, api = cast.signed_in(stage.people.bob), Caller(stage.people.bob, stage.app.tenant)
    stage.on_app("release.start", targets=["north"])
    stage.work()
    reaches(stage, stage.north, image="registry.example.com/shop:1")
    page = bob.get("/t/boutique/apps/shop/").text
    assert "Not deployed on south yet" in page and "The draft places it here." in page
    assert api.get("/api/v1/tenants/boutique/apps/shop").json()["differs"]

    start(stage, image=NEW)
    for cluster in (stage.north, stage.south):
        reaches(stage, cluster, image=NEW)
    assert "Not deployed" not in bob.get("/t/boutique/apps/shop/").text
    assert not api.get("/api/v1/tenants/boutique/apps/shop").json()["differs"]


def test_a_cluster_that_is_away_during_the_first_release_is_told_so_and_waits_for_that(stage: Stage) -> None:
    bob = cast.signed_in(stage.people.bob)
    mark(stage.south.pk, state="away", reason="no route to host")
    stage.on_app("release.start")
    stage.work()
    reaches(stage, stage.north, image="registry.example.com/shop:1")

    page = bob.get("/t/boutique/apps/shop/").text
    assert "no route to host. Release 1, which is not over yet, brings it." in page
    assert "Deploy it to bring it" not in page

    mark(stage.south.pk, state="ready")
    assert "Release 1, which is not over yet, brings it." in bob.get("/t/boutique/apps/shop/").text
