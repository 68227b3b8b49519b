"""An app's page after a release succeeded but for one of its clusters: it stands half way there, and may go back."""

from __future__ import annotations

import pytest
from django.utils import timezone

from apps_mgmt.models import Deployed
from releases.models import Release, Target
from releases.ways_back import Way, from_last
from tests import cast
from tests.releases.canary import Canary
from tests.web.reading import said_on

pytestmark = pytest.mark.django_db
PAGE = "/t/boutique/apps/shop/"


@pytest.fixture
def stage() -> Canary:
    """Release 2 succeeded: on south; on north it failed after its first new instance, as its budget allows."""
    stage = Canary()
    stage.waits()
    release = stage.release(2)
    Target.objects.filter(release=release, cluster_name="north").update(state="failed")
    Target.objects.filter(release=release, cluster_name="south").update(state="done")
    Deployed.objects.filter(app=stage.app, cluster_name="south").update(
        revision=release.revision, release_id=release.pk
    )
    Release.objects.filter(pk=release.pk).update(state="succeeded", ended_at=timezone.now())
    stage.app.status.last_release, stage.app.status.last_release_state = 2, "succeeded"
    stage.app.status.save()
    return stage


def test_the_page_says_where_it_stands_half_way_and_why(stage: Canary) -> None:
    said = said_on(PAGE, stage.people.bob)
    assert "Release 2 stands half way on north, since it failed there" in said
    assert "Release 2 failed and ended half way here." in said


def test_the_way_back_leads_to_what_ran_on_that_cluster_and_leaves_the_others(stage: Canary) -> None:
    assert from_last(stage.app) == [Way(1, ("north",))]
    assert "Roll back north to release 1" in said_on(PAGE, stage.people.bob)
    answer = cast.signed_in(stage.people.bob).get(f"{PAGE}_rescue")
    assert "Roll back north to release 1" in answer.content.decode()
    number = stage.on_app("release.rollback").result["release"]
    assert [one.cluster_name for one in stage.release(number).targets.all()] == ["north"]


def test_the_viewer_is_told_and_offered_no_way(stage: Canary) -> None:
    said = said_on(PAGE, stage.people.vera)
    assert "Release 2 stands half way on north" in said and "Roll back north" not in said


def test_while_something_is_under_way_there_the_banner_waits(stage: Canary) -> None:
    stage.on_app("release.rollback")
    assert "stands half way" not in said_on(PAGE, stage.people.bob)


def test_a_release_that_got_through_everywhere_has_no_such_banner(stage: Canary) -> None:
    Target.objects.filter(release__number=2).update(state="done")
    assert "stands half way" not in said_on(PAGE, stage.people.bob)
    assert from_last(stage.app) == []


def test_where_it_failed_before_it_made_an_instance_nothing_stands_half_way(stage: Canary) -> None:
    stage.release(2).runs.filter(cluster_id=stage.north.pk).delete()
    assert from_last(stage.app) == []
    assert "stands half way" not in said_on(PAGE, stage.people.bob)
