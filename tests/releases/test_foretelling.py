"""What a release would do is told step by step before anybody starts it."""

from __future__ import annotations

from typing import Any

import pytest

from portal.access import Ref
from portal.operations.performing import perform
from releases.models import Step
from tests import cast
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db
MANAGED_BY = ".metadata.labels.app.kubernetes.io/managed-by"
CANARY = [
    {"kind": "batch", "name": "first", "replicas": "10%"},
    {"kind": "approval", "name": "word", "roles": ["developer"]},
]


@pytest.fixture
def stage() -> Stage:
    return Stage()


def told(stage: Stage, operation: str, **data: Any) -> list[dict[str, Any]]:
    """The course that the dry run of an operation answers over the API."""
    done = perform(operation, actor=stage.bob, ref=Ref("app", "boutique", "shop"), data=data, dry_run=True)
    course: list[dict[str, Any]] = done.as_json()["course"]
    return course


def numbers(wave: dict[str, Any], kind: str) -> list[list[tuple[int, int]]]:
    """Old and new on each cluster after each step of a kind."""
    return [[(row["old"], row["new"]) for row in step["after"]] for step in wave["steps"] if step["kind"] == kind]


def uneven(stage: Stage) -> None:
    """Seven instances, five on north and two on south, which go together by canary; a new image waits."""
    targets = [{"cluster": "north", "weight": 5}, {"cluster": "south", "weight": 2}]
    stage.on_app("process.scale", process="web", replicas=7)
    stage.on_app("placement.targets", targets=targets)
    stage.on_app("release.waves", across="together")
    stage.on_app("release.start")
    stage.work()
    for cluster, count in ((stage.north, 5), (stage.south, 2)):
        stage.ready(cluster, count=count)
        stage.work()
    assert stage.release(1).state == "succeeded"
    stage.on_app("release.strategy", kind="canary", steps=CANARY)
    stage.on_app("image.set", process="web", image="registry.example.com/shop:2")


def test_a_deploy_is_told_per_cluster_with_the_numbers_after_each_step(stage: Stage) -> None:
    uneven(stage)
    (wave,) = told(stage, "release.start")
    assert wave["clusters"] == ["north", "south"]
    assert [(row["old"], row["new"]) for row in wave["before"]] == [(5, 0), (2, 0)]
    assert numbers(wave, "trade") == [[(4, 1), (1, 1)], [(0, 5), (0, 2)], [(0, 5), (0, 2)]]
    approval = next(step for step in wave["steps"] if step["kind"] == "approval")
    assert (approval["waits"], approval["words"], approval["name"]) == ("people", "until 1 person approves", "word")


def test_the_steps_are_those_that_the_release_freezes(stage: Stage) -> None:
    uneven(stage)
    (wave,) = told(stage, "release.start")
    number = stage.on_app("release.start").result["release"]
    frozen = Step.objects.filter(release__number=number, back=False).values_list("number", "kind")
    assert [(step["number"], step["kind"]) for step in wave["steps"]] == list(frozen)


def test_clusters_that_go_one_after_another_are_told_in_that_order(stage: Stage) -> None:
    stage.on_app("release.waves", across="one-after-another", pause=60)
    stage.deployed()
    first, second = told(stage, "release.start")
    assert (first["clusters"], second["clusters"]) == (["north"], ["south"])
    assert [(one["steps"][0]["waits"], one["steps"][0]["words"]) for one in (first, second)] == [
        ("", ""),
        ("time", "1 min"),
    ]


def test_the_editor_of_a_strategy_tells_of_a_later_release_where_nothing_runs_yet(stage: Stage) -> None:
    waves = told(stage, "release.strategy", kind="batches", batch="1", batch_pause=-1)
    assert [wave["supposed"] for wave in waves] == [["north"], ["south"]]
    assert numbers(waves[0], "trade")[:2] == [[(1, 1)], [(0, 2)]]
    assert [step["words"] for step in waves[0]["steps"] if step["waits"]] == ["until somebody lets it go on"]


def test_a_first_release_is_told_as_it_comes(stage: Stage) -> None:
    stage.on_app("release.strategy", kind="batches", batch="1")
    wave, _other = told(stage, "release.start")
    assert wave["supposed"] == []
    assert numbers(wave, "set_replicas") == [[(0, 2)], [(0, 2)]]
    assert {step["after"][0]["idle"] for step in wave["steps"] if step["kind"] == "trade"} == {True}


def test_only_the_clusters_it_is_started_for_are_told(stage: Stage) -> None:
    stage.deployed()
    assert [wave["clusters"] for wave in told(stage, "release.start", targets=["south"])] == [["south"]]


def test_instances_that_need_not_be_replaced_stay(stage: Stage) -> None:
    stage.deployed()
    stage.on_app("process.scale", process="web", replicas=6)
    wave, _other = told(stage, "release.start")
    last = wave["steps"][-1]["after"][0]
    assert (last["old"], last["new"], last["stay"]) == (0, 1, 2)


def test_going_back_is_told_too(stage: Stage) -> None:
    stage.on_app("release.strategy", kind="batches", batch="1")
    stage.deployed()
    stage.on_app("image.set", process="web", image="registry.example.com/shop:2")
    stage.deployed("registry.example.com/shop:2")
    wave, _other = told(stage, "release.rollback")
    assert [step["kind"] for step in wave["steps"]] == [
        "apply", "apply", "set_replicas", "wait_ready", "apply", "prune"
    ]  # fmt: skip


def test_other_forms_tell_of_no_release(stage: Stage) -> None:
    assert told(stage, "process.scale", process="web", replicas=3) == []


def test_a_plan_that_builds_an_image_replaces_what_would_stay_as_it_is(stage: Stage) -> None:
    uneven(stage)
    build = {"kind": "build", "name": "make", "processes": "web", "url": "https://ci.example.com/build"}
    stage.on_app("release.strategy", kind="rolling", steps=[build, {"kind": "apply", "name": "everything"}])
    (wave,) = told(stage, "release.start")
    titles = [step["title"] for step in wave["steps"]]
    assert titles[:4] == ["Build: make", "Prepare", "Apply", "Set instances"]
    assert numbers(wave, "wait_ready")[-1] == [(0, 5), (0, 2)]
    done = perform("release.start", actor=stage.bob, ref=Ref("app", "boutique", "shop"), data={}, dry_run=True)
    assert "The image of web is the one that the step make makes, not the one named here." in done.as_json()["warnings"]


def warned(stage: Stage, said: str, **data: Any) -> bool:
    """Whether the preview of a deploy says this."""
    ref = Ref("app", "boutique", "shop")
    shown = perform("release.start", actor=stage.bob, ref=ref, data=data, dry_run=True).preview
    return shown is not None and said in shown.warnings


def test_what_somebody_changed_on_a_cluster_is_told_before_the_release_is_refused(stage: Stage) -> None:
    stage.deployed()
    stage.edited(stage.south)
    stage.on_app("image.set", process="web", image="registry.example.com/shop:2")
    said = (
        "kubectl-edit changed the image of web of shop--web on south. A release that writes something else there is "
        "refused: take it over (drift.take_over) or leave it (drift.leave) first."
    )
    assert warned(stage, said)
    assert not warned(stage, said, targets=["north"])
    stage.on_app("drift.leave", cluster="south", object="Deployment/shop--web")
    assert not warned(stage, said)


def test_what_is_left_stays_and_is_said_before_and_after(stage: Stage) -> None:
    """The lines of the manifests tell what Slipway would set; whoever reads only them would wait for that."""
    stage.deployed()
    stage.edited(stage.south)
    stage.on_app("drift.leave", cluster="south", object="Deployment/shop--web")
    stage.on_app("image.set", process="web", image="registry.example.com/shop:2")
    said = "The image of web of shop--web on south stays with kubectl-edit, as bob left it. A release leaves it alone."
    assert warned(stage, said)
    assert not warned(stage, said, targets=["north"])
    number = int(stage.on_app("release.start").result["release"])
    assert said in cast.signed_in(stage.people.bob).get(f"/t/boutique/apps/shop/releases/{number}/").text


def test_a_label_of_slipway_that_somebody_wrote_over_is_said_to_be_put_back(stage: Stage) -> None:
    stage.deployed()
    stage.put_back(stage.south, field=MANAGED_BY, value="Helm", manager="helm", shared=False)
    said = "helm changed the label app.kubernetes.io/managed-by of shop--web on south. The next release puts it back."
    assert warned(stage, said)
