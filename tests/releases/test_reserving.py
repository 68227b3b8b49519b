"""What counts of an app beside its draft: what stands, whoever has its numbers, and a release at its worst."""

from __future__ import annotations

import re
from typing import Any

import pytest

from portal.access import Ref
from portal.access.ref import APP
from portal.errors import QuotaExceeded
from portal.operations.performing import perform
from portal.operations.subject import Preview
from portal.outbox.models import OutboxRow
from portal.outbox.running import drain
from releases import observing
from releases.scaled import REPLICAS
from tenants.models import Cluster, Reservation, UsageRow
from tenants.quota.limits import set_limits
from tests.releases.moving import Moving
from tests.releases.stage import Stage
from tests.web.reading import said_on

pytestmark = pytest.mark.django_db

KEY = "Deployment/shop--web"
NEW = "registry.example.com/shop:2"
HERE = {"cluster": "north", "object": KEY}


@pytest.fixture
def stage() -> Moving:
    return Moving()


def counts(stage: Stage) -> int:
    """The instances that the quota counts of the tenant, when whatever waits was done."""
    return int(UsageRow.objects.get(tenant=stage.people.boutique, dimension="instances").amount)


def scaled(stage: Stage, cluster: Cluster, number: int) -> None:
    """The cluster says that somebody has set another number of instances there, which run by now."""
    said = stage.says(cluster, image="registry.example.com/shop:1", count=number)
    field = {"path": REPLICAS, "value": number, "shown": True}
    owner = {"manager": "kubectl", "operation": "Update", "at": "2025-01-01T12:00:00Z", "fields": [field]}
    said["workloads"][0]["foreign"] = [owner]
    observing.observe(cluster.pk, stage.app.pk, said)


def shown(stage: Stage, operation: str, **data: Any) -> Preview:
    found = perform(operation, actor=stage.bob, ref=Ref(APP, "boutique", "shop"), data=data, dry_run=True).preview
    assert found is not None
    return found


def after(rows: Any) -> int:
    return next(int(row["after"]) for row in rows if row["dimension"] == "instances")


def test_a_number_that_is_left_to_others_counts_as_it_stands(stage: Moving) -> None:
    drain()
    assert counts(stage) == 4
    scaled(stage, stage.north, 9)
    assert counts(stage) == 4, "nobody has decided yet"
    promised = shown(stage, "drift.leave", **HERE)
    stage.on_app("drift.leave", **HERE)
    assert after(promised.quota) == counts(stage) == 9 + 2
    assert re.search(r"Instances\s+11\b", said_on("/t/boutique/quota/", stage.people.alice))


def test_it_is_counted_anew_when_they_change_it_and_when_a_release_has_ended(stage: Moving) -> None:
    drain()
    scaled(stage, stage.north, 9)
    stage.on_app("drift.leave", **HERE)
    scaled(stage, stage.north, 12)
    drain()
    assert counts(stage) == 12 + 2
    promised = shown(stage, "image.set", process="web", image="registry.example.com/shop:2").rolling
    stage.on_app("image.set", process="web", image="registry.example.com/shop:2")
    number = int(stage.on_app("release.start").result["release"])
    assert after(promised) == counts(stage) == (12 + 3) + (2 + 1), "a quarter of twelve comes on top"
    stage.work()
    for cluster, count in ((stage.north, 12), (stage.south, 2)):
        stage.ready(cluster, image="registry.example.com/shop:2", count=count)
        stage.work()
    assert stage.release(number).state == "succeeded"
    drain()
    assert counts(stage) == 12 + 2
    scaled(stage, stage.north, 1)
    drain()
    assert counts(stage) == 2 + 2, "fewer than were deployed can be as many again"


def test_what_does_not_fit_is_not_left(stage: Moving) -> None:
    drain()
    scaled(stage, stage.north, 9)
    set_limits(stage.people.boutique.pk, limits={"instances": 10})
    assert "Instances: 1 short" in shown(stage, "drift.leave", **HERE).warnings[0]
    with pytest.raises(QuotaExceeded, match="Instances: 1 short"):
        stage.on_app("drift.leave", **HERE)
    assert counts(stage) == 4


def test_to_leave_it_no_longer_makes_none_go(stage: Moving) -> None:
    drain()
    scaled(stage, stage.north, 9)
    stage.on_app("drift.leave", **HERE)
    stage.on_app("drift.reclaim", **HERE)
    assert counts(stage) == 9 + 2
    stage.on_app("drift.take_over", **HERE)
    stage.finish()
    drain()
    assert counts(stage) == 4


def test_a_deploy_that_leaves_a_cluster_counts_both_until_that_is_empty(stage: Moving) -> None:
    drain()
    promised = shown(stage, "placement.targets", targets=[{"cluster": "west"}]).rolling
    stage.on_app("placement.targets", targets=[{"cluster": "west"}])
    drain()
    assert counts(stage) == 4
    deploys = shown(stage, "release.start").quota
    stage.on_app("release.start")
    assert after(promised) == after(deploys) == counts(stage) == 4 + 4
    assert stage.release(2).quota_peak["instances"] == 8


def test_it_is_refused_where_both_do_not_fit(stage: Moving) -> None:
    drain()
    stage.on_app("placement.targets", targets=[{"cluster": "west"}])
    set_limits(stage.people.boutique.pk, limits={"instances": 7})
    assert "Instances: 1 short" in shown(stage, "release.start").warnings[0]
    with pytest.raises(QuotaExceeded, match="Instances: 1 short"):
        stage.on_app("release.start")


def test_behind_another_release_what_that_brings_counts_as_well(stage: Moving) -> None:
    drain()
    stage.on_app("placement.targets", targets=[{"cluster": "west"}])
    stage.on_app("release.start")
    stage.on_app("placement.targets", targets=[{"cluster": "north"}])
    promised = shown(stage, "release.start", wait=True).quota
    stage.on_app("release.start", wait=True)
    assert after(promised) == counts(stage) == (4 + 1) + 2 + 4, "north rolls, south and west go last"


def test_what_a_release_left_half_way_counts_until_it_is_gone(stage: Moving) -> None:
    drain()
    stage.on_app("placement.targets", targets=[{"cluster": "west"}])
    stage.on_app("release.start")
    stage.work()
    stage.crashes(stage.west)
    drain()
    assert stage.release(2).state == "failed"
    stage.on_app("draft.undo")
    assert counts(stage) == 4 + 4, "what was begun on west stands beside what runs"
    stage.deployed()
    stage.gone(stage.west)
    stage.work()
    drain()

    assert stage.release(3).state == "succeeded" and not Reservation.objects.filter(source__startswith="release:")
    assert counts(stage) == 4


def green(stage: Stage) -> int:
    """A release of a second set on both clusters, with both sets ready there."""
    stage.on_app("release.strategy", kind="blue-green")
    stage.on_app("release.waves", across="together")
    stage.on_app("image.set", process="web", image=NEW)
    number = int(stage.on_app("release.start").result["release"])
    stage.work()
    return number


def held(stage: Stage, number: int) -> None:
    stage.on_release("release.abort", number, after="hold")
    stage.work()
    drain()
    assert stage.release(number).is_over
    assert not Reservation.objects.filter(source__startswith="release:")


def limit(stage: Stage, number: int) -> None:
    """No more instances are allowed; no cluster answers here that could be told of it."""
    set_limits(stage.people.boutique.pk, limits={"instances": number})
    OutboxRow.objects.filter(kind="cluster.provision").delete()


def test_a_second_set_that_was_left_goes_on_counting(stage: Moving) -> None:
    drain()
    held(stage, green(stage))
    assert counts(stage) == 4 + 4


def test_the_room_that_it_has_is_nobody_elses(stage: Moving) -> None:
    drain()
    limit(stage, 9)
    held(stage, green(stage))
    data = {"name": "cart", "image": "registry.example.com/cart:1", "port": 8080, "replicas": 2}
    with pytest.raises(QuotaExceeded, match="Instances: 1 short"):
        stage.on_tenant("app.create", **data)
    stage.on_tenant("app.create", **data | {"replicas": 1})


def test_a_crash_leaves_what_came_on_top(stage: Moving) -> None:
    drain()
    stage.on_app("image.set", process="web", image=NEW)
    stage.on_app("release.start")
    stage.work()
    stage.crashes(stage.north, old=2)
    stage.work()
    drain()
    assert stage.release(2).state == "failed"
    assert counts(stage) == (2 + 1) + 2, "south was not begun"


def test_the_same_again_fewer_and_a_way_back_need_no_more_room_than_that(stage: Moving) -> None:
    drain()
    limit(stage, 8)
    held(stage, green(stage))
    assert after(shown(stage, "release.start").quota) == 8
    stage.on_app("process.scale", process="web", replicas=3)
    assert all(row["fits"] for row in shown(stage, "release.start").quota)
    stage.on_app("release.start")
    assert stage.release(3).quota_peak["instances"] == 8


def test_what_meets_a_second_set_and_rolls_in_place_counts_both(stage: Moving) -> None:
    drain()
    held(stage, green(stage))
    stage.on_app("release.strategy", kind="rolling")
    assert after(shown(stage, "release.start").quota) == (2 + 1 + 2) * 2
    number = int(stage.on_app("release.start").result["release"])
    assert counts(stage) == 10
    stage.work()
    held(stage, number)
    assert counts(stage) == 10, "neither is gone yet"


@pytest.mark.django_db(transaction=True)  # what goes above a limit has namespaces made ready, outside any transaction
def test_it_counts_no_longer_when_something_else_has_come(stage: Moving) -> None:
    drain()
    limit(stage, 8)
    held(stage, green(stage))
    stage.on_app("release.rollback")
    finish(stage)
    assert stage.release(3).state == "succeeded"
    assert counts(stage) == 4


def test_nor_when_it_was_stopped(stage: Moving) -> None:
    drain()
    limit(stage, 8)
    held(stage, green(stage))
    stage.on_app("app.stop")
    stage.stops()
    drain()
    assert stage.release(3).state == "succeeded"
    assert counts(stage) == 4


def test_who_supersedes_it_counts_it_as_well(stage: Moving) -> None:
    drain()
    green(stage)
    stage.on_app("release.strategy", kind="rolling")
    promised = shown(stage, "release.start", supersede=True).quota
    stage.on_app("release.start", supersede=True)
    assert after(promised) == stage.release(3).quota_peak["instances"] == (2 + 1 + 2) * 2


def finish(stage: Moving) -> None:
    for _round in range(3):
        stage.work()
        for cluster in (stage.north, stage.south):
            stage.ready(cluster)
            stage.work()
    drain()
