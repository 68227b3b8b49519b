"""What pages say of releases and processes: as things are, and in words that all of them share."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.access import Ref
from portal.access.ref import RELEASE
from portal.audit.models import AuditEntry
from portal.audit.wording import words
from portal.operations.performing import perform
from releases.models import Release
from tenants.clusters import mark
from tests import cast
from tests.releases.stage import Stage
from tests.web.reading import said_on

pytestmark = pytest.mark.django_db
APP = "/t/boutique/apps/shop/"


@pytest.fixture
def stage() -> Stage:
    return Stage()


def aborted(stage: Stage, *, begun_later: float = 0) -> None:
    """The first release is aborted, and has taken back all that it made."""
    stage.on_app("release.start")
    stage.work(on=stage.north)
    later = Release.objects.get(number=1).created_at + timedelta(seconds=begun_later)
    Release.objects.filter(number=1).update(started_at=later)
    stage.on_release("release.abort", 1)
    for _time in range(3):
        stage.work()
        stage.gone(stage.north)
        stage.gone(stage.south)
    assert stage.release(1).state == "rolled_back"


def test_a_process_shows_what_runs_and_apart_from_it_what_the_draft_has(stage: Stage) -> None:
    stage.deployed()
    stage.on_app("process.scale", process="web", replicas=9)

    assert "4 instances in the draft: 9 instances" in said_on(APP, stage.people.bob)


def test_a_process_that_runs_as_drafted_says_nothing_of_the_draft(stage: Stage) -> None:
    stage.deployed()

    assert "in the draft" not in said_on(APP, stage.people.bob)


def test_who_aborts_a_first_release_is_told_that_everything_is_removed(stage: Stage) -> None:
    stage.on_app("release.start")
    ref = Ref(RELEASE, "boutique", "shop", 1)
    told = perform("release.abort", actor=stage.bob, ref=ref, data={}, dry_run=True).message

    assert told == "Release 1 stops where it is, and all that it has made is removed: nothing ran before it."


def test_who_aborts_a_release_that_queues_is_told_that_nothing_changes(stage: Stage) -> None:
    stage.deployed()
    stage.on_app("release.redeploy")
    stage.on_app("release.redeploy", wait=True)
    ref = Ref(RELEASE, "boutique", "shop", 3)
    told = perform("release.abort", actor=stage.bob, ref=ref, data={}, dry_run=True).message

    assert told == "Release 3 never begins. It has done nothing yet, and so nothing changes."


def test_instances_of_a_cluster_that_does_not_answer_are_not_told_as_well(stage: Stage) -> None:
    stage.deployed()
    assert "does not answer" not in said_on(APP, stage.people.bob)
    mark(stage.south.pk, state="away", reason="no route to host")
    page = cast.signed_in(stage.people.bob).get(APP)

    (process,) = page.context["app"]["processes"]
    assert (process["state"], process["trouble"]) == ("away", "2 of them on south, which does not answer.")


def test_a_first_release_that_was_aborted_is_not_said_to_have_brought_anything_back(stage: Stage) -> None:
    aborted(stage)
    said = said_on(f"{APP}releases/1/", stage.people.bob)

    assert "Removed again" in said and "Rolled back" not in said


@pytest.mark.parametrize("path", [APP, f"{APP}releases/", "/t/boutique/releases/", "/t/boutique/activity/"])
def test_lists_say_of_it_what_its_own_page_says(stage: Stage, path: str) -> None:
    aborted(stage)
    said = said_on(path, stage.people.bob)

    # What can be chosen from is named as ever.
    listed = said.split(" Find ")[-1]
    assert "removed again" in listed.lower() and "rolled back" not in listed.lower()


def test_one_that_brought_back_what_ran_before_is_still_rolled_back_in_lists(stage: Stage) -> None:
    stage.deployed()
    stage.on_app("process.scale", process="web", replicas=9)
    stage.on_app("release.start")
    stage.on_release("release.abort", 2)
    # Where the way back ends, without the way.
    Release.objects.filter(number=2).update(state="rolled_back")

    for path in (APP, f"{APP}releases/", f"{APP}releases/2/"):
        said = said_on(path, stage.people.bob)
        assert "Rolled back" in said and "Removed again" not in said


def test_the_log_words_the_state_in_which_a_release_ended(stage: Stage) -> None:
    aborted(stage)

    assert words(AuditEntry.objects.get(operation="release.ended")).startswith("release 1 ended: removed again after ")


def test_the_log_counts_from_when_a_release_began_as_its_page_does(stage: Stage) -> None:
    aborted(stage, begun_later=-120)
    release = stage.release(1)
    assert release.ended_at is not None and release.started_at is not None
    took = (release.ended_at - release.started_at).total_seconds()

    assert AuditEntry.objects.get(operation="release.ended").result["seconds"] == round(took, 1)
    assert release.ended_at <= timezone.now()


@pytest.mark.parametrize(
    ("operation", "typed", "said"),
    [
        ("process.scale", {"process": "web", "replicas": "many"}, "Instances: "),
        ("process.scale", {"process": "", "replicas": "many"}, "(1 more field has an error.)"),
        ("env.set", {"env[0]name": "", "env[0]value": "x"}, "Variables, row 1, Name: "),
    ],
)
def test_a_preview_calls_fields_as_the_form_does(
    stage: Stage, operation: str, typed: dict[str, str], said: str
) -> None:
    page = cast.signed_in(stage.people.bob).post(f"{APP}do/{operation}/preview/", typed).text

    assert said in page
