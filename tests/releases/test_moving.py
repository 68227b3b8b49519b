"""Moving an app to another cluster: what is released, in which order, and what the draft becomes."""

from __future__ import annotations

import pytest
from django.urls import reverse

from apps_mgmt.drafts import undeployed
from apps_mgmt.models import App, Deployed
from apps_mgmt.spec import AppSpec, load
from releases import observing
from releases.models import Target
from tests import cast
from tests.releases.moving import Moving

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Moving:
    return Moving()


def placed(spec: AppSpec) -> list[str]:
    return [row.cluster for row in spec.placement.targets]


def runs_on() -> dict[str, list[str]]:
    return {row.cluster_name: placed(load(row.revision.spec)) for row in Deployed.objects.select_related("revision")}


def test_the_new_cluster_is_filled_before_the_old_one_is_touched(stage: Moving) -> None:
    assert stage.move().result["release"] == 2
    release = stage.release(2)
    assert (release.kind, release.state) == ("move", "running")
    rows = Target.objects.filter(release=release).values_list("cluster_name", "wave")
    assert list(rows) == [("west", 0), ("south", 1), ("north", 2)]
    stage.work()
    assert {row.payload["cluster"] for row in stage.sent()} == set()
    stage.ready(stage.west)
    assert {row.payload["cluster"] for row in stage.sent()} == {str(stage.west.pk)}
    stage.work()
    stage.ends()
    assert stage.release(2).state == "succeeded"


def test_placement_follows_in_the_draft_and_in_what_is_deployed(stage: Moving) -> None:
    stage.move()
    stage.fills()
    stage.ends()
    assert runs_on() == {"west": ["west", "south"], "south": ["west", "south"]}
    assert placed(stage.draft) == ["west", "south"]
    app = App.objects.select_related("draft").get(pk=stage.app.pk)
    assert undeployed(app).count == 0
    assert not stage.on_app("process.restart").result.get("fields")


def test_other_changes_of_the_draft_stay_undeployed(stage: Moving) -> None:
    stage.on_app("image.set", process="web", image="registry.example.com/shop:2")
    assert "1 change of the draft is no part of it" in " ".join(stage.preview().warnings)
    stage.move()
    frozen = load(stage.release(2).revision.spec)
    assert (frozen.process("web").image, placed(frozen)) == ("registry.example.com/shop:1", ["west", "south"])
    draft = stage.draft
    assert (draft.process("web").image, placed(draft)) == ("registry.example.com/shop:2", ["west", "south"])
    stage.fills()
    stage.ends()
    app = App.objects.select_related("draft").get(pk=stage.app.pk)
    assert [one.operation for one in undeployed(app).changes] == ["image.set"]


def test_own_numbers_differences_and_turns_go_along(stage: Moving) -> None:
    spec = stage.draft.with_targets([{"cluster": "north", "own": 3}, {"cluster": "south"}])
    spec = spec.with_override("north", size="large", replicas=[{"process": "web", "replicas": 2}])
    spec = spec.with_release(waves={"order": [{"clusters": ["south"]}, {"clusters": ["north"], "pause": 60}]})
    moved = spec.moved("north", "west")
    assert [(row.cluster, row.own) for row in moved.placement.targets] == [("west", 3), ("south", None)]
    assert [(row.cluster, row.size) for row in moved.placement.overrides] == [("west", "large")]
    assert moved.release.waves.first == ("south", "west")
    assert moved.moved("west", "north") == spec


def test_what_fails_on_the_new_cluster_leaves_the_old_one_alone(stage: Moving) -> None:
    stage.move()
    stage.work()
    stage.crashes(stage.west, restarts=9)
    stage.work()
    stage.gone(stage.west)
    stage.work()
    assert stage.release(2).state == "rolled_back"
    states = dict(Target.objects.filter(release__number=2).values_list("cluster_name", "state"))
    assert states == {"west": "rolled_back", "south": "stopped", "north": "stopped"}
    assert sorted(runs_on()) == ["north", "south"]
    assert placed(stage.draft) == ["west", "south"]
    stage.on_app("draft.undo")
    assert placed(stage.draft) == ["north", "south"]


def test_it_goes_back_whatever_the_app_says_of_failures(stage: Moving) -> None:
    stage.on_app("release.auto_rollback", on=False)
    stage.on_app("release.waves", failures=2)
    stage.deployed()
    stage.move()
    assert (stage.release(3).failure_budget, len(stage.release(3).rollback_on)) == (0, 4)


def test_an_abort_takes_the_new_one_back(stage: Moving) -> None:
    stage.move()
    stage.work()
    stage.on_release("release.abort", 2, after="roll_back")
    effects = stage.work()
    assert "Prune" in effects
    assert stage.release(2).state == "rolled_back"
    assert not Target.objects.filter(release__number=2, cluster_name="north").exclude(state="stopped").exists()


def test_an_abort_while_the_old_one_goes_fills_that_first(stage: Moving) -> None:
    stage.move()
    stage.fills()
    stage.ready(stage.south)
    stage.work(on=stage.south)
    assert {row.payload["cluster"] for row in stage.sent()} == {str(stage.north.pk)}
    stage.on_release("release.abort", 2, after="roll_back")
    stage.work()
    lanes = dict(Target.objects.filter(release__number=2).values_list("cluster_name", "state"))
    assert (lanes["north"], lanes["west"]) == ("rolling_back", "rolling_back")
    page = cast.signed_in(stage.people.bob).get(reverse("release", args=["boutique", "shop", 2])).text
    assert "Goes on here until all is back on north" in page
    for cluster in (stage.north, stage.south):
        stage.ready(cluster)
        stage.work()
    stage.gone(stage.west)
    stage.work()
    assert stage.release(2).state == "rolled_back"
    assert sorted(runs_on()) == ["north", "south"]


def test_the_preview_says_what_happens_in_which_order(stage: Moving) -> None:
    shown = stage.preview()
    said = " ".join(shown.warnings)
    assert "west gets everything and is ready before anything goes on north" in said
    assert [row["clusters"] for row in shown.course] == [["west"], ["south"], ["north"]]
    assert {row["cluster"] for row in shown.manifests} >= {"west", "north"}
    changed = [(row["label"], row["kind"]) for row in shown.spec]
    assert changed == [("cluster north", "removed"), ("cluster west", "added")]


def test_the_page_of_the_release_says_that_it_moves(stage: Moving) -> None:
    stage.move(note="North is taken down")
    page = cast.signed_in(stage.people.bob).get(reverse("release", args=["boutique", "shop", 2])).text
    assert "Move" in page and "North is taken down" in page and "turn 3" in page
    log = cast.signed_in(stage.people.alice).get("/t/boutique/activity/").text
    assert "moved it from north to west, with release 2" in log


def test_a_stopped_app_moves_and_stays_stopped(stage: Moving) -> None:
    stage.on_app("app.stop")
    stage.stops()
    stage.move()
    stage.work()
    stage.ready(stage.west, count=0)
    stage.work()
    stage.ready(stage.south, count=0)
    stage.work()
    observing.observe(stage.north.pk, stage.app.pk, {"workloads": [], "pods": [], "resource_version": "99"})
    stage.work()
    assert stage.release(3).state == "succeeded"
    assert {row.cluster_name: row.stopped for row in Deployed.objects.all()} == {"west": True, "south": True}
