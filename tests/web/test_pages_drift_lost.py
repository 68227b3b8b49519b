"""What somebody removed in a cluster, or moved to another key, told on the app's page, with what can be done."""

from __future__ import annotations

import pytest

from portal.access import Ref
from portal.errors import Refused
from portal.operations.performing import perform
from releases.models import Target
from tests import cast
from tests.releases.stage import Stage
from tests.web.reading import said_on

pytestmark = pytest.mark.django_db

APP, KEY = "/t/boutique/apps/shop/", "Deployment/shop--web"
WEB = '.spec.template.spec.containers[name="web"]'
LIMITS, PORT = f"{WEB}.resources.limits", f'{WEB}.ports[containerPort=8080,protocol="TCP"]'


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.deployed()
    return stage


def preview(stage: Stage) -> list[tuple[str, str, str]]:
    data = {"cluster": "north"}
    ref = Ref("app", "boutique", "shop")
    shown = perform("drift.take_over", actor=stage.bob, ref=ref, data=data, dry_run=True).preview
    assert shown is not None
    return [(row["label"], row["before"], row["after"]) for row in shown.spec]


def test_what_was_removed_is_told_without_a_name_and_only_to_be_taken_over(stage: Stage) -> None:
    stage.lost(stage.north, LIMITS)
    said = said_on(APP, stage.people.bob)
    assert "Changed outside Slipway on cluster north" in said
    assert "Somebody removed the resources.limits of web" in said
    assert "Take over…" in said and "Leave…" not in said
    label = "north · shop--web: resources.limits of web"
    assert preview(stage) == [(label, "removed", "what Slipway deployed")]


def test_what_was_moved_is_told_with_who_moved_it_and_where_to(stage: Stage) -> None:
    stage.lost(stage.north, PORT, manager="kubectl-patch", instead=9999)
    said = said_on(APP, stage.people.bob)
    assert "kubectl-patch put 9999 in the place of the port 8080 of web" in said
    assert "Take over… Leave…" in said
    assert preview(stage) == [("north · shop--web: port 8080 of web", "9999 in its place", "what Slipway deployed")]


def test_what_was_removed_can_be_left_to_nobody_and_the_refusal_says_what_to_do(stage: Stage) -> None:
    stage.lost(stage.north, LIMITS)
    with pytest.raises(Refused, match=r"Nobody has the resources.limits of web, .* Take it over now, or change"):
        stage.on_app("drift.leave", cluster="north", object=KEY)


def test_what_was_removed_is_taken_over_by_a_release_that_prevails(stage: Stage) -> None:
    stage.lost(stage.north, LIMITS)
    outcome = stage.on_app("drift.take_over", cluster="north", object=KEY)
    assert Target.objects.get(release__number=outcome.result["release"]).forced == {KEY: []}
    assert outcome.message == "Took Deployment/shop--web on north back from somebody with release 2."
    assert f"north: takes {KEY} back from somebody" in said_on(f"{APP}releases/2/", stage.people.bob)


def test_what_slipway_does_not_set_is_not_missed(stage: Stage) -> None:
    stage.lost(stage.north, f"{WEB}.workingDir")
    assert "outside Slipway" not in said_on(APP, stage.people.bob)


def test_the_api_says_that_it_is_gone(stage: Stage) -> None:
    stage.lost(stage.north, LIMITS)
    headers = cast.token_header(stage.people.vera, tenant=stage.people.boutique)
    (told,) = cast.browser().get("/api/v1/tenants/boutique/apps/shop", headers=headers).json()["drift"]
    assert told.items() >= {"field": LIMITS, "manager": "", "gone": True, "value": None, "since": None}.items()
