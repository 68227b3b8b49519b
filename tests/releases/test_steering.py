"""What people can do about a release under way, and when they cannot."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from portal.errors import Conflict
from portal.outbox import claims
from releases.clock import ring
from releases.models import StepRun
from tenants.models import Cluster, Tenant
from tests import cast
from tests.releases.stage import Stage
from tests.web.reading import said_on

pytestmark = pytest.mark.django_db
PAGE = "/t/boutique/apps/shop/releases"


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.on_app("release.start")
    return stage


def test_the_form_to_abort_works_however_far_the_release_has_moved_meanwhile(stage: Stage) -> None:
    client = cast.signed_in(stage.people.bob)
    address = f"{PAGE}/1/do/release.abort/"
    form = client.get(address).text
    version = form.split('name="version" value="')[1].split('"')[0]
    stage.work()
    stage.ready(stage.north)

    answer = client.post(address, {"version": version, "after": "hold"})

    assert answer.status_code == 303
    assert stage.release(1).state in ("aborting", "failed")


def lock(stage: Stage) -> None:
    stage.on_app("app.lock", reason="audit")


def suspend(stage: Stage) -> None:
    Tenant.objects.filter(name="boutique").update(suspended=True)


@pytest.mark.parametrize(("forbid", "sentence"), [(lock, "locked by bob"), (suspend, "is suspended")])
def test_a_paused_release_does_not_go_on_while_the_app_may_not_be_changed(
    stage: Stage, forbid: Callable[[Stage], None], sentence: str
) -> None:
    stage.on_release("release.pause", 1)
    forbid(stage)
    with pytest.raises(Conflict, match=sentence):
        stage.on_release("release.resume", 1)
    assert stage.release(1).state == "paused"
    stage.on_release("release.abort", 1, after="hold")
    assert stage.release(1).state in ("aborting", "failed")


def test_a_release_that_waits_can_be_taken_back_on_its_page(stage: Stage) -> None:
    stage.on_app("image.set", process="web", image="registry.example.com/shop:2")
    stage.on_app("release.start", wait=True)
    client = cast.signed_in(stage.people.bob)
    address = f"{PAGE}/2/do/release.abort/"
    assert address in client.get(f"{PAGE}/2/").text

    client.post(address, {"after": "roll_back"})

    assert stage.release(2).state == "rolled_back"
    assert stage.release(1).state == "running"


def test_a_release_that_stops_says_for_what_it_still_waits(stage: Stage) -> None:
    assert claims.claim() is not None, "something is on its way"
    stage.on_release("release.abort", 1, after="hold")
    assert stage.release(1).state == "aborting"
    waits = "Waits for what was on its way to north when the release was stopped, until"
    said = said_on(f"{PAGE}/1/", stage.people.bob)
    assert waits in said and "Stopping" in said
    headers = cast.token_header(stage.people.vera, tenant=stage.people.boutique)
    address = "/api/v1/tenants/boutique/apps/shop/releases/1"
    told = {one["cluster"]: one["reason"] for one in cast.browser().get(address, headers=headers).json()["targets"]}
    assert told["north"].startswith(waits)

    StepRun.objects.filter(state="stopping").update(wake_at=timezone.now() - timedelta(seconds=1))
    ring(timezone.now())
    assert stage.release(1).state == "failed"
    assert waits not in said_on(f"{PAGE}/1/", stage.people.bob)


def test_of_a_cluster_that_is_away_that_is_said_and_not_what_stops_there(stage: Stage) -> None:
    """Another branch failed there, so the target goes on while the step beside it stops."""
    soon = timezone.now() + timedelta(seconds=30)
    assert StepRun.objects.filter(state="acting", cluster_id=stage.north.pk).update(state="stopping", wake_at=soon)
    stops = "Waits for what was on its way to north"
    assert stops in said_on(f"{PAGE}/1/", stage.people.bob)

    Cluster.objects.filter(name="north").update(state=Cluster.State.AWAY, state_since=timezone.now())
    away = "Waiting for north, which does not answer"
    said = said_on(f"{PAGE}/1/", stage.people.bob)
    assert away in said and stops not in said
    headers = cast.token_header(stage.people.vera, tenant=stage.people.boutique)
    answer = cast.browser().get("/api/v1/tenants/boutique/apps/shop/releases/1", headers=headers).json()
    assert {one["cluster"]: one["reason"] for one in answer["targets"]}["north"].startswith(away)
