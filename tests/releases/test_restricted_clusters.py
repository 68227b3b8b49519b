"""On a restricted cluster the right to deploy is not enough; stopping a release is never kept from anybody."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from portal.access import Actor, Ref
from portal.access.ref import APP, CLUSTER, TENANT
from portal.audit.models import AuditEntry
from portal.errors import NeedsRight
from portal.operations.performing import perform
from releases.freeze import Asked, freeze
from releases.models import Release
from releases.states import ReleaseKind
from tenants.models import Cluster
from tests import cast
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db
RIGHT = r"south is restricted: production\. You need the right release\.approve \(Approve releases\)\. Ask alice"
FORM = "/t/boutique/apps/shop/do"


@pytest.fixture
def stage() -> Stage:
    return Stage()


def restrict(stage: Stage, reason: str = "production") -> None:
    perform(
        "cluster.restrict",
        actor=cast.actor(stage.people.olga),
        ref=Ref(CLUSTER, cluster="south"),
        data={"reason": reason},
    )


def approver(stage: Stage) -> Actor:
    """Bob, who may approve releases of this app, too."""
    data = {"user": "bob", "role": "approver"}
    perform("access.grant", actor=cast.actor(stage.people.alice), ref=Ref(APP, "boutique", "shop"), data=data)
    return cast.actor(stage.people.bob)


@pytest.mark.parametrize(
    ("operation", "data"),
    [
        ("release.start", {}),
        ("release.start", {"targets": ["south"]}),
        ("release.rollback", {"release": 1}),
        ("process.restart", {}),
    ],
)
@pytest.mark.parametrize("dry_run", [True, False])
def test_what_makes_a_release_there_takes_the_second_right(
    stage: Stage, operation: str, data: dict[str, Any], dry_run: bool
) -> None:
    stage.deployed()
    restrict(stage)
    with pytest.raises(NeedsRight, match=RIGHT):
        perform(operation, actor=stage.bob, ref=Ref(APP, "boutique", "shop"), data=data, dry_run=dry_run)
    assert Release.objects.count() == 1


def test_taking_back_what_was_changed_there_takes_it(stage: Stage) -> None:
    stage.deployed()
    stage.edited(stage.south)
    restrict(stage)
    with pytest.raises(NeedsRight, match=RIGHT):
        stage.on_app("drift.take_over", cluster="south")


def test_deleting_what_runs_there_takes_it(stage: Stage) -> None:
    stage.deployed()
    restrict(stage)
    rights = ["app.view", "app.delete"]
    data = {"name": "cleaner", "title": "Cleaner", "rights": rights}
    perform("role.define", actor=cast.actor(stage.people.alice), ref=Ref(TENANT, "boutique"), data=data)
    gus = cast.member("gus", tenant=stage.people.boutique, role="cleaner")
    with pytest.raises(NeedsRight, match=RIGHT):
        perform("app.delete", actor=cast.actor(gus), ref=Ref(APP, "boutique", "shop"), data={"confirm": "shop"})


def test_elsewhere_the_right_to_deploy_is_enough(stage: Stage) -> None:
    restrict(stage)
    assert stage.on_app("release.start", targets=["north"]).changed


def test_who_has_both_rights_deploys_there(stage: Stage) -> None:
    restrict(stage)
    assert perform("release.start", actor=approver(stage), ref=Ref(APP, "boutique", "shop"), data={}).changed


def test_it_is_enough_again_when_the_restriction_ends(stage: Stage) -> None:
    restrict(stage)
    olga = cast.actor(stage.people.olga)
    perform("cluster.unrestrict", actor=olga, ref=Ref(CLUSTER, cluster="south"), data={})
    assert stage.on_app("release.start").changed


def test_leaving_a_restricted_cluster_takes_it_as_well(stage: Stage) -> None:
    stage.deployed()
    restrict(stage)
    stage.on_app("placement.targets", targets=[{"cluster": "north"}])
    with pytest.raises(NeedsRight, match=RIGHT):
        stage.on_app("release.start")


def test_a_release_under_way_can_be_stopped_but_not_moved_on(stage: Stage) -> None:
    stage.on_app("release.start")
    restrict(stage)
    stage.on_release("release.pause", 1)
    with pytest.raises(NeedsRight, match=RIGHT):
        stage.on_release("release.resume", 1)
    assert stage.on_release("release.abort", 1, after="hold").changed


def test_whatever_way_a_release_is_made_it_is_not_frozen_without_the_right(stage: Stage) -> None:
    restrict(stage)
    draft = stage.app.draft
    assert draft is not None
    with pytest.raises(NeedsRight, match=RIGHT):
        freeze(stage.app, Asked(kind=ReleaseKind.DEPLOY, revision=draft, actor=stage.bob))


def test_a_refusal_is_in_the_log(stage: Stage) -> None:
    restrict(stage)
    with pytest.raises(NeedsRight):
        stage.on_app("release.start")
    entry = AuditEntry.objects.filter(operation="release.start").latest("id")
    assert (entry.outcome, "release.approve" in entry.reason) == (AuditEntry.REFUSED, True)


def test_save_and_deploy_keeps_the_draft_and_says_why(stage: Stage) -> None:
    restrict(stage)
    client = cast.signed_in(stage.people.bob)
    page = client.post(f"{FORM}/process.scale/", {"process": "web", "replicas": 5, "then": "deploy"}, follow=True)
    assert "Saved to the draft, but not deployed: The cluster south is restricted" in page.text


def test_the_form_is_drawn_with_the_sentence_and_answers_403(stage: Stage) -> None:
    restrict(stage)
    client = cast.signed_in(stage.people.bob)
    assert "release.approve" in client.get(f"{FORM}/release.start/").text
    answer = client.post(f"{FORM}/release.start/", {"note": "for the sale"})
    assert (answer.status_code, "for the sale" in answer.text) == (403, True)


def test_pickers_and_previews_mark_it(stage: Stage) -> None:
    restrict(stage)
    client = cast.signed_in(stage.people.alice)
    assert "South (restricted)" in client.get(f"{FORM}/placement.targets/").text
    assert "The cluster south is restricted: production" in client.get(f"{FORM}/release.start/").text
    assert "Restricted" in client.get("/t/boutique/").text


def test_the_cluster_page_and_the_api_say_so(stage: Stage) -> None:
    restrict(stage)
    client = cast.signed_in(stage.people.olga)
    page = client.get("/platform/clusters/south/").text
    assert "release.approve" in page and "End the restriction" in page
    assert client.get("/api/v1/platform/clusters/south").json()["restricted"] == "production"


def test_an_edit_that_comes_to_it_says_what_deploying_takes(stage: Stage) -> None:
    stage.on_app("placement.targets", targets=[{"cluster": "north"}])
    restrict(stage)
    data = {"targets": [{"cluster": "north"}, {"cluster": "south"}]}
    shown = perform(
        "placement.targets", actor=stage.bob, ref=Ref(APP, "boutique", "shop"), data=data, dry_run=True
    ).preview
    assert shown is not None
    assert [one for one in shown.warnings if "release.approve" in one]


def test_going_back_takes_it_only_where_it_comes_to(stage: Stage) -> None:
    """A release failed on north alone; south, where nothing changes, is restricted."""
    stage.deployed()
    stage.on_app("image.set", process="web", image="registry.example.com/shop:crash")
    stage.on_app("release.start", targets=["north"])
    stage.work()
    stage.crashes(stage.north, old=2)
    assert stage.release(2).state == "failed"
    restrict(stage)

    ref = Ref(APP, "boutique", "shop")
    for data in ({}, {"release": 1, "targets": ["north"]}, {"targets": ["north"]}):
        outcome = perform("release.rollback", actor=stage.bob, ref=ref, data=data, dry_run=True)
        assert outcome.preview is not None
        assert not [one for one in outcome.preview.warnings if "south" in one]
    for data in ({"release": 1}, {"release": 1, "targets": ["south"]}):
        with pytest.raises(NeedsRight, match=RIGHT):
            stage.on_app("release.rollback", **data)
    back = int(stage.on_app("release.rollback").result["release"])
    assert [one.cluster_name for one in stage.release(back).targets.all()] == ["north"]


def test_going_back_warns_of_the_clusters_that_are_away_where_it_comes_to(stage: Stage) -> None:
    stage.deployed()
    stage.on_app("image.set", process="web", image="registry.example.com/shop:crash")
    stage.on_app("release.start", targets=["north"])
    stage.work()
    stage.crashes(stage.north, old=2)
    Cluster.objects.update(state=Cluster.State.AWAY, state_since=timezone.now())
    ref = Ref(APP, "boutique", "shop")
    preview = perform("release.rollback", actor=stage.bob, ref=ref, data={}, dry_run=True).preview
    assert preview is not None
    said = " ".join(preview.warnings)
    assert "north" in said and "south" not in said
