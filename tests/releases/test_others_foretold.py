"""What others changed on clusters is foretold of whatever writes there as it is of a deploy, and once."""

from __future__ import annotations

from typing import Any

import pytest

from portal.access import Ref
from portal.access.ref import APP
from portal.operations.performing import perform
from portal.operations.subject import Preview
from releases import observing
from releases.scaled import AUTOSCALER, REPLICAS
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db

REFUSED = "A release that writes something else there is refused"
SCALED = (
    "kubectl changed the number of instances of shop--web on north. A release that writes something else there is "
    "refused: take it over (drift.take_over) or leave it (drift.leave) first."
)
STAYS = "The number of instances of shop--web on north stays with kubectl, as bob left it. A release leaves it alone."


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.deployed()
    return stage


def foretold(stage: Stage, operation: str, **data: Any) -> Preview:
    preview = perform(operation, actor=stage.bob, ref=Ref(APP, "boutique", "shop"), data=data, dry_run=True).preview
    assert preview is not None
    return preview


def scaled(stage: Stage) -> None:
    stage.put_back(stage.north, field=REPLICAS, value=4, manager="kubectl", shared=False)


@pytest.mark.parametrize("operation", ["release.start", "release.redeploy", "process.restart"])
def test_whoever_brings_it_again_is_told_for_what_that_is_refused(stage: Stage, operation: str) -> None:
    scaled(stage)
    assert foretold(stage, operation).warnings.count(SCALED) == 1


def test_a_restart_of_one_process_is_told_of_all_that_it_writes(stage: Stage) -> None:
    scaled(stage)
    assert SCALED in foretold(stage, "process.restart", process="web").warnings


def test_a_restart_says_what_it_leaves_to_others(stage: Stage) -> None:
    scaled(stage)
    stage.on_app("drift.leave", cluster="north", object="Deployment/shop--web")
    said = foretold(stage, "process.restart").warnings
    assert [one for one in said if "kubectl" in one] == [STAYS]


def test_a_restart_says_what_else_it_removes(stage: Stage) -> None:
    said = stage.says(stage.north, image="registry.example.com/shop:1", count=2)
    copy = stage.says(stage.north, image="registry.example.com/shop:1", count=1)["workloads"][0]
    copy["metadata"] |= {"name": "shop--web-copy", "uid": "copied"}
    observing.observe(stage.north.pk, stage.app.pk, {**said, "workloads": [*said["workloads"], copy]})
    told = [one for one in foretold(stage, "release.start").warnings if "no release made it: it is removed" in one]
    assert told and set(told) <= set(foretold(stage, "process.restart").warnings)


def test_a_way_that_takes_no_steps_of_the_plan_meets_no_number_on_the_way(stage: Stage) -> None:
    stage.on_app("release.strategy", kind="batches", batch="1")
    stage.deployed()
    stage.put_back(stage.north, field=REPLICAS, value=2, manager="kubectl")
    assert any("is refused" in one for one in foretold(stage, "release.start").warnings)
    assert not any("is refused" in one for one in foretold(stage, "process.restart").warnings)


def test_who_starts_what_was_stopped_is_told_what_others_changed_meanwhile(stage: Stage) -> None:
    stage.on_app("app.stop")
    stage.stops()
    stage.put_back(stage.north, field=REPLICAS, value=1, manager="kubectl", shared=False)
    assert foretold(stage, "app.start").warnings.count(SCALED) == 1


def test_who_takes_it_over_is_not_told_to_do_so_first(stage: Stage) -> None:
    scaled(stage)
    assert not any(REFUSED in one for one in foretold(stage, "drift.take_over", cluster="north").warnings)
    stage.on_app("drift.leave", cluster="north", object="Deployment/shop--web")
    assert not any("stays with" in one for one in foretold(stage, "drift.take_over", cluster="north").warnings)


def test_a_rollout_that_somebody_paused_is_said_to_hold_the_release(stage: Stage) -> None:
    said = stage.says(stage.north, image="registry.example.com/shop:1", count=2)
    said["workloads"][0]["spec"]["paused"] = True
    observing.observe(stage.north.pk, stage.app.pk, said)
    told = (
        "The rollout of shop--web on north is paused outside Slipway: a release waits there until somebody resumes it "
        "(kubectl rollout resume)."
    )
    for operation in ("release.start", "process.restart"):
        assert foretold(stage, operation).warnings.count(told) == 1
    assert told not in foretold(stage, "release.start", targets=["south"]).warnings


def test_where_everything_is_removed_nobody_is_in_the_way(stage: Stage) -> None:
    scaled(stage)
    stage.on_app("placement.targets", targets=[{"cluster": "south"}])
    said = foretold(stage, "release.start").warnings
    assert not any(REFUSED in one for one in said)
    told = (
        "kubectl set the number of instances of shop--web on north to 4. That is removed with them, and does not go "
        "along to other clusters."
    )
    assert said.count(told) == 1


@pytest.mark.parametrize("operation", ["release.start", "process.restart"])
def test_who_takes_all_down_first_is_told_what_becomes_of_the_number_of_an_autoscaler(operation: str) -> None:
    stage = Stage()
    stage.on_app("release.strategy", kind="recreate")
    stage.deployed()
    stage.put_back(stage.north, field=REPLICAS, value=6, manager=AUTOSCALER, shared=False)
    said = [one for one in foretold(stage, operation).warnings if "HorizontalPodAutoscaler" in one]
    assert len(said) == 1
    assert "sets the number of instances of shop--web on north, now 6. The release takes all of them away" in said[0]
    assert "changes nothing" not in said[0]


@pytest.mark.parametrize("operation", ["release.start", "release.redeploy", "process.restart"])
def test_a_number_that_nobody_owns_is_said_to_be_set_again(stage: Stage, operation: str) -> None:
    stage.lost(stage.north, REPLICAS, instead=0)
    said = (
        "Somebody set the number of instances of shop--web on north to 0. A release sets it again, to the number of "
        "Slipway. To have 0 there, scale with Slipway, or stop the app."
    )
    assert foretold(stage, operation).warnings.count(said) == 1
