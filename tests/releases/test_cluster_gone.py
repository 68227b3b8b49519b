"""A cluster that never comes back is removed with what runs there by the records, when an operator says so."""

from __future__ import annotations

from typing import Any

import pytest

from apps_mgmt.deleting import APP_DELETED
from apps_mgmt.models import App, AppStatus, Deployed
from portal.access import Ref
from portal.access.ref import APP, CLUSTER
from portal.errors import Refused, UserError
from portal.operations.outcome import Outcome
from portal.operations.performing import perform
from portal.outbox.models import OutboxRow
from releases.deleting import DeletedApp
from releases.engine import SETTLE
from releases.reserving import COUNT
from releases.settling import Counter, Settler
from tenants import clusters
from tenants.models import Cluster
from tenants.quota import ledger
from tests import cast, east
from tests.releases.stage import Stage
from tests.web.reading import said_on

pytestmark = pytest.mark.django_db
GONE: dict[str, Any] = {"confirm": "south", "gone": True, "reason": "The site burnt down."}


@pytest.fixture
def stage() -> Stage:
    return Stage()


def away(stage: Stage) -> None:
    clusters.mark(stage.south.pk, state="away", reason="no connection")


def remove(stage: Stage, *, dry_run: bool = False, **data: Any) -> Outcome:
    olga, south = cast.actor(stage.people.olga), Ref(CLUSTER, cluster="south")
    return perform("cluster.remove", actor=olga, ref=south, data={**GONE, **data}, dry_run=dry_run)


def counted(stage: Stage) -> None:
    """What the outbox does of quota after releases and removals."""
    for row in OutboxRow.objects.filter(kind__in=[COUNT, SETTLE]):
        (Counter() if row.kind == COUNT else Settler()).finish(row.payload, {})


def instances(stage: Stage) -> int:
    return next(one.used for one in ledger.usage_of(stage.app.tenant_id) if one.dimension == "instances")


def test_only_one_that_is_away_can_be_declared_gone(stage: Stage) -> None:
    stage.deployed()
    clusters.mark(stage.south.pk, state="ready")
    with pytest.raises(UserError, match="boutique/shop still run on this cluster"):
        remove(stage)
    away(stage)
    with pytest.raises(Refused, match=r"If south never comes back, say so \(gone\)"):
        remove(stage, gone=False)
    with pytest.raises(Refused, match="Say why it never comes back"):
        remove(stage, reason="")
    with pytest.raises(UserError):
        remove(stage, confirm="sout")
    assert Cluster.objects.filter(name="south").exists()


def test_what_ran_there_is_forgotten_and_the_rest_goes_on(stage: Stage) -> None:
    stage.deployed()
    counted(stage)
    away(stage)
    foretold = remove(stage, dry_run=True).preview
    assert foretold and foretold.warnings == [
        "What runs of boutique/shop on south is forgotten, and its part of the quota is free again.",
        "Drafts still name south: those of boutique/shop. Choose others there (placement.targets) and deploy.",
    ]
    remove(stage)
    counted(stage)

    assert not Cluster.objects.filter(name="south").exists()
    assert [one.cluster_name for one in Deployed.objects.all()] == ["north"]
    assert [one["name"] for one in AppStatus.objects.get().clusters] == ["north"]
    assert "The tenant has no such cluster any more." in said_on("/t/boutique/apps/shop/", stage.people.bob)
    stage.on_app("placement.targets", targets=[{"cluster": "north"}])
    number = int(stage.on_app("release.start").result["release"])
    stage.work()
    stage.ready(stage.north, count=4)
    stage.work()
    assert stage.release(number).state == "succeeded"
    stage.on_app("process.restart")


def test_a_release_under_way_fails_there_and_ends(stage: Stage) -> None:
    stage.deployed()
    stage.on_app("image.set", process="web", image="registry.example.com/shop:2")
    number = int(stage.on_app("release.start").result["release"])
    stage.work()
    away(stage)
    foretold = remove(stage, dry_run=True).preview
    said = f"Release {number} of boutique/shop fails on south, and goes on as its failure budget says."
    assert foretold and said in foretold.warnings
    remove(stage)

    release = stage.release(number)
    assert "olga declared south gone for good" in " ".join(one.why for one in release.targets.all())
    for _round in range(3):
        stage.work(on=stage.north)
        stage.ready(stage.north, image="registry.example.com/shop:2")
    assert stage.release(number).is_over


def test_a_deletion_that_waited_for_nothing_else_is_over(stage: Stage) -> None:
    stage.deployed()
    away(stage)
    alice = cast.actor(stage.people.alice)
    perform("app.delete", actor=alice, ref=Ref(APP, "boutique", "shop"), data={"confirm": "shop"})
    DeletedApp().finish(OutboxRow.objects.get(kind=APP_DELETED).payload, {})
    stage.work(on=stage.north)
    stage.gone(stage.north)
    stage.work(on=stage.north)
    assert AppStatus.objects.get().state == "deleting"
    remove(stage)

    assert AppStatus.objects.get().state == "new"
    assert App.objects.get().deleted_at is not None


def test_where_a_release_ended_half_way_on_it_the_app_can_be_restarted(stage: Stage) -> None:
    stage.deployed()
    stage.on_app("image.set", process="web", image="registry.example.com/shop:2")
    number = int(stage.on_app("release.start").result["release"])
    stage.work()
    stage.on_release("release.abort", number, after="hold")
    stage.work()
    assert stage.release(number).is_over
    away(stage)
    remove(stage)
    stage.on_app("placement.targets", targets=[{"cluster": "north"}])
    stage.on_app("release.start")
    stage.work()
    stage.ready(stage.north, image="registry.example.com/shop:2", count=4)
    stage.work()
    restart = stage.on_app("process.restart", process="web").result["release"]
    assert [one.cluster_name for one in stage.release(int(restart)).targets.all()] == ["north"]


def test_one_that_answers_after_all_is_not_gone(stage: Stage) -> None:
    there = east.registered()
    clusters.mark(there.pk, state="away", reason="no connection")
    olga = cast.actor(stage.people.olga)
    data = {**GONE, "confirm": "east"}
    with pytest.raises(Refused, match="east answers, so it is not gone"):
        perform("cluster.remove", actor=olga, ref=Ref(CLUSTER, cluster="east"), data=data)
    assert Cluster.objects.filter(name="east").exists()


def test_sentences_lead_to_the_way_out(stage: Stage) -> None:
    stage.deployed()
    away(stage)
    west = cast.cluster("west", tenants=[stage.people.boutique])
    clusters.mark(west.pk, state="ready")
    with pytest.raises(Refused, match=r"a platform operator can remove it \(cluster.remove with gone\)"):
        stage.on_app("placement.move", **{"from": "south", "to": "west"})
    olga = cast.actor(stage.people.olga)
    with pytest.raises(Refused, match=r"remove it \(cluster.remove with gone\)"):
        perform("cluster.revoke", actor=olga, ref=Ref(CLUSTER, cluster="south"), data={"tenant": "boutique"})
