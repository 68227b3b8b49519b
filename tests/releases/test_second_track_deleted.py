"""A second track that somebody deletes behind Slipway's back is told as deleted, and its release fails soon."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps_mgmt.models import AppStatus
from portal.outbox.models import OutboxRow
from releases import clock
from releases.effects import load
from releases.models import StepRun
from releases.wording import advice_of
from tests.releases.canary import Canary

pytestmark = pytest.mark.django_db
STEPS = (
    {"kind": "batch", "name": "one", "replicas": "1"},
    {"kind": "pause", "name": "look", "seconds": -1},
    {"kind": "batch", "name": "all", "replicas": "100%"},
)


class Making(Canary):
    """Its clusters answer, as real ones do, whether an object was made."""

    def _answer(self, row: OutboxRow) -> None:
        effect = load(row.payload["effect"])
        made = {key: {"created": True} for key in getattr(effect, "objects", ()) if getattr(effect, "second", False)}
        super()._answer(row)
        for run in StepRun.objects.filter(release=row.payload["release"], cluster_id=row.payload["cluster"]):
            objects = run.output.get("objects", {})
            if made.keys() & objects.keys() and run.step == row.payload["step"]:
                run.output = {**run.output, "objects": {k: one | made.get(k, {}) for k, one in objects.items()}}
                run.save()


@pytest.fixture
def stage() -> Canary:
    """Release 2 waits at its pause with one new instance of two, on both clusters."""
    stage = Making(steps=STEPS)
    stage.start()
    for cluster in (stage.north, stage.south):
        for stable, canary in ((2, 0), (2, 1), (1, 1), (1, 1)):
            stage.serve(cluster, stable=stable, canary=canary)
    return stage


def deleted(stage: Canary) -> None:
    """North tells of the first track alone."""
    stage.ready(stage.north, count=1)
    stage.work()


def goes_on(stage: Canary) -> None:
    stage.on_release("release.promote", 2)
    stage.work()


def open_on_north(stage: Canary) -> StepRun:
    return StepRun.objects.get(release__number=2, cluster_id=stage.north.pk, state="watching")


def test_it_is_told_at_once(stage: Canary) -> None:
    deleted(stage)
    goes_on(stage)
    run = open_on_north(stage)
    assert run.reason["code"] == "track_gone"
    assert "The new instances of web were deleted on north, outside Slipway" in run.why


def test_and_it_fails_soon(stage: Canary) -> None:
    deleted(stage)
    goes_on(stage)
    run = open_on_north(stage)
    assert run.wake_at is not None and run.wake_at - timezone.now() < timedelta(seconds=20)
    run.output = {**run.output, "lost": (timezone.now() - timedelta(seconds=16)).isoformat()}
    run.wake_at = timezone.now() - timedelta(seconds=1)
    run.save()
    clock.ring(timezone.now())
    stage.work()
    assert stage.release(2).is_over or stage.release(2).state == "rolling_back"
    assert "were deleted on north, outside Slipway" in stage.release(2).why


def test_what_comes_again_within_that_time_is_traded_with_as_before(stage: Canary) -> None:
    deleted(stage)
    goes_on(stage)
    for stable, canary in ((1, 1), (1, 2), (0, 2)):
        stage.serve(stage.north, stable=stable, canary=canary)
    assert StepRun.objects.get(release__number=2, cluster_id=stage.north.pk, step=6).state == "done"


def test_a_second_track_that_was_made_and_not_told_of_yet_was_not_deleted() -> None:
    stage = Making(steps=STEPS)
    stage.start()
    deleted(stage)
    assert open_on_north(stage).reason["code"] == "not_seen_yet"


def cluster_row(stage: Canary) -> dict[str, Any]:
    rows: list[dict[str, Any]] = AppStatus.objects.get(app=stage.app).clusters
    return next(row for row in rows if row["name"] == "north")


def test_the_status_of_the_app_says_so_before_the_release_goes_on(stage: Canary) -> None:
    before = cluster_row(stage)
    assert (before["state"], before["trouble"]) == ("healthy", {})
    deleted(stage)
    row = cluster_row(stage)
    assert (row["state"], row["ready"], row["wanted"], row["trouble"]) == ("degraded", 1, 2, {"gone": 1})
    assert advice_of(row["trouble"]) == "1 workload was deleted outside Slipway. Deploy makes it again."
    south = [one for one in AppStatus.objects.get(app=stage.app).clusters if one["name"] == "south"]
    assert [one["trouble"] for one in south] == [{}]


def test_what_carried_everything_is_not_taken_for_stopped(stage: Canary) -> None:
    goes_on(stage)
    for _round in range(2):
        stage.serve(stage.north, stable=1, canary=2)
        stage.serve(stage.north, stable=0, canary=2)
    stage.ready(stage.north, count=0)
    row = cluster_row(stage)
    assert (row["state"], row["ready"], row["wanted"], row["trouble"]) == ("failing", 0, 2, {"gone": 1})


def test_one_that_was_opened_and_not_told_of_yet_is_not_deleted() -> None:
    stage = Making(steps=STEPS)
    stage.start()
    stage.ready(stage.north)
    assert cluster_row(stage)["trouble"] == {}
