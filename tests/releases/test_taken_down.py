"""Instances that a release took down and did not bring back are missing: the app is not stopped, and not healthy."""

from __future__ import annotations

import re
from typing import Any

import pytest

from apps_mgmt.models import AppStatus
from releases import observing
from releases.models import Release
from releases.reasons import Reason
from releases.states import ACTIVE
from tenants.models import Cluster
from tests import cast
from tests.releases.stage import Stage
from tests.web.reading import said_on

pytestmark = pytest.mark.django_db
REFUSED = Reason("refused", {"words": "kubectl-set changed the image", "cluster": "north"})
NEW = "registry.example.com/shop:2"


@pytest.fixture
def stage() -> Stage:
    """Two instances on each of two clusters; new ones come once the old are gone."""
    made = Stage()
    made.on_app("release.strategy", kind="recreate")
    made.deployed()
    return made


def says(stage: Stage, cluster: Cluster, count: int) -> None:
    said = stage.says(cluster, image="registry.example.com/shop:1", count=count)
    observing.observe(cluster.pk, stage.app.pk, said)


def taken_down(stage: Stage) -> None:
    """The next release takes them down on the north, and is refused there."""
    stage.on_app("image.set", process="web", image=NEW)
    stage.on_app("release.start")
    stage.tells("SetReplicas", {"objects": {}})
    says(stage, stage.north, 0)
    stage.tells("Apply", REFUSED)
    assert stage.release(2).state == "failed"
    says(stage, stage.south, 2)


def status(stage: Stage) -> tuple[str, int, int]:
    row = AppStatus.objects.get(app=stage.app)
    return row.state, row.ready, row.wanted


def cluster_rows(stage: Stage) -> dict[str, Any]:
    answer: Any = cast.signed_in(stage.people.bob).get("/api/v1/tenants/boutique/apps/shop").json()
    return {row["name"]: (row["state"], row["ready"], row["wanted"]) for row in answer["status"]["clusters"]}


def test_what_a_release_took_down_and_left_there_is_missing(stage: Stage) -> None:
    taken_down(stage)
    assert status(stage) == ("degraded", 2, 4)
    assert cluster_rows(stage) == {"north": ("failing", 0, 2), "south": ("healthy", 2, 2)}


def test_where_nothing_is_ready_the_pages_say_that_it_fails(stage: Stage) -> None:
    """As they do of a cluster where its workload was deleted; the other one serves, so the app as a whole is less."""
    taken_down(stage)
    page = said_on("/t/boutique/apps/shop/", stage.people.bob)
    assert "North Failing" in page and "South Healthy" in page and "shop Degraded" in page
    says(stage, stage.south, 0)
    assert status(stage)[0] == "failing"
    page = said_on("/t/boutique/apps/shop/", stage.people.bob)
    assert "shop Failing" in page and "web Deployment 0 of 4 ready" in page


def test_as_long_as_a_release_is_under_way_it_is_as_it_is(stage: Stage) -> None:
    taken_down(stage)
    stage.on_app("release.start")
    assert Release.objects.filter(state__in=ACTIVE).exists()
    says(stage, stage.north, 0)
    assert status(stage) == ("deploying", 2, 2)


def test_what_was_stopped_stays_stopped(stage: Stage) -> None:
    stage.on_app("app.stop")
    stage.stops()
    assert status(stage) == ("stopped", 0, 0)


def test_whom_somebody_took_down_by_hand_is_stopped_there(stage: Stage) -> None:
    says(stage, stage.north, 0)
    assert status(stage) == ("healthy", 2, 2)


def test_the_page_of_a_release_that_was_stopped_while_it_took_down_says_how_many_are_left(stage: Stage) -> None:
    stage.on_app("image.set", process="web", image=NEW)
    number = int(stage.on_app("release.start").result["release"])
    told = {"objects": {"Deployment/shop--web": {"uid": "uid-north", "generation": 9}}}
    stage.tells("SetReplicas", told)
    stage.on_release("release.abort", number, after="hold")
    assert stage.release(number).state == "failed"

    stage.generation[str(stage.north.pk)] = 9
    says(stage, stage.north, 0)
    page = f"/t/boutique/apps/shop/releases/{number}/"
    said = said_on(page, stage.people.bob)
    assert re.findall(r"\d of \d ready", said) == ["0 of 2 ready"]
    assert re.search(r"Take down ?: stopped half way", said)

    stage.on_app("release.start")
    assert not re.search(r"\d of \d ready", said_on(page, stage.people.bob)), "nobody knows how it was left"
