"""The room of an app in the quota: a start needs what was kept, and fewer instances need no more than there are."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import Sum

from portal.access import Ref
from portal.access.ref import APP
from portal.audit.models import AuditEntry
from portal.errors import QuotaExceeded
from portal.operations.performing import perform
from portal.operations.subject import Preview
from portal.outbox.running import drain
from tenants.models import Reservation
from tenants.quota import ledger
from tenants.quota.limits import set_limits
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db
OVER = "Starting what was stopped is let through all the same."


@pytest.fixture
def stage() -> Stage:
    """What is deployed has 4 instances, and no more are allowed."""
    made = Stage()
    made.deployed()
    drain()
    limit(made, instances=4)
    return made


def limit(stage: Stage, **limits: int) -> None:
    set_limits(stage.people.boutique.pk, limits=limits)


def shown(stage: Stage, operation: str, **data: Any) -> Preview:
    found = perform(operation, actor=stage.bob, ref=Ref(APP, "boutique", "shop"), data=data, dry_run=True).preview
    assert found is not None
    return found


def after(rows: Any) -> dict[str, int]:
    return {row["dimension"]: int(row["after"]) for row in rows}


def reserved(stage: Stage, number: int) -> int:
    """The instances that a release has reserved."""
    rows = Reservation.objects.filter(source=f"release:{stage.release(number).pk}", dimension="instances")
    return int(rows.aggregate(all=Sum("amount"))["all"])


def stopped(stage: Stage) -> None:
    stage.on_app("app.stop")
    stage.stops()


def test_a_start_needs_no_more_room_than_was_kept(stage: Stage) -> None:
    stopped(stage)
    used = ledger.totals(stage.people.boutique.pk)
    limit(stage, cpu=used["cpu"], memory=used["memory"])
    preview = shown(stage, "app.start")
    assert after(preview.quota)["instances"] == 4 and not preview.warnings
    told = stage.on_app("app.start")
    assert told.message == "Started it with release 3." and "over_quota" not in told.result
    assert reserved(stage, 3) == 4


def test_a_start_counts_neither_plans_nor_jobs_of_a_deploy(stage: Stage) -> None:
    revision = stage.app.revisions.get(number=1)
    job = {"kind": "job", "name": "migrate", "process": "web", "command": ["migrate"]}
    revision.spec["release"] = {"hooks": {"before": [job]}, "strategy": {"kind": "blue-green"}}
    revision.save()
    stopped(stage)
    assert after(shown(stage, "app.start").quota)["instances"] == 4


def test_a_start_over_the_quota_is_flagged_before_in_the_answer_and_in_the_log(stage: Stage) -> None:
    stopped(stage)
    limit(stage, releases=0)
    preview = shown(stage, "app.start")
    assert any(OVER in one for one in preview.warnings)
    assert [row["dimension"] for row in preview.quota if not row["fits"]] == ["releases"]
    told = stage.on_app("app.start")
    assert "let through over the quota (Releases at once: 1 of 0)" in told.message
    logged = AuditEntry.objects.get(operation="app.start").result["over_quota"]
    assert logged == told.result["over_quota"] == ["Releases at once: 1 of 0"]


def test_at_its_limit_an_app_is_scaled_down_by_one(stage: Stage) -> None:
    preview = shown(stage, "process.scale", process="web", replicas=3)
    assert not preview.warnings and after(preview.rolling)["instances"] == 4
    stage.on_app("process.scale", process="web", replicas=3)
    assert after(shown(stage, "release.start").quota)["instances"] == 4
    stage.on_app("release.start")
    assert reserved(stage, 2) == 4


def test_fewer_instances_of_something_else_need_room_for_both(stage: Stage) -> None:
    stage.on_app("process.scale", process="web", replicas=3)
    stage.on_app("image.set", process="web", image="registry.example.com/shop:2")
    assert not all(row["fits"] for row in shown(stage, "release.start").quota)
    with pytest.raises(QuotaExceeded, match="Instances: "):
        stage.on_app("release.start")


def test_more_instances_count_as_they_are_and_none_beside_them(stage: Stage) -> None:
    limit(stage, instances=6)
    stage.on_app("process.scale", process="web", replicas=6)
    stage.on_app("release.start")
    assert reserved(stage, 2) == 6


def test_what_was_changed_by_hand_may_be_put_back_beside_what_runs(stage: Stage) -> None:
    stage.edited(stage.north)
    limit(stage, instances=20)
    stage.on_app("process.scale", process="web", replicas=2)
    stage.on_app("release.start")
    assert reserved(stage, 2) == (1 + 1) + 1 + 1, "one beside on north, and what stands on both until it goes"


def test_while_a_release_is_under_way_both_may_stand_there(stage: Stage) -> None:
    limit(stage, instances=20)
    stage.on_app("image.set", process="web", image="registry.example.com/shop:2")
    stage.on_app("release.start")
    stage.on_app("process.scale", process="web", replicas=3)
    stage.on_app("release.start", wait=True)
    assert reserved(stage, 3) == 3 + 3, "the one that is under way may leave on each what came on top"


@pytest.mark.parametrize("kind", ["blue-green", "batches"])
def test_with_a_plan_of_its_own_a_release_counts_as_its_plan_has_it(stage: Stage, kind: str) -> None:
    limit(stage, instances=20)
    revision = stage.app.revisions.get(number=1)
    revision.spec["release"] = {"strategy": {"kind": kind}}
    revision.save()
    stage.on_app("release.redeploy")
    assert reserved(stage, 2) > 4


def test_under_another_isolation_every_instance_is_made_anew(stage: Stage) -> None:
    limit(stage, instances=20)
    stage.people.boutique.isolation = {"level": "nodes", "key": "example.com/tenant", "value": "boutique"}
    stage.people.boutique.save()
    stage.on_app("process.scale", process="web", replicas=3)
    assert after(shown(stage, "release.start").quota)["instances"] == 3 + 2
