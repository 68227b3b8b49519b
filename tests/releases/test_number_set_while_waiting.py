"""Somebody sets the number of instances while a release waits for the one that it set: nobody pulls against them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from apps_mgmt.models import App
from releases import observing
from releases.models import StepRun, Target
from releases.reasons import Reason
from releases.scaled import REPLICAS
from releases.steps.resized import PATIENCE, SINCE
from releases.wording import words
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db
NEW, KEY = "registry.example.com/shop:2", "Deployment/shop--web"


@pytest.fixture
def stage() -> Stage:
    """Release 2 has written its image and its two instances on north, and waits there; south comes after it."""
    stage = Stage()
    stage.deployed()
    stage.on_app("image.set", process="web", image=NEW)
    stage.on_app("release.start")
    stage.work()
    return stage


def says(stage: Stage, number: int, *, manager: str | None = "kubectl", image: str = NEW) -> list[str]:
    """North says that it has so many instances, all new and ready, as somebody wants it; what is done then."""
    stage.generation[str(stage.north.pk)] += 1
    said = stage.says(stage.north, image=image, count=number)
    if manager is not None:
        field = {"path": REPLICAS, "value": number, "shown": True}
        owner = {"manager": manager, "operation": "Update", "at": "2025-01-01T12:00:00Z", "fields": [field]}
        said["workloads"][0]["foreign"] = [owner]
    observing.observe(stage.north.pk, stage.app.pk, said)
    return stage.work()


def waits(stage: Stage) -> StepRun:
    return StepRun.objects.get(release__number=2, cluster_id=stage.north.pk, state="watching")


def told(run: StepRun) -> str:
    return words(Reason.load(run.reason))


def state(stage: Stage) -> str:
    return Target.objects.get(release__number=2, cluster_id=stage.north.pk).state


@pytest.mark.parametrize(("manager", "by"), [("kubectl", "kubectl"), ("", "somebody")])
@pytest.mark.parametrize("number", [5, 0])
def test_it_says_at_once_who_did_and_writes_nothing(stage: Stage, number: int, manager: str, by: str) -> None:
    assert says(stage, number, manager=manager) == []
    said = told(waits(stage))
    assert f"On north, {by} set the number of instances of shop--web to {number}, outside Slipway" in said
    assert "after the release set 2" in said


def test_nobody_is_told_to_leave_a_number_that_has_no_owner(stage: Stage) -> None:
    says(stage, 5)
    assert "drift.leave" in told(waits(stage))
    says(stage, 0, manager="")
    assert "drift.leave" not in told(waits(stage)) and "sets it back there" in told(waits(stage))


def test_it_is_looked_at_again_when_it_counts(stage: Stage) -> None:
    says(stage, 5)
    run = waits(stage)
    since = datetime.fromisoformat(run.output[SINCE][KEY])
    assert run.wake_at == since + PATIENCE
    says(stage, 6)
    assert waits(stage).wake_at == run.wake_at


def test_where_it_stays_the_release_fails_and_no_other_cluster_begins(stage: Stage) -> None:
    says(stage, 5)
    run = waits(stage)
    run.output[SINCE][KEY] = (timezone.now() - PATIENCE - timedelta(seconds=1)).isoformat()
    run.save()
    says(stage, 5)
    assert stage.release(2).state == "failed"
    assert "kubectl set the number of instances of shop--web to 5" in stage.release(2).why
    assert not StepRun.objects.filter(release__number=2, cluster_id=stage.south.pk).exists()


def test_whoever_sets_it_back_lets_the_release_go_on(stage: Stage) -> None:
    says(stage, 5)
    says(stage, 2)
    assert state(stage) == "done"


def test_so_does_who_leaves_it_to_them(stage: Stage) -> None:
    says(stage, 5)
    left = [{"cluster": "north", "object": KEY, "field": REPLICAS, "manager": "kubectl"}]
    App.objects.filter(name="shop").update(left=left)
    says(stage, 5)
    assert state(stage) == "done"


def test_a_number_that_nobody_else_has_may_only_be_on_its_way(stage: Stage) -> None:
    says(stage, 5, manager=None)
    assert told(waits(stage)) == "5 of 5 new instances are ready."


def test_what_goes_back_brings_what_ran_with_the_number_that_they_set(stage: Stage) -> None:
    says(stage, 5)
    stage.on_release("release.abort", 2)
    done = says(stage, 5, image="registry.example.com/shop:1")
    assert "SetReplicas" not in {*done, *stage.work()}
    says(stage, 5, image="registry.example.com/shop:1")
    assert stage.release(2).state == "rolled_back"
