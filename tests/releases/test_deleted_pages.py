"""Open pages of an app that somebody else deletes: they say so, offer nothing more and stop asking."""

from __future__ import annotations

import pytest

from portal import live
from portal.access import Ref
from portal.access.ref import APP
from portal.operations.performing import perform
from releases.pages.fragments import APP_BLOCKS, app_fragments, release_fragments
from tests import cast
from tests.releases.stage import Stage
from tests.releases.test_deleting import CONFIRMED, follow_up

pytestmark = pytest.mark.django_db
PAGES = ("", "configure/", "releases/")


@pytest.fixture
def stage() -> Stage:
    return Stage()


def deleted(stage: Stage) -> dict[str, str]:
    """What the open pages of the app are told when Alice deletes it; blocks by their names."""
    perform("app.delete", actor=cast.actor(stage.people.alice), ref=Ref(APP, "boutique", "shop"), data=CONFIRMED)
    start = f"app-{stage.app.pk}-"
    return {name.removeprefix(start): html for name, html in app_fragments(str(stage.app.pk)).items()}


def test_the_page_of_an_app_says_who_deleted_it_and_leads_to_the_list(stage: Stage) -> None:
    said = deleted(stage)["status"]

    assert "This app was deleted by alice." in said and 'href="/t/boutique/apps/"' in said


def test_the_page_of_a_deleted_app_does_not_ask_to_deploy_it(stage: Stage) -> None:
    said = deleted(stage)["clusters"]

    assert "The app is deleted, with all that ran of it." in said and "Deploy it" not in said


def test_nothing_of_a_deleted_app_is_offered_or_asked_for_any_more(stage: Stage) -> None:
    told = deleted(stage)

    assert all("data-refresh-on" not in html and "hx-get" not in html for html in told.values())
    assert all("<a" not in told[name] and "<button" not in told[name] for name in APP_BLOCKS)


@pytest.mark.parametrize("page", PAGES)
def test_whatever_a_page_of_an_app_fetches_itself_is_among_what_stops_then(stage: Stage, page: str) -> None:
    text = cast.signed_in(stage.people.bob).get(f"/t/boutique/apps/shop/{page}").text
    asking = text.count(f'data-refresh-on="app:{stage.app.pk}"')

    assert asking == sum(f'id="app-{stage.app.pk}-{name}"' in text for name in APP_BLOCKS if name != "tabs") > 1


def test_the_page_of_a_release_under_way_says_that_the_app_was_deleted(stage: Stage) -> None:
    stage.on_app("release.start")
    deleted(stage)
    follow_up()
    header = release_fragments(str(stage.release(1).pk))[f"release-{stage.release(1).pk}-header"]

    assert "This app was deleted by alice." in header and "a newer release" not in header


def test_a_release_that_a_deletion_stopped_says_so(stage: Stage) -> None:
    stage.on_app("release.start")
    deleted(stage)
    follow_up()
    stage.work()

    assert (stage.release(1).state, stage.release(1).why) == ("superseded", "alice deleted the app.")


def test_pages_of_older_releases_are_told_as_well(stage: Stage) -> None:
    stage.deployed()
    old = f"release:{stage.release(1).pk}"
    before = live.version(old)
    deleted(stage)
    follow_up()

    assert live.version(old) > before
    header = release_fragments(str(stage.release(1).pk))[f"release-{stage.release(1).pk}-header"]
    assert "This app was deleted by alice." in header
