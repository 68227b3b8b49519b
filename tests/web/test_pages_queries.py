"""Pages ask the database a fixed number of questions, however much there is to show."""

from __future__ import annotations

import copy
import uuid

import pytest
from django.db import connection
from django.db.models import Value
from django.db.models.functions import Concat
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps_mgmt.models import App, AppStatus
from releases.models import Release, TimelineEvent
from tests import cast
from tests.operations.stage import Shop, open_shop

SIGNED_IN = 3  # the session and its user; whether anything waits for this person
APP = "/t/boutique/apps/shop/"
MOST = {
    "/": 12,
    "/t/boutique/apps/": 12,
    APP: 15,
    f"{APP}configure/": 12,
    f"{APP}releases/": 12,
    f"{APP}activity/": 12,
    f"{APP}usage/": 12,
    "/t/boutique/activity/": 12,
    "/t/boutique/releases/": 12,
    "/t/boutique/waiting/": 12,
    "/t/boutique/strategies/": 12,
    "/t/boutique/freezes/": 12,
}
# A form of the draft reads in two what stands on each cluster: whatever else waits goes out with *Save and deploy*.
# That of what starts a release asks in one which clusters are away. What foretells a release over several clusters asks
# in one how many instances each has: those that give some up come after those that get them.
FORM_MOST = {"process.scale": 16, "env.set": 13, "release.start": 23, "app.describe": 8}
# Two of a deploy's read what stands on each cluster: its audit entry says what runs differently after it.
# One asks which of its clusters are away, one whether it was ever restarted (what runs keeps the time of that), and one
# how many instances each has.
DONE_MOST = {"image.set": 19, "release.start": 53}
DONE_WITH = {"image.set": {"process": "web", "image": "registry.example.com/shop:2.0"}}


@pytest.fixture(name="shop")
def _shop(db: None) -> Shop:
    return open_shop()


def queries(client: Client, path: str) -> list[str]:
    with CaptureQueriesContext(connection) as seen:
        assert client.get(path).status_code == 200, path
    return [one["sql"] for one in seen]


def more_apps(shop: Shop, count: int) -> None:
    """Apps with a status, as lists read them."""
    rows = [App(tenant=shop.people.boutique, name=f"app-{number:03}", draft=shop.app.draft) for number in range(count)]
    App.objects.bulk_create(rows)
    clusters = [{"name": "north", "state": "healthy", "ready": 1, "wanted": 1}]
    AppStatus.objects.bulk_create(
        [AppStatus(app=row, state="healthy", ready=1, wanted=1, image="nginx:1", clusters=clusters) for row in rows]
    )


def more_releases(shop: Shop, count: int) -> None:
    """Ended releases of the app `shop`, copies of its first."""
    first = Release.objects.get(app=shop.app, number=1)
    Release.objects.filter(pk=first.pk).update(state="failed")
    rows = []
    for number in range(2, count + 2):
        row = copy.copy(first)
        row.pk, row.number, row.state = uuid.uuid4(), number, "failed"
        rows.append(row)
    Release.objects.bulk_create(rows)


@pytest.mark.parametrize("path", MOST)
def test_more_rows_ask_no_more_questions(shop: Shop, path: str) -> None:
    bob = cast.signed_in(shop.people.bob)
    shop.do("release.start")
    more_apps(shop, 2)
    few = queries(bob, path)

    more_apps_named = App.objects.count()
    for number in range(30):
        App.objects.filter(name=f"app-{number:03}").update(name=f"old-{number:03}")
    more_apps(shop, 30)
    more_releases(shop, 30)
    for number in range(30):
        shop.do("app.describe", title=f"Title {number}")
    many = queries(bob, path)

    assert App.objects.count() == more_apps_named + 30
    assert len(many) <= len(few) <= MOST[path] + SIGNED_IN, "\n".join(many)


def test_apps_that_are_being_deleted_ask_no_more_each(shop: Shop) -> None:
    bob = cast.signed_in(shop.people.bob)
    shop.do("release.start")
    counts = []
    for count in (2, 30):
        more_apps(shop, count)
        App.objects.filter(name__startswith="app-").update(deleted_at=timezone.now())
        AppStatus.objects.filter(app__name__startswith="app-").update(state="deleting")
        first = Release.objects.get(app=shop.app, number=1)
        for app in App.objects.filter(name__startswith="app-"):
            for number in (1, 2):
                row = copy.copy(first)
                row.pk, row.number, row.app, row.kind, row.state = uuid.uuid4(), number, app, "delete", "failed"
                row.save(force_insert=True)
        App.objects.filter(name__startswith="app-").update(name=Concat(Value(f"gone{count}-"), "name"))
        counts.append(len(queries(bob, "/t/boutique/apps/?state=deleting")))

    assert counts[1] <= counts[0] <= 13 + SIGNED_IN
    assert bob.get("/t/boutique/apps/?state=deleting").text.count('/releases/2/"') == 32


def test_a_release_asks_no_more_for_more_events(shop: Shop) -> None:
    bob = cast.signed_in(shop.people.bob)
    shop.do("release.start")
    few = queries(bob, f"{APP}releases/1/")
    first = TimelineEvent.objects.filter(release__number=1).latest("seq")
    for number in range(first.seq + 1, first.seq + 31):
        event = copy.copy(first)
        event.pk, event.seq = None, number
        event.save(force_insert=True)
    many = queries(bob, f"{APP}releases/1/")

    assert len(many) <= len(few) <= 15 + SIGNED_IN, "\n".join(many)


def test_the_log_of_the_platform(shop: Shop) -> None:
    olga = cast.signed_in(shop.people.olga)
    few = queries(olga, "/platform/audit/")
    for number in range(30):
        shop.do("app.describe", title=f"Title {number}")

    assert len(queries(olga, "/platform/audit/")) <= len(few) <= 12 + SIGNED_IN


@pytest.mark.parametrize("name", FORM_MOST)
def test_a_form_asks_few_questions(shop: Shop, name: str) -> None:
    more_apps(shop, 30)

    seen = queries(cast.signed_in(shop.people.bob), f"{APP}do/{name}/")

    assert len(seen) <= FORM_MOST[name] + SIGNED_IN, "\n".join(seen)


@pytest.mark.parametrize("name", DONE_MOST)
def test_doing_it_asks_few_questions_however_often_it_was_done(shop: Shop, name: str) -> None:
    bob = cast.signed_in(shop.people.bob)
    bob.get(f"{APP}do/{name}/")  # compiles what is compiled once
    shop.do("release.start")
    more_releases(shop, 3)

    with CaptureQueriesContext(connection) as seen:
        answer = bob.post(f"{APP}do/{name}/", DONE_WITH.get(name, {}))

    assert answer.status_code == 303
    assert len(seen) <= DONE_MOST[name] + SIGNED_IN, "\n".join(one["sql"] for one in seen)
