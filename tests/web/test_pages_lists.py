"""Lists can be filtered and paged, take any parameter, and show nothing of anybody else."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.utils import timezone

from apps_mgmt.models import App, AppStatus
from portal.access import Ref
from portal.audit.models import AuditEntry
from portal.operations.performing import perform
from tests import cast
from tests.operations.stage import Shop, open_shop

APPS = "/t/boutique/apps/"
ACTIVITY = "/t/boutique/activity/"
SECRET_NAME = "zanzibar"


@pytest.fixture(name="shop")
def _shop(db: None) -> Shop:
    return open_shop()


@pytest.fixture
def bob(shop: Shop) -> Client:
    return cast.signed_in(shop.people.bob)


def fill(shop: Shop, count: int) -> list[str]:
    rows = [
        App(tenant=shop.people.boutique, name=f"app-{number:03}", title=f"Title {number}") for number in range(count)
    ]
    App.objects.bulk_create(rows)
    AppStatus.objects.bulk_create(
        [AppStatus(app=row, state="failing" if row.name > "app-1" else "new") for row in rows]
    )
    return [row.name for row in rows]


def shown(client: Client, path: str) -> list[str]:
    """The apps of a page, in order."""
    found = re.findall(r'href="/t/boutique/apps/([\w-]+)/"', client.get(path).text)
    return list(dict.fromkeys(found))


def link(client: Client, path: str, word: str) -> str:
    """Where `Next` or `Previous` of a page leads; "" when there is no such link."""
    tags = re.findall(r'<a[^>]*href="(\?[^"]*)"[^>]*>(.*?)</a>', client.get(path).text, re.DOTALL)
    return next((href.replace("&amp;", "&") for href, words in tags if word in words), "")


def test_all_apps_are_reached_by_paging_and_none_twice(shop: Shop, bob: Client) -> None:
    names = sorted([*fill(shop, 120), "shop"])
    seen, path = [], APPS
    for _page in range(5):
        seen += shown(bob, path)
        following = link(bob, path, "Next")
        if not following:
            break
        path = APPS + following

    assert seen == names
    assert shown(bob, APPS + link(bob, path, "Previous")) == names[50:100]


def test_a_page_between_others_stays_right_when_rows_come_and_go(shop: Shop, bob: Client) -> None:
    names = fill(shop, 60)
    second = APPS + link(bob, APPS, "Next")
    App.objects.filter(name__in=names[:5]).delete()

    assert shown(bob, second)[0] == names[50]


def test_apps_are_found_by_words_state_and_cluster(shop: Shop, bob: Client) -> None:
    fill(shop, 3)
    AppStatus.objects.filter(app__name="app-001").update(state="failing")

    assert shown(bob, f"{APPS}?q=APP-00") == ["app-000", "app-001", "app-002"]
    assert shown(bob, f"{APPS}?q=title+2") == ["app-002"]
    assert shown(bob, f"{APPS}?state=failing") == ["app-001"]
    assert shown(bob, f"{APPS}?q=app&state=new") == ["app-000", "app-002"]
    assert shown(bob, f"{APPS}?cluster=north") == [] and shown(bob, f"{APPS}?q=nothing") == []


@pytest.mark.parametrize("path", ["/", APPS, ACTIVITY, "/t/boutique/apps/shop/", "/t/boutique/apps/shop/releases/",
                                  "/t/boutique/apps/shop/activity/", "/t/boutique/apps/shop/configure/"])  # fmt: skip
@pytest.mark.parametrize(
    "query",
    [
        "?q=%27%22%3Cscript%3E", "?q=%25_%5C", "?q=" + "x" * 4000, "?after=zzzz&before=aaaa", "?before=%F0%9F%9A%80",
        "?before=99999999999999999999", "?before=-1", "?before=0", "?after=x", "?state=nonsense", "?since=2026-99-99",
        "?since=x&until=9999-12-31", "?until=0001-01-01", "?person__in=bob", "?q=a&q=b", "?%00=1", "?q=%FF%FE",
        "?outcome=unknown&operation=x&tenant=harbor", "?page=-1&limit=1e9",
    ],
)  # fmt: skip
def test_no_parameter_breaks_a_page(shop: Shop, bob: Client, path: str, query: str) -> None:
    page = bob.get(path + query)

    assert page.status_code == (400 if "%00" in query else 200)
    assert "<script>" not in page.text.replace('<script nonce="', "") or "%3Cscript" not in query


def test_a_nul_in_an_address_is_a_bad_request(shop: Shop, bob: Client) -> None:
    for path in ("/t/%00/apps/", "/t/boutique/apps/%00/", "/t/boutique/apps/?q=%00", "/account/?x=%00"):
        answer = bob.get(path)
        assert answer.status_code == 400 and "could not be read" in answer.text


def test_the_activity_is_filtered_and_paged(shop: Shop, bob: Client) -> None:
    for number in range(60):
        shop.do("app.describe", title=f"Title {number}")
    shop.do("process.scale", process="web", replicas=3, actor=shop.alice)

    first = bob.get(ACTIVITY).text
    assert "scaled web to 3" in first.lower() and "created the app" not in first
    older = bob.get(ACTIVITY + link(bob, ACTIVITY, "Older")).text
    assert "created the app" in older.lower()
    mine = bob.get(f"{ACTIVITY}?person=alice").text.lower()
    assert "scaled web to 3" in mine and "created the app" not in mine
    assert "scaled web" not in bob.get(f"{ACTIVITY}?operation=app.create").text.lower()
    assert "created the app" in bob.get(f"{ACTIVITY}?operation=app.create").text.lower()
    assert "created the app" not in bob.get(f"{ACTIVITY}?until=2020-01-01").text.lower()


def pages_of(shop: Shop) -> list[str]:
    app = f"{APPS}shop/"
    forms = [f"{app}do/process.scale/", f"{app}do/placement.targets/", "/t/boutique/do/app.create/"]
    own = ["/", APPS, ACTIVITY, "/t/boutique/", "/tenants/", "/account/"]
    return [*own, app, f"{app}configure/", f"{app}activity/", f"{app}releases/", *forms]


def test_no_page_shows_a_name_of_another_tenant(shop: Shop) -> None:
    charlie = cast.actor(shop.people.charlie)
    data = {"name": SECRET_NAME, "image": f"registry.example.com/{SECRET_NAME}:1", "title": SECRET_NAME}
    perform("app.create", actor=charlie, ref=Ref("tenant", "harbor"), data=data, note=SECRET_NAME)
    perform("release.start", actor=charlie, ref=Ref("app", "harbor", SECRET_NAME), data={"note": SECRET_NAME})
    assert AuditEntry.objects.filter(subject_name=SECRET_NAME).exists()

    for person in (shop.people.alice, shop.people.bob, shop.people.vera):
        client = cast.signed_in(person)
        for path in pages_of(shop):
            page = client.get(path)
            assert page.status_code in (200, 403, 404), path
            assert SECRET_NAME not in page.text.lower() and "charlie" not in page.text.lower(), path
        for path in (f"/t/harbor/apps/{SECRET_NAME}/", "/t/harbor/apps/", "/t/harbor/activity/"):
            answer = client.get(path)
            assert answer.status_code == 404 and SECRET_NAME not in answer.text
        assert SECRET_NAME not in client.get(f"{ACTIVITY}?tenant=harbor&q={SECRET_NAME[:4]}").text


def test_an_app_is_a_link_in_the_log_only_where_it_may_be_seen(shop: Shop) -> None:
    link_of_app = f'<a href="{APPS}shop/">shop</a>'
    assert link_of_app in cast.signed_in(shop.people.bob).get(ACTIVITY).text
    olga = cast.signed_in(shop.people.olga).get("/platform/audit/").text
    assert "<b>shop</b>" in olga and link_of_app not in olga

    shop.create("gone", image="registry.example.com/gone:1")
    App.objects.filter(name="gone").update(deleted_at=timezone.now())
    assert f"{APPS}gone/" not in cast.signed_in(shop.people.bob).get(ACTIVITY).text


def test_what_was_done_to_a_release_has_its_number_once(shop: Shop) -> None:
    bob = cast.signed_in(shop.people.bob)
    shop.do("release.start")
    perform("release.abort", actor=shop.bob, ref=Ref("release", "boutique", "shop", 1), data={})
    for path in ("/", ACTIVITY):
        page = " ".join(bob.get(path).text.split())
        assert "aborted release 1" in page and "shop #1" not in page


@pytest.mark.parametrize("path", ["/", APPS])
def test_a_list_of_apps_has_their_names_beside_their_titles(shop: Shop, path: str) -> None:
    shop.do("app.describe", title="The Shop")
    page = cast.signed_in(shop.people.bob).get(path).text

    assert '<span>The Shop<code class="sub">shop</code>' in page


def test_nobody_reaches_the_log_of_all_tenants_without_its_right(shop: Shop) -> None:
    answers = {name: cast.signed_in(getattr(shop.people, name)).get("/platform/audit/").status_code
               for name in ("alice", "bob", "vera", "charlie", "olga")}  # fmt: skip

    assert answers == {"alice": 403, "bob": 403, "vera": 403, "charlie": 403, "olga": 200}
