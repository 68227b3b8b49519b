"""An app in trouble: one state wherever it is told, what is wrong in words, and the way back."""

from __future__ import annotations

import pytest

from apps_mgmt.models import AppStatus
from portal.access import Ref
from portal.access.ref import APP as APP_KIND
from portal.operations.performing import perform
from tests import cast
from tests.releases.stage import Stage
from tests.web.reading import said_on

pytestmark = pytest.mark.django_db

APP = "/t/boutique/apps/shop/"


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.deployed()
    return stage


def started(stage: Stage) -> int:
    stage.on_app("image.set", process="web", image="registry.example.com/shop:crash")
    return int(stage.on_app("release.start").result["release"])


def failed(stage: Stage) -> int:
    number = started(stage)
    stage.work()
    stage.crashes(stage.north, old=2)
    return number


def test_the_app_page_tells_one_state_and_what_runs(stage: Stage) -> None:
    failed(stage)

    said = said_on(APP, stage.people.bob)
    assert "shop Degraded shop:1 " in said
    assert "North Degraded 1 instance keeps crashing 2 of 2" in said
    assert "South Healthy 2 of 2" in said
    assert "web Deployment 4 of 4 ready 1 instance keeps crashing" in said
    assert AppStatus.objects.get().clusters[0]["state"] == "degraded"


def test_a_failed_release_offers_the_way_back_to_who_may_take_it(stage: Stage) -> None:
    number = failed(stage)

    said = said_on(APP, stage.people.bob)
    assert f"Release {number} failed Look at release {number} Roll back to release 1" in said
    assert f"Release {number} failed Look at release {number} 1 undeployed" not in said
    assert "Roll back to release" not in said_on(APP, stage.people.vera)
    assert "Roll back to release 1" in said_on(f"{APP}_rescue", stage.people.bob)

    stage.deployed_back()
    assert "failed Look" not in said_on(APP, stage.people.bob)


def test_home_has_one_alert_for_an_app_that_says_what_is_wrong(stage: Stage) -> None:
    number = failed(stage)

    said = said_on("/", stage.people.bob)
    told = f"1 instance keeps crashing on north; release {number} failed."
    assert said.count("shop 1 instance") == 1 and told in said
    assert said.count("Look : shop") == 1
    assert said.count("Roll back to release 1") == 1
    assert "instances are ready" not in said
    assert "Roll back" not in said_on("/", stage.people.vera)


def test_the_apps_activity_tells_how_its_releases_ended_and_leads_there(stage: Stage) -> None:
    number = failed(stage)

    for path in (APP, f"{APP}activity/"):
        assert f"release {number} ended: failed" in said_on(path, stage.people.alice), path
    shown = cast.signed_in(stage.people.alice).get(APP).content.decode()
    assert f'<a href="{APP}releases/{number}/">release {number} ended: failed' in shown
    assert f'href="{APP}releases/{number}/">release {number} ended' in (
        cast.signed_in(stage.people.alice).get("/").content.decode().replace("shop: ", "")
    )


def test_what_a_release_takes_back_is_no_longer_said_to_be_deployed(stage: Stage) -> None:
    number = started(stage)
    stage.work()
    stage.on_release("release.abort", number)

    said = said_on(APP, stage.people.bob)
    assert "1 undeployed change" in said and "is being deployed" not in said
    assert f"Release {number}, which brought it, is being taken back." in said


def test_what_is_being_deployed_is_not_offered_once_more(stage: Stage) -> None:
    assert "undeployed" not in said_on(APP, stage.people.bob)
    number = started(stage)

    said = said_on(APP, stage.people.bob)
    assert f"1 change is being deployed Release {number}" in said
    assert "undeployed" not in said
    shown = cast.signed_in(stage.people.bob).get(f"{APP}_draft").content.decode()
    assert 'do/release.start/"' not in shown and 'aria-disabled="true"' in shown

    stage.on_app("image.set", process="web", image="registry.example.com/shop:3")
    assert "2 undeployed changes" in said_on(APP, stage.people.bob)


def test_what_was_said_of_a_start_is_no_more_than_that_and_passes(stage: Stage) -> None:
    failed(stage)
    bob = cast.signed_in(stage.people.bob)
    answer = bob.post(f"{APP}do/release.rollback/?release=1", follow=True).content.decode()

    assert "tarted release 3 to go back to release 1" in answer
    assert "olled back to release" not in answer
    assert "<div data-passing>" in answer


def test_a_workload_that_somebody_deleted_is_told_with_how_to_get_it_back(stage: Stage) -> None:
    stage.gone(stage.south)

    said = said_on(APP, stage.people.bob)
    assert "shop--web on south: deleted outside Slipway. Deploy makes it again" in said
    told = "1 workload was deleted outside Slipway. Deploy makes it again."
    assert f"South Failing {told} 0 of 2" in said
    assert f"2 of 4 ready {told}" in said
    assert ", shop:1" not in said

    stage.ready(stage.south)
    assert "deleted outside" not in said_on(APP, stage.people.bob)


def test_the_api_says_so_too(stage: Stage) -> None:
    stage.gone(stage.south)

    answer = cast.signed_in(stage.people.bob).get("/api/v1/tenants/boutique/apps/shop").json()
    north, south = answer["status"]["clusters"]
    assert (north["trouble"], south["trouble"]) == ({}, {"gone": 1})
    assert south["sentence"] == "1 workload was deleted outside Slipway. Deploy makes it again."
    assert answer["status"]["wanted"] == 4


def test_what_a_deletion_takes_away_is_not_missing(stage: Stage) -> None:
    alice, app = cast.actor(stage.people.alice), Ref(APP_KIND, "boutique", "shop")
    perform("app.delete", actor=alice, ref=app, data={"confirm": "shop"})
    stage.gone(stage.south)

    assert "gone" not in str(AppStatus.objects.get().clusters)


def test_an_app_names_every_image_that_runs_where_its_clusters_differ(stage: Stage) -> None:
    stage.on_app("image.set", process="web", image="registry.example.com/shop:3")
    stage.on_app("release.start", targets=["north"])
    stage.work()
    stage.ready(stage.north, image="registry.example.com/shop:3")
    stage.work()

    shown = cast.signed_in(stage.people.bob).get(APP).text
    assert shown[: shown.index("</h1>") + 400].count("<code>shop:1, shop:3</code>") == 1
