"""What keeps an app from moving, or holds it on its way: places, data, rights, quota, freezes, other releases."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.urls import reverse

from apps_mgmt.models import Revision
from apps_mgmt.spec import load
from portal.access import Ref
from portal.access.ref import APP, CLUSTER, TENANT
from portal.errors import Conflict, Forbidden, NeedsRight, QuotaExceeded, Refused
from portal.operations.performing import perform
from releases import holding
from releases.models import StepRun
from tenants import clusters
from tenants.models import Cluster
from tenants.quota.limits import set_limits
from tests import cast
from tests.releases.moving import MOVE, Moving

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Moving:
    return Moving()


def test_the_quota_counts_both_clusters(stage: Moving) -> None:
    set_limits(stage.people.boutique.pk, limits={"instances": 5})
    assert "Instances: 1 short" in " ".join(stage.preview().warnings)
    with pytest.raises(QuotaExceeded):
        stage.move()
    set_limits(stage.people.boutique.pk, limits={"instances": 6})
    assert stage.move().changed


def test_the_peak_is_given_back_at_the_end(stage: Moving) -> None:
    stage.move()
    assert stage.release(2).quota_peak["instances"] == 6  # two that come, two that stay as they are, two that go last
    stage.fills()
    stage.ends()
    stage.work()
    assert stage.release(2).state == "succeeded"


@pytest.mark.parametrize(
    ("data", "field", "words"),
    [
        ({"from": "west", "to": "north"}, "from", "shop does not run on west. It runs on north, south."),
        ({"to": "south"}, "to", "shop is placed on south already. It can move to west."),
        ({"to": "north"}, "to", "shop is placed on north already. It can move to west."),
        ({"to": "edge"}, "to", "The tenant may not use edge. shop can move to west."),
    ],
)
def test_places_that_cannot_be_are_refused_with_what_can(
    stage: Moving, data: dict[str, str], field: str, words: str
) -> None:
    with pytest.raises(Refused) as caught:
        stage.move(**data)
    assert (str(caught.value), caught.value.field) == (words, field)
    with pytest.raises(Refused, match=words):
        stage.preview(**data)


@pytest.mark.parametrize("name", ["north", "west"])
def test_a_cluster_that_is_away_is_not_moved_from_or_to(stage: Moving, name: str) -> None:
    clusters.mark(Cluster.objects.get(name=name).pk, state="away")
    with pytest.raises(Refused, match=f"{name} does not answer at the moment"):
        stage.move()


def test_an_app_that_runs_nowhere_is_not_moved(stage: Moving) -> None:
    stage.on_tenant("app.create", name="other", image="registry.example.com/other:1", process="web")
    with pytest.raises(Conflict, match="runs nowhere yet"):
        perform("placement.move", actor=stage.bob, ref=Ref(APP, "boutique", "other"), data=MOVE)


def test_data_does_not_move_and_has_to_be_left_on_purpose(stage: Moving) -> None:
    keeps_data(stage)
    assert "leave_data" in form(stage)
    with pytest.raises(Refused, match=r"The data in its volumes \(files\) does not move: west begins with empty ones"):
        stage.move()
    assert "The data of its volumes stays on north" in " ".join(stage.preview(leave_data=True).warnings)
    stage.move(leave_data=True)
    assert stage.release(2).state == "running"


def keeps_data(stage: Moving) -> None:
    revision = Revision.objects.get(pk=stage.release(1).revision_id)
    revision.spec["volumes"] = [{"name": "files", "size": "1Gi"}]
    revision.spec["processes"][0]["mounts"] = [{"volume": "files", "path": "/data"}]
    revision.save()


def form(stage: Moving) -> str:
    page = cast.signed_in(stage.people.bob).get("/t/boutique/apps/shop/do/placement.move/")
    assert page.status_code == 200
    text: str = page.text
    return text


def test_the_form_offers_what_can_be_and_asks_nothing_else(stage: Moving) -> None:
    text = form(stage)
    assert 'name="from"' in text and 'name="to"' in text
    assert "leave_data" not in text and 'name="wait"' not in text
    answer = cast.signed_in(stage.people.bob).post(
        "/t/boutique/apps/shop/do/placement.move/", {"from": "north", "to": "west"}, follow=True
    )
    assert answer.status_code == 200 and stage.release(2).kind == "move"


def test_a_restricted_cluster_takes_the_second_right(stage: Moving) -> None:
    data = {"reason": "production"}
    perform("cluster.restrict", actor=cast.actor(stage.people.olga), ref=Ref(CLUSTER, cluster="west"), data=data)
    with pytest.raises(NeedsRight, match=r"west is restricted: production.*release\.approve"):
        stage.move()


def test_it_takes_the_right_to_deploy_beside_that_to_place(stage: Moving) -> None:
    data = {"name": "placer", "title": "Placer", "rights": ["app.view", "app.scale"]}
    perform("role.define", actor=cast.actor(stage.people.alice), ref=Ref(TENANT, "boutique"), data=data)
    gus = cast.member("gus", tenant=stage.people.boutique, role="placer")
    with pytest.raises(Forbidden, match=r"app\.deploy"):
        perform("placement.move", actor=cast.actor(gus), ref=Ref(APP, "boutique", "shop"), data=MOVE)


def test_a_freeze_holds_it_as_it_holds_a_deployment(stage: Moving) -> None:
    stage.frozen()
    assert "Frozen until" in " ".join(stage.preview().warnings)
    stage.move()
    assert any("Frozen until" in run.why for run in StepRun.objects.filter(release__number=2))
    assert stage.sent() == []


def test_pauses_between_waves_hold_before_the_old_one_goes(stage: Moving) -> None:
    stage.on_app("release.waves", pause=-1)
    stage.deployed()
    stage.on_release("release.promote", 2)
    stage.finish()
    stage.move()
    stage.fills()
    assert stage.release(3).state == "running" and stage.sent() == []
    stage.on_release("release.promote", 3)
    assert {row.payload["cluster"] for row in stage.sent()} == {str(stage.south.pk)}


def test_behind_a_release_under_way_it_moves_what_that_brings(stage: Moving) -> None:
    stage.on_app("image.set", process="web", image="registry.example.com/shop:2")
    stage.on_app("release.start")
    with pytest.raises(Conflict, match="still under way"):
        stage.move()
    stage.move(wait=True)
    assert stage.release(3).state == "waiting"
    log = cast.signed_in(stage.people.alice).get("/t/boutique/activity/").text
    assert "moved it from north to west, with release 3, which waits for its turn" in log
    assert load(stage.release(3).revision.spec).process("web").image == "registry.example.com/shop:2"
    stage.finish("registry.example.com/shop:2")
    assert (stage.release(2).state, stage.release(3).state) == ("succeeded", "running")


def test_while_what_is_in_front_may_still_bring_it_nothing_is_said_against_it(stage: Moving) -> None:
    stage.on_app("image.set", process="web", image="registry.example.com/shop:2")
    stage.on_app("release.start")
    stage.on_release("release.pause", 2)
    stage.move(wait=True)
    assert holding.waits_for(stage.release(3)) == "It begins when release 2 is over."

    stage.on_release("release.abort", 2, after="roll_back")
    assert stage.release(2).state == "aborting"
    assert "What runs is not what this release was made from." in holding.waits_for(stage.release(3))


def test_what_waits_in_front_may_bring_it_as_well(stage: Moving) -> None:
    for number in (2, 3):
        stage.on_app("image.set", process="web", image=f"registry.example.com/shop:{number}")
        stage.on_app("release.start", wait=number > 2)
    stage.move(wait=True)
    assert holding.waits_for(stage.release(4)) == "It begins when release 3 is over."

    stage.on_release("release.abort", 3)
    assert "What runs is not what this release was made from." in holding.waits_for(stage.release(4))


def test_it_does_not_bring_what_failed_before_its_turn(stage: Moving) -> None:
    stage.on_app("release.auto_rollback", on=True)
    stage.on_app("image.set", process="web", image="registry.example.com/shop:2")
    stage.on_app("release.start")
    stage.move(wait=True)
    stage.on_release("release.abort", 2, after="roll_back")
    stage.finish()
    assert (stage.release(2).state, stage.release(3).state) == ("rolled_back", "waiting")
    page = cast.signed_in(stage.people.bob).get(reverse("release", args=["boutique", "shop", 3])).text
    assert "What runs is not what this release was made from. Stop it, and move shop anew." in page


def test_the_command_line_takes_both_clusters(stage: Moving, capsys: pytest.CaptureFixture[str]) -> None:
    call_command(
        "operate", "placement.move", "from=north", "to=west", tenant="boutique", app="shop", user="bob", dry_run=True
    )
    assert "west gets everything and is ready before anything goes on north" in capsys.readouterr().out
