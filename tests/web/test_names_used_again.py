"""An app that has the name of a deleted one: no link to the old one's releases leads to the new one's."""

from __future__ import annotations

import re

import pytest

from apps_mgmt.models import App
from portal.access import Ref
from portal.access.ref import APP
from portal.operations.performing import perform
from releases.models import Release
from tests import cast
from tests.releases.stage import Stage
from tests.releases.test_deleting import CONFIRMED, follow_up

pytestmark = pytest.mark.django_db
RELEASES = "/t/boutique/releases/?app=shop"


@pytest.fixture
def stage() -> Stage:
    return Stage()


def delete(stage: Stage) -> None:
    perform("app.delete", actor=cast.actor(stage.people.alice), ref=Ref(APP, "boutique", "shop"), data=CONFIRMED)
    follow_up()
    stage.work()
    for cluster in (stage.north, stage.south):
        stage.gone(cluster)
    stage.work()


def again(stage: Stage) -> None:
    """The shop has had three releases and is deleted, with a fourth; another of its name has had one."""
    for image in ("1", "2", "3"):
        stage.on_app("image.set", process="web", image=f"registry.example.com/shop:{image}")
        stage.deployed(image=f"registry.example.com/shop:{image}")
    delete(stage)
    stage.on_tenant("app.create", name="shop", image="registry.example.com/new:1")
    stage.app = App.objects.get(name="shop", deleted_at=None)
    stage.on_app("release.start")


def page(stage: Stage, path: str) -> str:
    return str(cast.signed_in(stage.people.bob).get(path).text)


def test_what_a_later_app_hides_has_no_link(stage: Stage) -> None:
    again(stage)
    text = page(stage, RELEASES)

    assert sorted(re.findall(r'href="/t/boutique/apps/shop/releases/(\d+)/"', text)) == ["1", "2", "3", "4"]
    assert text.count('href="/t/boutique/apps/shop/"') == 1 and text.count(">deleted</span>") == 4
    keys = re.findall(r'data-key="([^"]+)"', text)
    assert {*keys} >= {str(one.pk) for one in Release.objects.all()} and len(keys) == len({*keys})


def test_the_page_of_an_old_release_leads_nowhere_else(stage: Stage) -> None:
    again(stage)
    text = page(stage, "/t/boutique/apps/shop/releases/3/")

    assert "This app was deleted by alice." in text
    assert "releases/compare/" not in text and 'href="/t/boutique/apps/shop/"' not in text


def test_of_two_deleted_ones_the_address_is_that_of_the_later(stage: Stage) -> None:
    again(stage)
    delete(stage)
    old = Release.objects.exclude(app=stage.app).get(number=1)
    row = page(stage, RELEASES).partition(f'data-key="{old.pk}"')[2].partition("</tr>")[0]

    assert row and "href" not in row
    assert page(stage, RELEASES).count('href="/t/boutique/apps/shop/releases/1/"') == 1


def test_of_an_app_that_is_there_everything_is_a_link(stage: Stage) -> None:
    stage.deployed()
    text = page(stage, RELEASES)
    assert 'href="/t/boutique/apps/shop/releases/1/"' in text and 'href="/t/boutique/apps/shop/"' in text
    assert "releases/compare/" not in page(stage, "/t/boutique/apps/shop/releases/1/")
    stage.on_app("image.set", process="web", image="registry.example.com/shop:2")
    stage.deployed(image="registry.example.com/shop:2")
    assert "releases/compare/?from=1" in page(stage, "/t/boutique/apps/shop/releases/2/")


def test_on_home_what_was_done_to_the_old_one_leads_nowhere_else(stage: Stage) -> None:
    def links() -> int:
        text = cast.signed_in(stage.people.alice).get("/t/boutique/overview/").text
        return str(text).partition("<h2>Activity</h2>")[2].count('href="/t/boutique/apps/shop/releases/1/"')

    stage.deployed()
    delete(stage)
    assert links() == 2  # that it was begun, and that it is over

    stage.on_tenant("app.create", name="shop", image="registry.example.com/new:1")
    stage.app = App.objects.get(name="shop", deleted_at=None)
    assert links() == 2
    stage.on_app("release.start")
    assert links() == 1  # that the new one's was begun
